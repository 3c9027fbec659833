/** Reads the file at `offset` until `into` is full. False: not now, or not all of it; somebody else will. */
export type ReadNow = (offset: number, into: Uint8Array) => boolean;

/** Part of a file, in memory that threads share: offset o of it is at o modulo the length of `bytes`. */
export interface AheadMemory {
  readonly bytes: SharedArrayBuffer;
  /** Two BigInt64, which the writing side alone changes: what is there begins with START and goes up to END. */
  readonly cells: SharedArrayBuffer;
}

/**
 * The one memory of a process. A thread that has seen it never gives it back, as it makes no garbage that would have
 * it look: so there is one, which one file after the other has.
 */
export interface AheadStore {
  /** Undefined as long as another file has it. */
  take(): AheadMemory | undefined;
  /** Nobody looks into it any more. */
  giveBack(memory: AheadMemory): void;
}

export function createAheadStore(): AheadStore {
  let memory: AheadMemory | undefined;
  let taken = false;
  return {
    take() {
      if (taken) return undefined;
      taken = true;
      memory ??= { bytes: new SharedArrayBuffer(RING_BYTES), cells: new SharedArrayBuffer(16) };
      return memory;
    },
    giveBack(back) {
      if (back === memory) taken = false;
    },
  };
}

const START = 0;
const END = 1;
/** One read: as much as a digest thread takes at a time. */
const BLOCK_BYTES = 128 * 1024;
/** Lasts for 8 ms of MD5: when the cores are few, this thread is away for that long now and then. */
const RING_BYTES = 6 * 1024 * 1024;
/** A digest goes on while something is read for it. It begins so far ahead that the digest is not there before. */
const LEAD_BYTES = 128 * 1024;

/**
 * Reads back what is written for digests that lag behind, while the writing would only wait for them: a digest that
 * need not read has a tenth more time to compute.
 */
export interface ReadAhead {
  readonly memory: AheadMemory;
  /**
   * Reads on, as far as the file is written and there is room.
   * @param front bytes before it are written
   * @param slowest where the last of all digests stands that look into the memory: what is before may be overwritten
   */
  fill(front: number, slowest: number): void;
}

/** @param memory what it holds of another file is gone */
export function createReadAhead(memory: AheadMemory, read: ReadNow): ReadAhead {
  const bytes = new Uint8Array(memory.bytes);
  const cells = new BigInt64Array(memory.cells);
  let start: number;
  let end: number;
  const startAt = (next: number): void => {
    start = next;
    Atomics.store(cells, START, BigInt(start));
  };
  const endAt = (next: number): void => {
    end = next;
    Atomics.store(cells, END, BigInt(end));
  };

  endAt(0);
  startAt(0);

  return {
    memory,
    fill(front, slowest) {
      if (slowest >= end) {
        const next = Math.ceil((slowest + LEAD_BYTES) / BLOCK_BYTES) * BLOCK_BYTES;
        if (next + BLOCK_BYTES > front) return;
        // In this order, see at(): what is between the old end and the new start is not there.
        startAt(next);
        endAt(next);
      }
      const until = Math.min(front, slowest + RING_BYTES);
      while (end + BLOCK_BYTES <= until) {
        startAt(Math.max(start, end + BLOCK_BYTES - RING_BYTES));
        const at = end % RING_BYTES;
        if (!read(end, bytes.subarray(at, at + BLOCK_BYTES))) return;
        endAt(end + BLOCK_BYTES);
      }
    },
  };
}

/** A reader's view of the memory. It tells others where it stands only after it has done with the bytes before. */
export interface AheadView {
  /** The bytes from `position` on, of one block; none when they are not there. They stay until the position moves. */
  at(position: number): Uint8Array | undefined;
  /** How far a reader at `position`, where nothing is there, reads the file itself. */
  gapEnd(position: number): number;
}

export function viewAhead(memory: AheadMemory): AheadView {
  const bytes = new Uint8Array(memory.bytes);
  const cells = new BigInt64Array(memory.cells);
  return {
    at(position) {
      // END before START: with a START that is newer less is there, with an END that is newer it would be too much.
      const end = Number(Atomics.load(cells, END));
      const start = Number(Atomics.load(cells, START));
      if (position < start || position >= end) return undefined;
      const at = position % bytes.byteLength;
      return bytes.subarray(at, at + BLOCK_BYTES - (position % BLOCK_BYTES));
    },
    gapEnd(position) {
      const start = Number(Atomics.load(cells, START));
      return start > position ? start : Number.POSITIVE_INFINITY;
    },
  };
}
