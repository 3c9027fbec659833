/**
 * Memory in which the main thread puts parts of a file that digest threads hash from there: byte o of the file is at
 * o modulo the length of `bytes`.
 */
export interface ReadAheadBuffer {
  readonly bytes: SharedArrayBuffer;
  /** Two BigInt64, see {@link BOUNDS}, which the main thread alone changes. */
  readonly bounds: SharedArrayBuffer;
}

/** Indices of the cells that say which bytes of the file are in the buffer: [start, end). */
export const BOUNDS = { start: 0, end: 1 } as const;

/** What is read in one call: as much as a digest thread takes at a time. */
export const BLOCK_BYTES = 128 * 1024;
/** Lasts for 8 ms of MD5: when the cores are few, the main thread is away for that long now and then. */
export const BUFFER_BYTES = 6 * 1024 * 1024;

/**
 * The one read-ahead buffer of a process. A thread that has seen shared memory never frees it, as it makes no garbage
 * that would have it look: so there is one buffer, which one file after the other uses.
 */
export interface ReadAheadPool {
  /** Undefined as long as another file uses it. */
  take(): ReadAheadBuffer | undefined;
  /** No thread reads it any more. */
  release(buffer: ReadAheadBuffer): void;
}

export function createReadAheadPool(): ReadAheadPool {
  let buffer: ReadAheadBuffer | undefined;
  let taken = false;
  return {
    take() {
      if (taken) return undefined;
      taken = true;
      buffer ??= { bytes: new SharedArrayBuffer(BUFFER_BYTES), bounds: new SharedArrayBuffer(16) };
      return buffer;
    },
    release(released) {
      if (released === buffer) taken = false;
    },
  };
}
