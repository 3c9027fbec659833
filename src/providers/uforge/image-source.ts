import type { AppError } from '../../core/errors.js';
import { parseContentRange, parseDecimal } from '../../core/ranges.js';
import type { Refusal, Remote, Source, SourceRef, Ticket, TicketNeed } from '../../core/source.js';
import { doing, type ImageAccess, readReady, refusalContext } from './access.js';
import { documentType } from './document.js';
import { keyLink } from './keys.js';
import { documentForKey, refusalError, wrongResource } from './refusal.js';
import { blindRemote, refOf, remoteOf } from './remote.js';
import { Tickets } from './tickets.js';

/** One image of UForge. */
export class ImageSource implements Source {
  readonly ref: SourceRef;
  readonly #access: ImageAccess;
  readonly #tickets: Tickets;
  #describedSize: number | undefined;

  constructor(access: ImageAccess) {
    this.ref = refOf(access.resource);
    this.#access = access;
    this.#tickets = new Tickets(access);
  }

  allowsExtra(): boolean {
    return this.#tickets.mayBeMany();
  }

  async describe(signal: AbortSignal): Promise<Remote> {
    const { resource, credentials, given, via } = this.#access;
    if (given !== undefined && credentials === undefined) return blindRemote(resource, given);
    const image = await readReady(this.#access, signal);
    // Better said before anything is written than at the first connection.
    if (credentials === undefined || via === 'key') keyLink(resource, image, false, doing(this.#access));
    this.#describedSize = image.identity.size;
    return remoteOf(resource, image);
  }

  async ticket(need: TicketNeed, signal: AbortSignal): Promise<Ticket> {
    return await this.#tickets.next(need, signal);
  }

  explain(refusal: Refusal): AppError | undefined {
    const authorised = this.#access.credentials === undefined ? 'nothing' : 'credentials';
    const blamed = this.#tickets.lastWasGiven() ? this.#blameOnGiven(refusal) : this.#blameOnKey(refusal);
    return blamed ?? refusalError(refusal, refusalContext(this.#access, authorised));
  }

  #blameOnKey(refusal: Refusal): AppError | undefined {
    return deliveredDocument(refusal) === 'html' ? this.#tickets.refusedByPage(refusal.status) : undefined;
  }

  /** What the user's own one-time id may have done: it frees whatever it was made for, or nothing any more. */
  #blameOnGiven(refusal: Refusal): AppError | undefined {
    const what = doing(this.#access);
    const described = this.#describedSize;
    const size = announcedSize(refusal);
    // A page first: its length is no image's.
    const document = deliveredDocument(refusal);
    if (document === 'html' || (document !== undefined && (size === undefined || size !== described))) {
      return documentForKey(what, document, refusal.status);
    }
    return size === undefined || described === undefined || size === described
      ? undefined
      : wrongResource(what, size, described);
  }
}

/** What came in place of the data, in an answer that says that it is the data. */
function deliveredDocument({ status, headers }: Refusal): string | undefined {
  return status === 200 || status === 206 ? documentType(headers) : undefined;
}

/** Total size of the object in an answer that has it: another one than described means that the id was for another image. */
function announcedSize(refusal: Refusal): number | undefined {
  if (refusal.status === 200) return parseDecimal(refusal.headers.get('content-length') ?? '');
  if (refusal.status !== 206) return undefined;
  const range = parseContentRange(refusal.headers.get('content-range') ?? '');
  return range?.total;
}
