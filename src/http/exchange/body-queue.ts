import { AppError } from '../../core/errors.js';
import { type MakeError, type ReadResult, type WaitingLimits, WaitingReader } from './waiting-reader.js';

/** Bytes that wait for a slow reader, of all bodies together; each has its share of it, within these bounds. */
const WAITING_BYTES = 2 * 1024 * 1024;
const MOST_BYTES = 512 * 1024;
const LEAST_BYTES = 128 * 1024;

/** From so many waiting bytes on a connection rests; below a quarter of them it goes on. */
export function shareOf(bodies: number): number {
  return Math.min(MOST_BYTES, Math.max(LEAST_BYTES, WAITING_BYTES / Math.max(1, bodies)));
}

export interface BodyLimits extends WaitingLimits {
  /** Bytes that may wait for the reader, as of now. */
  readonly share: () => number;
}

/** Where the bytes come from, and what becomes of it. */
export interface BodySource {
  /** Stop and restart reading from the network. */
  pause(): void;
  resume(): void;
  /** Nobody will read these bytes. */
  discard(bytes: Uint8Array): void;
  /** The reader has left, or a limit was hit: close the connection. */
  close(): void;
  /** The reader has met the end or an error, or will: nothing waits for it any more. */
  over(): void;
}

type Outcome = { readonly kind: 'end' } | { readonly kind: 'error'; readonly error: MakeError };

/** One end takes what the parser delivers, the other is the body that the caller reads. */
export class BodyQueue {
  readonly body: AsyncIterable<Uint8Array>;
  readonly #attempted: string;
  readonly #share: () => number;
  readonly #source: BodySource;
  readonly #reader: WaitingReader;
  readonly #chunks: Uint8Array[] = [];
  #bytes = 0;
  #paused = false;
  #outcome: Outcome | undefined;

  constructor(attempted: string, limits: BodyLimits, source: BodySource) {
    this.#attempted = attempted;
    this.#share = limits.share;
    this.#source = source;
    this.#reader = new WaitingReader(attempted, limits, (error) => this.#cut(error));
    const iterator: AsyncIterator<Uint8Array, undefined> = { next: () => this.#next(), return: () => this.#leave() };
    this.body = { [Symbol.asyncIterator]: () => iterator };
  }

  push(chunk: Uint8Array): void {
    if (this.#outcome !== undefined) {
      this.#source.discard(chunk);
      return;
    }
    if (this.#reader.waits) {
      this.#reader.give(chunk);
      return;
    }
    this.#reader.count(chunk.length);
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (!this.#paused && this.#bytes >= this.#share()) {
      this.#paused = true;
      this.#source.pause();
    }
  }

  end(): void {
    this.#outcome ??= { kind: 'end' };
    if (this.#outcome.kind !== 'end') return;
    if (this.#reader.waits) this.#source.over();
    this.#reader.end();
  }

  /** The reader gets the bytes that came before it, then the error. */
  fail(error: MakeError): void {
    this.#outcome ??= { kind: 'error', error };
    if (this.#reader.waits) this.#source.over();
    this.#reader.refuse(error);
  }

  /** The reader gets the error next; bytes that wait are discarded. */
  abort(error: MakeError): void {
    for (const chunk of this.#chunks.splice(0)) this.#source.discard(chunk);
    this.#outcome = { kind: 'error', error };
    this.#source.over();
    this.#reader.refuse(error);
  }

  async #next(): Promise<ReadResult> {
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) {
      this.#taken(chunk.length);
      return { done: false, value: chunk };
    }
    if (this.#outcome === undefined) return this.#reader.wait();
    this.#source.over();
    if (this.#outcome.kind === 'error') throw this.#outcome.error();
    return { done: true, value: undefined };
  }

  #taken(bytes: number): void {
    this.#bytes -= bytes;
    if (!this.#paused || this.#bytes > this.#share() / 4) return;
    this.#paused = false;
    this.#source.resume();
  }

  async #leave(): Promise<ReadResult> {
    this.#cut(() => new AppError('bug', `${this.#attempted}: the body is read after its end`));
    return { done: true, value: undefined };
  }

  #cut(error: MakeError): void {
    this.abort(error);
    this.#source.close();
  }
}
