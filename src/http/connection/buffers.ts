/** One slab. Larger reads save system calls; 256 KiB is where more stops paying (measured on loopback). */
const SLAB_BYTES = 256 * 1024;
/** The smallest. Every connection has a slab that it reads into, however little comes: many have smaller ones. */
const LEAST_SLAB_BYTES = 64 * 1024;
/** A slab with less room than this is full: short reads cost more than the rest is worth. */
const LEAST_BYTES = 32 * 1024;
/** Free slabs of a size that are kept at most. */
const FREE_LIMIT = 64;

/**
 * Memory that the network is read into. Fresh buffers for every read cost page faults and wait for the collector; memory
 * that comes back is used again.
 *
 * Giving back is a courtesy, never a duty: bytes that nobody releases are left to the collector, with their slab.
 */
export interface Slabs {
  /**
   * Room for one connection's reads, from slab to slab.
   * @param worth bytes that a slab should have, as of now
   */
  open(worth?: () => number): Room;
  /**
   * Nobody reads or keeps these bytes (of a chunk, or a part of one) any more. Each byte once; memory that is no slab's
   * is ignored.
   */
  release(bytes: Uint8Array): void;
}

export interface Room {
  /** Where the next read goes; never empty. */
  free(): Uint8Array;
  /** So many bytes were read into it. They are the reader's until it releases them. */
  fill(bytes: number): void;
  /** Nothing more is read into it. */
  close(): void;
}

interface Slab {
  readonly memory: Uint8Array;
  filled: number;
  released: number;
  /** No room reads into it any more. */
  full: boolean;
}

export function createSlabs(): Slabs {
  const free = new Map<number, Slab[]>();
  const slabs = new WeakMap<ArrayBufferLike, Slab>();

  const take = (worth: number): Slab => {
    let size = SLAB_BYTES;
    while (size > worth && size > LEAST_SLAB_BYTES) size /= 2;
    const slab = free.get(size)?.pop() ?? {
      memory: Buffer.allocUnsafeSlow(size),
      filled: 0,
      released: 0,
      full: false,
    };
    slab.filled = 0;
    slab.released = 0;
    slab.full = false;
    slabs.set(slab.memory.buffer, slab);
    return slab;
  };
  const recycle = (slab: Slab): void => {
    if (!slab.full || slab.released !== slab.filled) return;
    // Until it is taken again nothing of it is anybody's: a second release finds no slab.
    slabs.delete(slab.memory.buffer);
    const same = free.get(slab.memory.length) ?? [];
    free.set(slab.memory.length, same);
    if (same.length < FREE_LIMIT) same.push(slab);
  };

  return {
    open(worth = () => SLAB_BYTES) {
      let slab: Slab | undefined;
      const retire = (): void => {
        if (slab === undefined) return;
        slab.full = true;
        recycle(slab);
        slab = undefined;
      };
      return {
        free() {
          if (slab !== undefined && slab.memory.length - slab.filled < LEAST_BYTES) retire();
          slab ??= take(worth());
          return slab.memory.subarray(slab.filled);
        },
        fill(bytes) {
          if (slab !== undefined) slab.filled += bytes;
        },
        close: retire,
      };
    },
    release(bytes) {
      const slab = slabs.get(bytes.buffer);
      if (slab === undefined) return;
      slab.released += bytes.byteLength;
      recycle(slab);
    },
  };
}
