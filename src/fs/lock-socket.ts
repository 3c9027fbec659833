import { close, constants, existsSync, open } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { errnoOf } from './errors.js';
import { lstatOf } from './inode.js';

/** Longest path of a Unix socket, its end included, on every system. Node cuts a longer one off without a word. */
const PATH_LIMIT = 100;

/** A directory can be named by its descriptor (Linux). */
const HAS_DESCRIPTORS = existsSync('/proc/self/fd');

/**
 * The socket on which the owner of a lock listens while it lives. A socket of the file system answers across pid, host
 * name and network namespaces: whoever sees the file and runs on the same kernel can ask. It says nothing else.
 */
export class LockSocket {
  readonly #directory: string;
  readonly #name: string;
  readonly #byDescriptor: boolean;
  #opened: Opened | undefined;
  #server: Server | undefined;

  /** @param name of the socket in the directory */
  constructor(directory: string, name: string, byDescriptor = HAS_DESCRIPTORS) {
    this.#directory = directory;
    this.#name = name;
    this.#byDescriptor = byDescriptor;
  }

  /** Makes the socket, once. False where none can be made: the owner is then known by its process only. */
  async listen(): Promise<boolean> {
    if (this.#server !== undefined) return true;
    this.#opened ??= await openDirectory(this.#directory);
    const path = pathIn(this.#opened, this.#name, this.#byDescriptor);
    if (path === undefined) return false;
    this.#server = await serverAt(path);
    return this.#server !== undefined;
  }

  /** False when somebody removed it: then nobody can know that we live. Without a socket there is nothing to lose. */
  async isThere(): Promise<boolean> {
    if (this.#server === undefined) return true;
    return (await lstatOf(join(this.#directory, this.#name)))?.isSocket() === true;
  }

  /** Removes it. Node unlinks it by the path it was made with, so the directory stays open until then. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server !== undefined) await new Promise<void>((resolve) => server.close(() => resolve()));
    const opened = this.#opened;
    this.#opened = undefined;
    await closeDirectory(opened);
  }
}

/**
 * `answered`: its owner lives, be it stopped or busy. `refused`: the file is there, and nobody listens. `missing`: there
 * is none.
 */
export type SocketAnswer = 'answered' | 'refused' | 'missing';

/** Asks the socket of that name. What is neither refused nor missing counts as an answer. */
export async function askSocket(
  directory: string,
  name: string,
  byDescriptor = HAS_DESCRIPTORS,
): Promise<SocketAnswer> {
  const opened = await openDirectory(directory);
  try {
    const path = pathIn(opened, name, byDescriptor);
    return path === undefined ? 'answered' : await ask(path);
  } finally {
    await closeDirectory(opened);
  }
}

async function ask(path: string): Promise<SocketAnswer> {
  return await new Promise((resolve) => {
    const socket = connect(path);
    const end = (answer: SocketAnswer): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end('answered'));
    // EAGAIN: its queue is full, so somebody listens. EACCES: it is there, and not for us.
    socket.once('error', (error) => {
      const errno = errnoOf(error);
      end(errno === 'ECONNREFUSED' ? 'refused' : errno === 'ENOENT' ? 'missing' : 'answered');
    });
  });
}

interface Opened {
  /** A bare one: no collector closes it while the socket is in use. */
  readonly fd: number;
  readonly directory: string;
}

async function openDirectory(directory: string): Promise<Opened | undefined> {
  try {
    return { fd: await promisify(open)(directory, constants.O_RDONLY + constants.O_DIRECTORY), directory };
  } catch {
    return undefined;
  }
}

async function closeDirectory(opened: Opened | undefined): Promise<void> {
  // It was only looked at: what close(2) says of it is no reason to stop.
  if (opened !== undefined) await promisify(close)(opened.fd).catch(() => undefined);
}

/** By the descriptor of the directory, whose own path may be too long. */
function pathIn(opened: Opened | undefined, name: string, byDescriptor: boolean): string | undefined {
  if (opened === undefined) return undefined;
  const { fd, directory } = opened;
  const path = byDescriptor ? `/proc/self/fd/${fd}/${name}` : join(directory, name);
  return Buffer.byteLength(path) <= PATH_LIMIT ? path : undefined;
}

async function serverAt(path: string): Promise<Server | undefined> {
  const server = createServer((socket) => socket.destroy());
  server.unref();
  return await new Promise((resolve) => {
    server.once('error', () => resolve(undefined));
    // exclusive: in a worker of a cluster the primary would listen instead, and live on.
    server.listen({ path, exclusive: true }, () => {
      server.on('error', () => {});
      resolve(server);
    });
  });
}
