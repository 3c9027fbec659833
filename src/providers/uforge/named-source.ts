import type { AppError } from '../../core/errors.js';
import type { Refusal, Remote, Source, SourceRef, Ticket, TicketNeed } from '../../core/source.js';
import type { ImageSource } from './image-source.js';

/** An image that is named by more than its ids. */
export class NamedSource implements Source {
  readonly ref: SourceRef;
  readonly #find: (signal: AbortSignal) => Promise<ImageSource>;
  /** Stays what it is once it is known, so that a second describe() cannot slip to a newer image. */
  #found: ImageSource | undefined;

  /**
   * @param ref what is asked for
   * @param find looks it up
   */
  constructor(ref: SourceRef, find: (signal: AbortSignal) => Promise<ImageSource>) {
    this.ref = ref;
    this.#find = find;
  }

  allowsExtra(): boolean {
    return this.#found?.allowsExtra() ?? false;
  }

  async describe(signal: AbortSignal): Promise<Remote> {
    return await (await this.#image(signal)).describe(signal);
  }

  async ticket(need: TicketNeed, signal: AbortSignal): Promise<Ticket> {
    return await (await this.#image(signal)).ticket(need, signal);
  }

  explain(refusal: Refusal): AppError | undefined {
    return this.#found?.explain(refusal);
  }

  async #image(signal: AbortSignal): Promise<ImageSource> {
    this.#found ??= await this.#find(signal);
    return this.#found;
  }
}
