/*
 * Makes system calls of a child fail on purpose (LD_PRELOAD).
 *
 * FI="op:nth:action;..."  op      open write pwrite pwritev fsync fdatasync ftruncate rename link unlink close statfs mkdir bind
 *                         nth     3 = the third call only, 3+ = from the third on
 *                         action  an errno number, `short` (half of it is done), `kill` (SIGKILL before the call)
 * FI_PATH=substring[!not] counts only calls on such a path (of the descriptor; for rename and link: the new name; every
 *                         bind of a Unix socket)
 *
 * A process that goes on says what is next by an unlink: /imgdl-shim/set/RULES counts from 0 again, and /imgdl-shim/hit
 * is there when a rule has come true since.
 *
 * Node gets these functions from libc, so replacing them is enough.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/vfs.h>
#include <sys/uio.h>
#include <unistd.h>

enum { PWRITE, PWRITEV, WRITE, FSYNC, FDATASYNC, RENAME, LINK, FTRUNCATE, UNLINK, OPEN, CLOSE, STATFS, MKDIR, BIND, OPS };
static const char *const names[OPS] = {"pwrite", "pwritev", "write",  "fsync", "fdatasync", "rename", "link",
                                       "ftruncate", "unlink", "open", "close", "statfs", "mkdir", "bind"};
static atomic_int counts[OPS];
static atomic_int hit;

#define ASIDE "/imgdl-shim/"
/* Rules that were set by an unlink, in place of those of the environment. */
static char told[256];
static atomic_int is_told;

#define SHORT -1

static int on_path(int fd, const char *path) {
  const char *want = getenv("FI_PATH");
  char link[64], name[4096];
  if (want == NULL) return 1;
  if (path == NULL) {
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, name, sizeof name - 1);
    if (length < 0) return 0;
    name[length] = 0;
    path = name;
  }
  char with[4096];
  snprintf(with, sizeof with, "%s", want);
  char *without = strchr(with, '!');
  if (without != NULL) *without++ = 0;
  return strstr(path, with) != NULL && (without == NULL || strstr(path, without) == NULL);
}

/* 0: let it pass; else an errno or SHORT. */
static int fault(int op, int fd, const char *path) {
  const char *rule = is_told ? told : getenv("FI");
  if (rule == NULL || *rule == 0 || !on_path(fd, path)) return 0;
  int count = atomic_fetch_add(&counts[op], 1) + 1;
  for (; rule != NULL; rule = strchr(rule, ';'), rule = rule ? rule + 1 : NULL) {
    char name[16], plus = 0, action[16];
    int nth;
    if (sscanf(rule, "%15[^:]:%d+:%15[^;]", name, &nth, action) == 3) plus = 1;
    else if (sscanf(rule, "%15[^:]:%d:%15[^;]", name, &nth, action) != 3) continue;
    if (strcmp(name, names[op]) != 0 || (plus ? count < nth : count != nth)) continue;
    if (strcmp(action, "kill") == 0) kill(getpid(), SIGKILL);
    hit = 1;
    return strcmp(action, "short") == 0 ? SHORT : atoi(action);
  }
  return 0;
}

#define REAL(type, name, ...) type (*real)(__VA_ARGS__) = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)
#define FAIL(code) do { errno = (code) == SHORT ? EIO : (code); return -1; } while (0)

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) {
  REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
  int code = fault(PWRITE, fd, NULL);
  if (code == SHORT) return real(fd, bytes, (length + 1) / 2, at);
  if (code != 0) FAIL(code);
  return real(fd, bytes, length, at);
}

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t at) {
  REAL(ssize_t, "pwritev64", int, const struct iovec *, int, off64_t);
  int code = fault(PWRITEV, fd, NULL);
  if (code == SHORT) {
    struct iovec half = {parts[0].iov_base, (parts[0].iov_len + 1) / 2};
    return real(fd, &half, 1, at);
  }
  if (code != 0) FAIL(code);
  return real(fd, parts, count, at);
}

