import { Readable } from 'node:stream';
import { AppError } from '../core/errors.js';
import type { Outcome } from '../core/outcome.js';
import type { ByteStream } from './host.js';

/**
 * The bytes of an image in their order. It ends only when all of them are there and no promised digest differs; else it
 * is destroyed with the error, and a loop over it throws. What was read before is not proven.
 */
export class ImageStream extends Readable {
  /** What the transfer came to. Rejects with the error of the stream. */
  readonly outcome: Promise<Outcome>;
  #room: (() => void) | undefined;
  readonly #abort = new AbortController();

  /** @param transfer writes the bytes, and stops when the signal is aborted */
  constructor(transfer: (to: ByteStream, signal: AbortSignal) => Promise<Outcome>) {
    // No read-ahead: a write has ended when its bytes were read, so that an error, which drops what waits, drops nothing.
    super({ highWaterMark: 0 });
    const to: ByteStream = { isTTY: false, write: (bytes) => this.#take(bytes) };
    this.outcome = transfer(to, this.#abort.signal);
    this.outcome.then(
      () => this.push(null),
      (error: unknown) => this.destroy(error instanceof Error ? error : new Error(String(error))),
    );
  }

  override _read(): void {
    this.#room?.();
  }

  /** Whoever leaves early ends the transfer. */
  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    // Node's own, for who leaves a loop over the stream.
    const left = error === null || error.name === 'AbortError';
    this.#abort.abort(left ? readerGone() : error);
    this.#room?.();
    callback(error);
  }

  /** The memory of the bytes belongs to the caller, who uses it again. */
  async #take(bytes: Uint8Array): Promise<void> {
    if (this.#abort.signal.aborted) throw this.#abort.signal.reason;
    if (this.push(Buffer.from(bytes))) return;
    await new Promise<void>((resolve) => {
      this.#room = resolve;
    });
    this.#room = undefined;
  }
}

function readerGone(): AppError {
  return new AppError('output.failed', 'writing the image: the reader has gone', {
    hint: 'read the stream to its end',
    details: { errno: 'EPIPE' },
  });
}
