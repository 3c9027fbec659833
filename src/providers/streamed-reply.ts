import { AppError } from '../core/errors.js';
import type { Exchange, Headers, OpenRequest, Reply, Transport } from '../core/http.js';
import { readReply, requireIdentity } from '../core/reply.js';

/** All answers of one list together. */
const LIST_BYTES = 256 * 1024 * 1024;

/** How many bytes a list may still have. One for a list, however many pages it comes in. */
export class ListBudget {
  #left = LIST_BYTES;

  /** @throws AppError proto.body-limit */
  spend(bytes: number, attempted: string): void {
    this.#left -= bytes;
    if (this.#left >= 0) return;
    throw new AppError('proto.body-limit', `${attempted}: the list is larger than 256 MiB`, {
      hint: 'ask for less: name what you look for, or use its id',
    });
  }
}

/**
 * The answer to a GET whose body is read as it comes: a list. It is held to what a whole answer is held to, but for its
 * length. Whoever has one reads its chunks or its text, once, or cancels it.
 */
export class StreamedReply {
  readonly status: number;
  readonly headers: Headers;
  /** What answered, after all redirects. */
  readonly url: URL;
  /** The same where a redirect led there. */
  readonly redirected?: URL;
  readonly #exchange: Exchange;
  readonly #attempted: string;
  readonly #release: (chunk: Uint8Array) => void;

  private constructor(exchange: Exchange, asked: URL, attempted: string, release: (chunk: Uint8Array) => void) {
    this.status = exchange.status;
    this.headers = exchange.headers;
    this.url = exchange.url ?? asked;
    if (exchange.redirected !== undefined) this.redirected = exchange.redirected;
    this.#exchange = exchange;
    this.#attempted = attempted;
    this.#release = release;
  }

  /** @throws AppError what the transport throws */
  static async open(
    transport: Transport,
    request: OpenRequest,
    attempted: string,
    signal: AbortSignal,
  ): Promise<StreamedReply> {
    const exchange = await transport.open({ ...request, metadata: true }, signal);
    return new StreamedReply(exchange, request.url, attempted, (chunk) => transport.release?.(chunk));
  }

  /**
   * The body. A chunk is overwritten when the next one is asked for. Leaving it early closes the connection.
   * @throws AppError proto.body-limit, proto.encoding, and what the body throws
   */
  async *chunks(budget: ListBudget): AsyncGenerator<Uint8Array> {
    try {
      requireIdentity(this.#exchange, this.#attempted);
      for await (const chunk of this.#exchange.body) {
        budget.spend(chunk.length, this.#attempted);
        yield chunk;
        this.#release(chunk);
      }
    } finally {
      this.#exchange.cancel();
    }
  }

  /** All of it where it is short, as what is no list is. @throws AppError proto.*, and what the body throws */
  async whole(): Promise<Reply> {
    return await readReply(this.#exchange, this.#attempted, this.#release);
  }

  cancel(): void {
    this.#exchange.cancel();
  }
}
