import { advance, type Front, frontAt } from '../core/front.js';
import type { PartFile } from '../core/types.js';

/** Chunks are gathered to writes of at least this size: three full reads of a fast network (256 KiB each). */
const BATCH_BYTES = 600 * 1024;
/** A read of so many bytes says that more are at hand: the batch may grow although the disk is idle. */
const LARGE_BYTES = 64 * 1024;
/** Bytes of all batches together that may wait for company: many connections must not need more memory than a few. */
const WAITING_BYTES = 1024 * 1024;
/** Writes that may be in flight at once. */
const IN_FLIGHT = 2;

/**
 * Writes behind the network: gathers the small chunks of each connection, keeps up to two writes in flight and tracks
 * the contiguous front. Nothing before `front` is still in flight; only that may be hashed or claimed.
 */
export interface Writer {
  /** End of the contiguous written prefix. */
  readonly front: number;
  /** End of the contiguous prefix of what was accepted, written or not. */
  readonly accepted: number;
  /** Was anything accepted beyond that prefix? */
  readonly scattered: boolean;
  /** Takes bytes at `at`, by default the next ones in order. Resolves when there is room for more. */
  put(chunk: Uint8Array, at?: number): Promise<void>;
  /** Nothing more comes at `at` for now: what waits there for company is written. */
  end(at: number): void;
  /** Resolves when everything accepted is written. @throws the first AppError of a write */
  flush(): Promise<void>;
  /** After flush(): gives up what lies beyond the front. */
  forget(): void;
}

/** Bytes that follow one another and wait to be written in one go. */
interface Batch {
  readonly start: number;
  readonly chunks: Uint8Array[];
  bytes: number;
}

/**
 * @param onFront called after every write that moves the front
 * @param release called with every chunk that is written
 */
export function createWriter(
  part: Pick<PartFile, 'write'>,
  from: number,
  onFront: (end: number) => void,
  release: (chunk: Uint8Array) => void = () => {},
): Writer {
  let front: Front = frontAt(from);
  let accepted: Front = frontAt(from);
  /** Open batches by their end: what continues one is at its end. */
  const waiting = new Map<number, Batch>();
  let waitingBytes = 0;
  let failure: unknown;
  const inFlight = new Set<Promise<void>>();

  const submit = ({ start, chunks, bytes }: Batch): void => {
    const range = { start, end: start + bytes };
    const write: Promise<void> = part
      .write(start, chunks)
      .then(() => {
        for (const chunk of chunks) release(chunk);
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
      return accepted.end;
    },
    get scattered() {
      return accepted.beyond.length > 0;
    },
    async put(chunk, at = accepted.end) {
      if (failure !== undefined) throw failure;
      const batch = waiting.get(at) ?? { start: at, chunks: [], bytes: 0 };
      if (waiting.delete(at)) waitingBytes -= batch.bytes;
      batch.chunks.push(chunk);
      batch.bytes += chunk.byteLength;
      const end = at + chunk.byteLength;
      accepted = advance(accepted, { start: at, end });
      // What trickles goes to an idle disk at once; a stream, or a busy disk, lets a batch grow.
      const trickles = chunk.byteLength < LARGE_BYTES;
      const enough = batch.bytes >= BATCH_BYTES || waitingBytes + batch.bytes > WAITING_BYTES;
      if ((trickles && inFlight.size === 0) || enough) submit(batch);
      else {
        waiting.set(end, batch);
        waitingBytes += batch.bytes;
      }
      while (inFlight.size >= IN_FLIGHT) {
        await Promise.race(inFlight);
        if (failure !== undefined) throw failure;
      }
    },
    end(at) {
      const batch = waiting.get(at);
      if (batch === undefined) return;
      waiting.delete(at);
      waitingBytes -= batch.bytes;
      if (failure === undefined) submit(batch);
    },
    async flush() {
      const rest = [...waiting.values()];
      waiting.clear();
      waitingBytes = 0;
      if (failure === undefined) rest.forEach(submit);
      while (inFlight.size > 0) await Promise.race(inFlight);
      if (failure !== undefined) throw failure;
    },
    forget() {
      front = frontAt(front.end);
      accepted = frontAt(front.end);
    },
  };
}
