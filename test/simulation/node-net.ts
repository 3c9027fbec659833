/** Stands for node:net in a copy of the product: a Unix socket that listens, and one that asks it. */
import { EventEmitter } from 'node:events';
import type { Inode } from './disk.js';
import { processFor } from './slots.js';

const process = processFor(import.meta.url);

class Server extends EventEmitter {
  #path = '';
  #inode: Inode | undefined;

  unref(): this {
    return this;
  }

  listen({ path }: { readonly path: string }, listening: () => void): this {
    void this.#bind(path).then(listening, (error: unknown) => this.emit('error', error));
    return this;
  }

  /** Removes it by the path it was made with, as Node does. */
  close(closed: () => void): this {
    this.#inode?.stopListening();
    void this.#remove().finally(closed);
    return this;
  }

  async #bind(path: string): Promise<void> {
    await undefined;
    this.#inode = process().bind(path);
    this.#path = path;
  }

  async #remove(): Promise<void> {
    try {
      process().unlink(this.#path);
    } catch {
      // Node does not tell.
    }
  }
}

export const createServer = (): Server => new Server();

export function connect(path: string): EventEmitter & { destroy(): void } {
  const socket = Object.assign(new EventEmitter(), { destroy: () => {} });
  queueMicrotask(() => {
    try {
      process().connect(path);
      socket.emit('connect');
    } catch (error) {
      socket.emit('error', error);
    }
  });
  return socket;
}
