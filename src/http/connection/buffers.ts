/** One buffer. Larger reads save system calls; 256 KiB is where more stops paying (measured on loopback). */
const BUFFER_BYTES = 256 * 1024;
/** The smallest. Every connection has a buffer that it reads into, however little comes: many have smaller ones. */
const LEAST_BUFFER_BYTES = 64 * 1024;
/** A buffer with less room than this is full: short reads cost more than the rest is worth. */
const LEAST_READ_BYTES = 32 * 1024;
/** Free buffers of a size that are kept at most. */
const FREE_LIMIT = 64;

/**
 * Memory that the network is read into. Fresh buffers for every read cost page faults and wait for the collector; memory
 * that comes back is used again.
 *
 * Giving back is a courtesy, never a duty: bytes that nobody releases are left to the collector, with their buffer.
 */
export interface BufferPool {
  /**
   * Where one connection's reads go, from buffer to buffer.
   * @param worth bytes that a buffer should have, as of now
   */
  open(worth?: () => number): ReadBuffer;
  /**
   * Nobody reads or keeps these bytes (of a chunk, or a part of one) any more. Each byte once; memory that is not the
   * pool's is ignored.
   */
  release(bytes: Uint8Array): void;
}

export interface ReadBuffer {
  /** Where the next read goes; never empty. */
  free(): Uint8Array;
  /** So many bytes were read into it. They are the reader's until it releases them. */
  fill(bytes: number): void;
  /** Nothing more is read into it. */
  close(): void;
}

interface PooledBuffer {
  readonly memory: Uint8Array;
  filled: number;
  released: number;
  /** No connection reads into it any more. */
  full: boolean;
}

export function createBufferPool(): BufferPool {
  const free = new Map<number, Uint8Array[]>();
  const lent = new WeakMap<ArrayBufferLike, PooledBuffer>();

  const take = (worth: number): PooledBuffer => {
    let size = BUFFER_BYTES;
    while (size > worth && size > LEAST_BUFFER_BYTES) size /= 2;
    const memory = free.get(size)?.pop() ?? Buffer.allocUnsafeSlow(size);
    const buffer: PooledBuffer = { memory, filled: 0, released: 0, full: false };
    lent.set(memory.buffer, buffer);
    return buffer;
  };
  const recycle = (buffer: PooledBuffer): void => {
    if (!buffer.full || buffer.released !== buffer.filled) return;
    // Until it is taken again nothing of it is anybody's: a second release finds no buffer.
    const { memory } = buffer;
    lent.delete(memory.buffer);
    const same = free.get(memory.length) ?? [];
    free.set(memory.length, same);
    if (same.length < FREE_LIMIT) same.push(memory);
  };

  return {
    open: (worth = () => BUFFER_BYTES) => readBuffer(() => take(worth()), recycle),
    release(bytes) {
      const buffer = lent.get(bytes.buffer);
      if (buffer === undefined) return;
      buffer.released += bytes.byteLength;
      recycle(buffer);
    },
  };
}

function readBuffer(take: () => PooledBuffer, recycle: (buffer: PooledBuffer) => void): ReadBuffer {
  let current: PooledBuffer | undefined;
  const retire = (): void => {
    if (current === undefined) return;
    current.full = true;
    recycle(current);
    current = undefined;
  };
  return {
    free() {
      if (current !== undefined && current.memory.length - current.filled < LEAST_READ_BYTES) retire();
      current ??= take();
      return current.memory.subarray(current.filled);
    },
    fill(bytes) {
      if (current !== undefined) current.filled += bytes;
    },
    close: retire,
  };
}
