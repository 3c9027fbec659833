/**
 * A process on a simulated machine: the system calls that the product makes, each of which may be its last.
 */
import { constants as osConstants } from 'node:os';
import { basename } from 'node:path';
import { type Disk, Inode } from './disk.js';

export const WORK = '/work';
const DESCRIPTORS = '/proc/self/fd/';
const DIRECTORY_INO = 2n;
const DEVICE = 7n;

/** What befalls the calls of a process. */
export interface Trouble {
  /** Calls after which it is ended as one that never would. */
  readonly most: number;
  /** The process is killed before its call of this number, counted from 1. */
  readonly killBefore?: number;
  /** This call fails, as do those of its kind that follow if `lasting`. */
  readonly fail?: { readonly call: number; readonly errno: string; readonly lasting: boolean };
}

/** Calls that change something, and may therefore fail of themselves. Looking never does. */
const FALLIBLE: ReadonlySet<string> = new Set([
  'open',
  'write',
  'fdatasync',
  'fsync',
  'ftruncate',
  'rename',
  'link',
  'unlink',
  'close',
  'statfs',
  'mkdir',
  'bind',
]);

export class Killed extends Error {
  constructor() {
    super('the process is dead');
  }
}

interface Open {
  readonly inode: Inode | 'directory';
}

/** A machine is one disk and its processes between two power cuts. */
export interface Machine {
  readonly disk: Disk;
  readonly bootId: string;
  readonly random: () => number;
  readonly processes: Map<number, Process>;
  now(): number;
}

export class Process {
  readonly pid: number;
  readonly machine: Machine;
  readonly #trouble: Trouble;
  readonly #open = new Map<number, Open>();
  #nextFd = 20;
  #calls = 0;
  #failing: string | undefined;
  #alive = true;
  /** Called once, when it is killed. */
  onDeath: () => void = () => {};

  constructor(pid: number, machine: Machine, trouble: Trouble) {
    this.pid = pid;
    this.machine = machine;
    this.#trouble = trouble;
    machine.processes.set(pid, this);
  }

  get alive(): boolean {
    return this.#alive;
  }

  get calls(): number {
    return this.#calls;
  }

  get openFiles(): number {
    return this.#open.size;
  }

