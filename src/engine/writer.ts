import { advance, type Front, frontAt } from '../core/front.js';
import type { PartFile } from '../core/types.js';

/** Chunks are gathered to writes of at least this size. */
const BATCH_BYTES = 512 * 1024;
/** Writes that may be in flight at once. */
const IN_FLIGHT = 2;

/**
 * Writes behind the network: gathers small chunks, keeps up to two writes in flight and tracks the contiguous front.
 * Nothing before `front` is still in flight; only that may be hashed or claimed.
 */
export interface Writer {
  /** End of the contiguous written prefix. */
  readonly front: number;
  /** End of what was accepted, written or not. */
  readonly accepted: number;
  /** Takes the next bytes in order. Resolves when there is room for more. */
  put(chunk: Uint8Array): Promise<void>;
  /** Resolves when everything accepted is written. @throws the first AppError of a write */
  flush(): Promise<void>;
}

/** @param onFront called after every write that moves the front */
export function createWriter(part: Pick<PartFile, 'write'>, from: number, onFront: (end: number) => void): Writer {
  let front: Front = frontAt(from);
  let accepted = from;
  let batch: Uint8Array[] = [];
  let batchBytes = 0;
  let failure: unknown;
  const inFlight = new Set<Promise<void>>();

  const submit = (): void => {
    const chunks = batch;
    const start = accepted - batchBytes;
    const range = { start, end: accepted };
    batch = [];
    batchBytes = 0;
    const write: Promise<void> = part
      .write(start, chunks)
      .then(() => {
        const before = front.end;
        front = advance(front, range);
        if (front.end > before) onFront(front.end);
      })
      .catch((error: unknown) => {
        failure ??= error;
      })
      .finally(() => inFlight.delete(write));
    inFlight.add(write);
  };

  return {
    get front() {
      return front.end;
    },
    get accepted() {
      return accepted;
    },
    async put(chunk) {
      if (failure !== undefined) throw failure;
      batch.push(chunk);
      batchBytes += chunk.byteLength;
      accepted += chunk.byteLength;
      // An idle disk takes what there is; a busy one lets a batch grow.
      if (inFlight.size === 0 || batchBytes >= BATCH_BYTES) submit();
      while (inFlight.size >= IN_FLIGHT) {
        await Promise.race(inFlight);
        if (failure !== undefined) throw failure;
      }
    },
    async flush() {
      if (batchBytes > 0 && failure === undefined) submit();
      while (inFlight.size > 0) await Promise.race(inFlight);
      if (failure !== undefined) throw failure;
    },
  };
}
