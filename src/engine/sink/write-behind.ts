import { type ContiguousPrefix, prefixUpTo, withRange } from '../../core/contiguous-prefix.js';
import type { PartFile } from '../../core/storage.js';

/** Chunks are gathered to writes of at least this size: three full reads of a fast network (256 KiB each). */
const BATCH_BYTES = 600 * 1024;
/** A read of so many bytes says that more are at hand: the batch may grow although the disk is idle. */
const LARGE_BYTES = 64 * 1024;
/** Bytes of all batches together that may wait to grow: many connections must not need more memory than a few. */
const WAITING_BYTES = 1024 * 1024;
/** Writes that may be in flight at once. */
const IN_FLIGHT = 2;

/** Bytes that follow one another and wait to be written in one go. */
interface Batch {
  readonly start: number;
  readonly chunks: Uint8Array[];
  bytes: number;
}

export interface WriteBehindListener {
  /** A write has moved the end of the contiguous written prefix to `end`. */
  onWritten(end: number): void;
  /** A write has failed: nothing more is taken. */
  onFailed(): void;
  /** The chunk is written: its memory may be used again. */
  release(chunk: Uint8Array): void;
}

/**
 * Writes behind the network: gathers the small chunks of each connection and keeps up to two writes in flight. Nothing
 * before `written` is still in flight; only that may be hashed or claimed.
 */
export class WriteBehind {
  readonly #part: Pick<PartFile, 'write'>;
  readonly #listener: WriteBehindListener;
  #written: ContiguousPrefix;
  /** Written or not. */
  #accepted: ContiguousPrefix;
  /** Batches that may grow, by their end: what continues one is at its end. */
  readonly #waiting = new Map<number, Batch>();
  readonly #inFlight = new Set<Promise<void>>();
  #failure: unknown;

  /** @param from end of what is written already */
  constructor(part: Pick<PartFile, 'write'>, from: number, listener: WriteBehindListener) {
    this.#part = part;
    this.#listener = listener;
    this.#written = prefixUpTo(from);
    this.#accepted = prefixUpTo(from);
  }

  /** End of the contiguous written prefix. */
  get written(): number {
    return this.#written.end;
  }

  /** End of the contiguous prefix of what was accepted, written or not. */
  get accepted(): number {
    return this.#accepted.end;
  }

  /** Was anything accepted beyond that prefix? */
  get scattered(): boolean {
    return this.#accepted.beyond.length > 0;
  }

  /** Takes bytes at `at`, by default the next ones in order. Resolves when there is room for more. */
  async put(chunk: Uint8Array, at: number = this.accepted): Promise<void> {
    this.throwFailure();
    const end = at + chunk.byteLength;
    this.#accepted = withRange(this.#accepted, { start: at, end });
    const batch = this.#take(at) ?? { start: at, chunks: [], bytes: 0 };
    batch.chunks.push(chunk);
    batch.bytes += chunk.byteLength;
    if (this.#mayGrow(batch, chunk)) this.#waiting.set(end, batch);
    else this.#write(batch);
    while (this.#inFlight.size >= IN_FLIGHT) {
      await Promise.race(this.#inFlight);
      this.throwFailure();
    }
  }

  /** Nothing more comes at `at` for now: what waits there to grow is written. */
  end(at: number): void {
    const batch = this.#take(at);
    if (batch !== undefined && this.#failure === undefined) this.#write(batch);
  }

  /** Resolves when everything accepted is written. @throws the first AppError of a write */
  async flush(): Promise<void> {
    const rest = [...this.#waiting.values()];
    this.#waiting.clear();
    if (this.#failure === undefined) for (const batch of rest) this.#write(batch);
    while (this.#inFlight.size > 0) await Promise.race(this.#inFlight);
    this.throwFailure();
  }

  /** @throws the first failure of a write */
  throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** After flush(): gives up what lies beyond the contiguous written prefix. */
  forget(): void {
    this.#written = prefixUpTo(this.written);
    this.#accepted = prefixUpTo(this.written);
  }

  /** Gives up what is not in flight yet, and resolves when nothing is: only then may the descriptor be closed. */
  async close(): Promise<void> {
    for (const { chunks } of this.#waiting.values()) for (const chunk of chunks) this.#listener.release(chunk);
    this.#waiting.clear();
    await Promise.all(this.#inFlight);
  }

  /** The batch that ends at `at` waits no more. */
  #take(at: number): Batch | undefined {
    const batch = this.#waiting.get(at);
    this.#waiting.delete(at);
    return batch;
  }

  /** What trickles goes to an idle disk at once; a stream, or a busy disk, lets a batch grow. */
  #mayGrow(batch: Batch, last: Uint8Array): boolean {
    if (last.byteLength < LARGE_BYTES && this.#inFlight.size === 0) return false;
    if (batch.bytes >= BATCH_BYTES) return false;
    let waiting = batch.bytes;
    for (const other of this.#waiting.values()) waiting += other.bytes;
    return waiting <= WAITING_BYTES;
  }

  #write(batch: Batch): void {
    const write: Promise<void> = this.#writeNow(batch)
      .catch((error: unknown) => {
        this.#failure ??= error;
        this.#listener.onFailed();
      })
      .finally(() => this.#inFlight.delete(write));
    this.#inFlight.add(write);
  }

  async #writeNow({ start, chunks, bytes }: Batch): Promise<void> {
    await this.#part.write(start, chunks);
    for (const chunk of chunks) this.#listener.release(chunk);
    const before = this.written;
    this.#written = withRange(this.#written, { start, end: start + bytes });
    if (this.written > before) this.#listener.onWritten(this.written);
  }
}