  /** Ends it, orderly or not: its descriptors and sockets are gone. */
  end(): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#open.clear();
    this.machine.processes.delete(this.pid);
  }

  die(): void {
    if (!this.#alive) return;
    this.end();
    this.onDeath();
  }

  /** Every call comes by here. @throws Killed; the errno of the trouble that it is in */
  enter(name: string): void {
    if (!this.#alive) throw new Killed();
    this.#calls += 1;
    if (this.#calls === this.#trouble.killBefore || this.#calls >= this.#trouble.most) {
      this.die();
      throw new Killed();
    }
    const { fail } = this.#trouble;
    if (fail === undefined || !FALLIBLE.has(name)) return;
    const first = this.#failing === undefined && this.#calls >= fail.call;
    if (first) this.#failing = name;
    if (first || (fail.lasting && this.#failing === name)) throw errno(fail.errno, name);
  }

  open(path: string, flags: number, mode = 0o666): number {
    this.enter(hasFlag(flags, osOpen.O_CREAT) ? 'open' : 'open to read');
    if (path === WORK) return this.#opened({ inode: 'directory' });
    const name = nameOf(path, 'open');
    let inode = this.machine.disk.find(name);
    if (hasFlag(flags, osOpen.O_CREAT)) {
      if (inode !== undefined && hasFlag(flags, osOpen.O_EXCL)) throw errno('EEXIST', 'open');
      inode ??= this.#created('file', name, mode);
    }
    if (inode === undefined) throw errno('ENOENT', 'open');
    if (inode.kind === 'socket') throw errno('ENXIO', 'open');
    return this.#opened({ inode });
  }

  close(fd: number): void {
    // It is closed whatever it says.
    if (this.#alive) this.#at(fd);
    this.#open.delete(fd);
    this.enter('close');
  }

  write(fd: number, buffers: readonly Uint8Array[], at: number): number {
    const inode = this.#file(fd);
    try {
      this.enter('write');
    } catch (error) {
      if (error instanceof Killed && this.machine.random() < 0.5) return this.#halfWritten(inode, buffers, at, error);
      throw error;
    }
    let done = 0;
    for (const buffer of buffers) {
      const room = this.#roomFor(inode, at + done);
      const bytes = buffer.byteLength <= room ? buffer : buffer.subarray(0, room);
      if (bytes.byteLength > 0) inode.write(bytes, at + done);
      done += bytes.byteLength;
      if (bytes.byteLength < buffer.byteLength) break;
    }
    if (done === 0 && buffers.some((buffer) => buffer.byteLength > 0)) throw errno('ENOSPC', 'write');
    inode.modifiedMs = this.machine.now();
    return done;
  }

  read(fd: number, into: Uint8Array, at: number): number {
    if (!this.#alive) throw new Killed();
    return this.#file(fd).read(into, at);
  }

  sync(fd: number, name: 'fsync' | 'fdatasync'): void {
    const { inode } = this.#at(fd);
    try {
      this.enter(name);
    } catch (error) {
      if (!(error instanceof Killed) && inode !== 'directory') inode.failSync(this.machine.random);
      throw error;
    }
    if (inode === 'directory') this.machine.disk.sync();
    else inode.sync();
  }

  truncate(fd: number, size: number): void {
    const inode = this.#file(fd);
    this.enter('ftruncate');
    inode.truncate(size);
    this.machine.disk.touch(inode);
  }

  chmod(fd: number, mode: number): void {
    this.enter('fchmod');
    this.#file(fd).mode = mode;
  }

  utimes(fd: number, modifiedMs: number): void {
    this.enter('futimes');
    this.#file(fd).modifiedMs = modifiedMs;
  }

  fstat(fd: number): Stat {
    if (!this.#alive) throw new Killed();
    const { inode } = this.#at(fd);
    return new Stat(inode === 'directory' ? undefined : inode);
  }

  /** Undefined where nothing is. */
  lstat(path: string): Stat | undefined {
    if (!this.#alive) throw new Killed();
    if (path === WORK) return new Stat();
    const inode = this.machine.disk.find(nameOf(path, 'lstat'));
    return inode === undefined ? undefined : new Stat(inode);
  }

  statfs(): { readonly type: bigint; readonly bsize: bigint; readonly blocks: bigint; readonly bavail: bigint } {
    this.enter('statfs');
    const free = this.machine.disk.freeBytes;
    // ext4
    return { type: 0xef53n, bsize: 1n, blocks: 2n ** 50n, bavail: Number.isFinite(free) ? BigInt(free) : 2n ** 50n };
  }

  link(from: string, to: string): void {
    this.enter('link');
    const { disk } = this.machine;
    const inode = disk.find(nameOf(from, 'link'));
    if (inode === undefined) throw errno('ENOENT', 'link');
    if (disk.find(nameOf(to, 'link')) !== undefined) throw errno('EEXIST', 'link');
    disk.put([nameOf(to, 'link'), inode]);
  }

  rename(from: string, to: string): void {
    this.enter('rename');
    const { disk } = this.machine;
    const inode = disk.find(nameOf(from, 'rename'));
    if (inode === undefined) throw errno('ENOENT', 'rename');
    // Two names of one file: rename(2) does nothing.
    if (disk.find(nameOf(to, 'rename')) === inode) return;
    disk.put([nameOf(from, 'rename'), undefined], [nameOf(to, 'rename'), inode]);
  }

  unlink(path: string): void {
    this.enter('unlink');
    const { disk } = this.machine;
    if (disk.find(nameOf(path, 'unlink')) === undefined) throw errno('ENOENT', 'unlink');
    disk.put([nameOf(path, 'unlink'), undefined]);
  }

  readdir(): readonly string[] {
    if (!this.#alive) throw new Killed();
    return this.machine.disk.names;
  }

  /** The text of a file of the system's, or of the disk. */
  readText(path: string): string {
    if (!this.#alive) throw new Killed();
    if (path === '/etc/machine-id') return 'machine\n';
    if (path === '/proc/sys/kernel/random/boot_id') return `${this.machine.bootId}\n`;
    const pid = /^\/proc\/(self|\d+)\/stat$/.exec(path)?.[1];
    if (pid === undefined) throw errno('ENOENT', 'open');
    const asked = pid === 'self' ? this.pid : Number(pid);
    if (!this.machine.processes.has(asked)) throw errno('ENOENT', 'open');
    // Field 3 is the state, 20 the number of threads, 22 the start time.
    return `${asked} (node) S ${'0 '.repeat(16)}1 0 ${asked}00 0`;
  }

  readlink(path: string): string {
    if (!this.#alive) throw new Killed();
    if (path === '/proc/self') return String(this.pid);
    if (path === '/proc/self/ns/pid') return 'pid:[1]';
    throw errno('ENOENT', 'readlink');
  }

  /** Makes a socket and listens on it. */
  bind(path: string): Inode {
    this.enter('bind');
    const name = nameOf(path, 'bind');
    if (this.machine.disk.find(name) !== undefined) throw errno('EADDRINUSE', 'bind');
    const inode = this.#created('socket', name, 0o777);
    let listens = true;
    inode.alive = () => listens && this.#alive;
    this.#open.set(-Number(inode.ino), { inode });
    inode.stopListening = () => {
      listens = false;
      this.#open.delete(-Number(inode.ino));
    };
    return inode;
  }

  connect(path: string): void {
    this.enter('connect');
    const inode = this.machine.disk.find(nameOf(path, 'connect'));
    if (inode === undefined) throw errno('ENOENT', 'connect');
    if (inode.kind !== 'socket' || !inode.alive()) throw errno('ECONNREFUSED', 'connect');
  }

  #halfWritten(inode: Inode, buffers: readonly Uint8Array[], at: number, error: Killed): never {
    const bytes = Buffer.concat(buffers);
    inode.write(bytes.subarray(0, Math.floor(this.machine.random() * bytes.length)), at);
    throw error;
  }

  /** Whole pages, as a file system gives them out. */
  #roomFor(inode: Inode, at: number): number {
    const free = this.machine.disk.freeBytes;
    return free === Number.POSITIVE_INFINITY ? free : Math.max(0, inode.blocks + Math.floor(free / 4096) * 4096 - at);
  }

  #created(kind: 'file' | 'socket', name: string, mode: number): Inode {
    const inode = new Inode(kind, mode);
    inode.modifiedMs = this.machine.now();
    this.machine.disk.put([name, inode]);
    return inode;
  }

  #opened(open: Open): number {
    const fd = this.#nextFd;
    this.#nextFd += 1;
    this.#open.set(fd, open);
    return fd;
  }

  #at(fd: number): Open {
    if (!this.#alive) throw new Killed();
    const open = this.#open.get(fd);
    if (open === undefined) throw errno('EBADF', 'descriptor');
    return open;
  }

  #file(fd: number): Inode {
    const { inode } = this.#at(fd);
    if (inode === 'directory') throw errno('EISDIR', 'descriptor');
    return inode;
  }
}

/** What Node's BigIntStats has of it, and stays as it was when somebody looked. Most who look want one fact. */
export class Stat {
  readonly #inode: Inode | undefined;
  readonly #links: number;
  readonly #size: number;
  readonly #modifiedMs: number;
  readonly ctimeNs: bigint;

  /** @param inode undefined for the directory */
  constructor(inode?: Inode) {
    this.#inode = inode;
    this.#links = inode?.links ?? 2;
    this.#size = inode?.size ?? 4096;
    this.#modifiedMs = inode?.modifiedMs ?? 0;
    this.ctimeNs = inode?.changedNs ?? 0n;
  }

  get dev(): bigint {
    return DEVICE;
  }
  get ino(): bigint {
    return this.#inode?.ino ?? DIRECTORY_INO;
  }
  get mode(): bigint {
    if (this.#inode === undefined) return 0o40755n;
    return BigInt((this.isSocket() ? 0o140000 : 0o100000) + this.#inode.mode);
  }
  get uid(): bigint {
    return 0n;
  }
  get gid(): bigint {
    return 0n;
  }
  get nlink(): bigint {
    return this.#links === 1 ? 1n : BigInt(this.#links);
  }
  get size(): bigint {
    return BigInt(this.#size);
  }
  get blocks(): bigint {
    return BigInt(Math.ceil(this.#size / 512));
  }
  get mtimeMs(): bigint {
    return BigInt(Math.floor(this.#modifiedMs));
  }
  get mtimeNs(): bigint {
    return this.mtimeMs * 1_000_000n;
  }
  get ctimeMs(): bigint {
    return this.ctimeNs / 1_000_000n;
  }
  isFile(): boolean {
    return this.#inode?.kind === 'file';
  }
  isDirectory(): boolean {
    return this.#inode === undefined;
  }
  isSymbolicLink(): boolean {
    return false;
  }
  isSocket(): boolean {
    return this.#inode?.kind === 'socket';
  }
}

const osOpen = { O_CREAT: 0o100, O_EXCL: 0o200 } as const;

function hasFlag(flags: number, flag: number): boolean {
  return Math.floor(flags / flag) % 2 === 1;
}

export function errno(code: string, syscall: string): Error {
  const number = (osConstants.errno as Readonly<Record<string, number>>)[code];
  return Object.assign(new Error(`${code}: ${syscall}`), { code, syscall, errno: -(number ?? 5) });
}

/** The name in the one directory. @throws ENOENT for any other path */
function nameOf(path: string, syscall: string): string {
  if (path.startsWith(`${WORK}/`) || path.startsWith(DESCRIPTORS)) return basename(path);
  throw errno('ENOENT', syscall);
}