int fsync(int fd) {
  REAL(int, "fsync", int);
  int code = fault(FSYNC, fd, NULL);
  if (code != 0) FAIL(code);
  return real(fd);
}

int fdatasync(int fd) {
  REAL(int, "fdatasync", int);
  int code = fault(FDATASYNC, fd, NULL);
  if (code != 0) FAIL(code);
  return real(fd);
}

int ftruncate64(int fd, off64_t size) {
  REAL(int, "ftruncate64", int, off64_t);
  int code = fault(FTRUNCATE, fd, NULL);
  if (code != 0) FAIL(code);
  return real(fd, size);
}

int rename(const char *from, const char *to) {
  REAL(int, "rename", const char *, const char *);
  int code = fault(RENAME, -1, to);
  if (code != 0) FAIL(code);
  return real(from, to);
}

int link(const char *from, const char *to) {
  REAL(int, "link", const char *, const char *);
  int code = fault(LINK, -1, to);
  if (code != 0) FAIL(code);
  return real(from, to);
}

/* What the process says to this file by the name of a file that is nowhere. */
static int answer(const char *what) {
  if (strncmp(what, "set/", 4) == 0) {
    snprintf(told, sizeof told, "%s", what + 4);
    for (int op = 0; op < OPS; op++) counts[op] = 0;
    hit = 0;
    is_told = 1;
    return 0;
  }
  if (strcmp(what, "hit") == 0 && hit) return 0;
  errno = ENOENT;
  return -1;
}

int unlink(const char *path) {
  REAL(int, "unlink", const char *);
  if (strncmp(path, ASIDE, sizeof ASIDE - 1) == 0) return answer(path + sizeof ASIDE - 1);
  int code = fault(UNLINK, -1, path);
  if (code != 0) FAIL(code);
  return real(path);
}

/* Only what may change something counts: Node opens its own modules for reading. */
int open64(const char *path, int flags, ...) {
  REAL(int, "open64", const char *, int, ...);
  va_list rest;
  va_start(rest, flags);
  int mode = va_arg(rest, int);
  va_end(rest);
  int code = (flags & O_ACCMODE) == O_RDONLY ? 0 : fault(OPEN, -1, path);
  if (code != 0) FAIL(code);
  return real(path, flags, mode);
}

ssize_t write(int fd, const void *bytes, size_t length) {
  REAL(ssize_t, "write", int, const void *, size_t);
  int code = fault(WRITE, fd, NULL);
  if (code == SHORT) return real(fd, bytes, (length + 1) / 2);
  if (code != 0) FAIL(code);
  return real(fd, bytes, length);
}

int statfs64(const char *path, struct statfs64 *facts) {
  REAL(int, "statfs64", const char *, struct statfs64 *);
  int code = fault(STATFS, -1, path);
  if (code != 0) FAIL(code);
  return real(path, facts);
}

int mkdir(const char *path, mode_t mode) {
  REAL(int, "mkdir", const char *, mode_t);
  int code = fault(MKDIR, -1, path);
  if (code != 0) FAIL(code);
  return real(path, mode);
}

int bind(int fd, const struct sockaddr *address, socklen_t length) {
  REAL(int, "bind", int, const struct sockaddr *, socklen_t);
  int code = address->sa_family == AF_UNIX ? fault(BIND, -1, getenv("FI_PATH")) : 0;
  if (code != 0) FAIL(code);
  return real(fd, address, length);
}

/* libuv closes by syscall(2). A close that fails has closed all the same. */
long syscall(long number, ...) {
  long (*real)(long, ...) = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
  va_list rest;
  va_start(rest, number);
  long a = va_arg(rest, long), b = va_arg(rest, long), c = va_arg(rest, long);
  long d = va_arg(rest, long), e = va_arg(rest, long), f = va_arg(rest, long);
  va_end(rest);
  int code = number == SYS_close ? fault(CLOSE, (int)a, NULL) : 0;
  long result = real(number, a, b, c, d, e, f);
  if (code != 0) FAIL(code);
  return result;
}
