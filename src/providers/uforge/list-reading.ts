import { AppError, isAppError } from '../../core/errors.js';
import { ListBudget, StreamedReply } from '../streamed-reply.js';
import { type AppCenter, listContext } from './app-center.js';
import { below } from './base.js';
import { type ListForm, readListAnswer } from './list-answer.js';
import { authorise } from './login/credentials.js';
import { METADATA } from './metadata.js';

/** A search through the lists of an AppCenter. */
export interface Search {
  readonly center: AppCenter;
  /** All its answers share it. */
  readonly budget: ListBudget;
  readonly signal: AbortSignal;
}

export function startSearch(center: AppCenter, signal: AbortSignal): Search {
  return { center, budget: new ListBudget(), signal };
}

/** A list of the AppCenter. */
export interface ListRequest {
  /** Below the user: `appliances/747/images`. */
  readonly path: string;
  readonly form: ListForm;
  /** `listing the images of alice`, for messages. */
  readonly what: string;
  /** What a 404 means. */
  readonly missing: string;
  /** Where the server can leave out what is not wanted: a condition in FIQL. */
  readonly filter?: string;
}

/** What became of an entry: a row and what makes it another one than the rest, or why there is none. */
export type Reading<Row> =
  | { readonly kind: 'row'; readonly key: string; readonly row: Row }
  /** Of a kind that is not listed. */
  | { readonly kind: 'other'; readonly key: string }
  | { readonly kind: 'unusable'; readonly why: string };

/** More than any AppCenter has: a list of a few bytes per entry must not fill the memory. */
const MAX_ENTRIES = 1_000_000;
/** Entries of a page where the first answer does not show how many the server gives. */
const USUAL_PAGE = 100;

/**
 * All entries of a list, each once. Asked for whole, as hammr does; where the server says that there are more, page by
 * page.
 * @throws AppError auth.*, not-found.image, http.unavailable, proto.*, net.*
 */
export async function readList<Row>(
  search: Search,
  request: ListRequest,
  read: (entry: unknown) => Reading<Row>,
): Promise<readonly Row[]> {
  if (request.filter !== undefined) {
    const found = await filtered(search, request, read);
    if (found !== undefined) return found;
  }
  const first = await readOnce(search, request, read);
  if (first.isWhole) return first.finish(search, request);
  // It may have changed while it was read, page by page.
  search.center.ports.note(`${request.what}: ${first.short()}; reading the list again`);
  const second = await readOnce(search, request, read);
  if (second.isWhole) return second.finish(search, request);
  throw new AppError('proto.answer', `${request.what}: ${second.short()}, twice`, {
    hint: 'run again; if it stays so, tell the administrator of the AppCenter',
  });
}

/**
 * By the server's own condition. Undefined when its answer proves nothing: nobody says what `total` counts then, how a
 * name is quoted, or what a release answers that does not know the condition.
 */
async function filtered<Row>(
  search: Search,
  request: ListRequest,
  read: (entry: unknown) => Reading<Row>,
): Promise<readonly Row[] | undefined> {
  try {
    const entries = new Entries(read);
    await entries.take(search, request, {});
    return entries.isWhole && entries.rows.length > 0 ? entries.finish(search, request) : undefined;
  } catch (error) {
    if (isAppError(error) && error.details['status'] !== undefined && error.code !== 'auth.refused') return undefined;
    throw error;
  }
}

async function readOnce<Row>(
  search: Search,
  { filter: _, ...request }: ListRequest,
  read: (entry: unknown) => Reading<Row>,
): Promise<Entries<Row>> {
  const entries = new Entries(read);
  await entries.take(search, request, {});
  const page = entries.received === 0 ? USUAL_PAGE : entries.received;
  // A page without anything new is the last one, whatever the server says: it may send the same one for ever.
  for (let known = -1; !entries.isWhole && entries.known > known; ) {
    known = entries.known;
    const from = String(entries.received);
    const size = String(page);
    const query = request.form.paging === 'index' ? { max: size, index: from } : { count: size, offset: from };
    await entries.take(search, request, query);
  }
  return entries;
}

/** What one reading of a list has brought so far. */
class Entries<Row> {
  readonly #read: (entry: unknown) => Reading<Row>;
  readonly #rows = new Map<string, Row>();
  readonly #others = new Set<string>();
  #unusable = 0;
  #firstWhy = '';
  #total: number | undefined;
  /** Entries that came, those that came again included. */
  received = 0;

  constructor(read: (entry: unknown) => Reading<Row>) {
    this.#read = read;
  }

  get rows(): readonly Row[] {
    return [...this.#rows.values()];
  }

  /** Different ones that could be told apart. */
  get known(): number {
    return this.#rows.size + this.#others.size;
  }

  /** As many came as the server says there are. */
  get isWhole(): boolean {
    return this.#total === undefined || this.known + this.#unusable >= this.#total;
  }

  short(): string {
    return `the server says that there are ${this.#total}, but sent ${this.known + this.#unusable}`;
  }

  /** Reads one answer. */
  async take(
    { center, budget, signal }: Search,
    { path, form, what, missing, filter }: ListRequest,
    page: Readonly<Record<string, string>>,
  ): Promise<void> {
    const wanted = below(center.base, `users/${encodeURIComponent(center.uid)}/${path}`);
    wanted.search = new URLSearchParams({ ...(filter === undefined ? {} : { query: filter }), ...page }).toString();
    const { url, headers } = authorise(center.base, wanted, center.credentials);
    const request = { url, headers: { ...METADATA, ...headers } };
    const reply = await StreamedReply.open(center.ports.transport, request, what, signal);
    const total = await readListAnswer(reply, form, listContext(center, what, missing), budget, (entry) => {
      this.#add(entry, what);
      return undefined;
    });
    // One that grows smaller from page to page counts the page, or the list has changed.
    if (total !== undefined) this.#total = Math.max(total, this.#total ?? 0);
  }

  /** Nothing is left out without a word. */
  finish({ center }: Search, { what, form }: ListRequest): readonly Row[] {
    if (this.#unusable > 0) {
      const count = this.#unusable === 1 ? 'one entry is' : `${this.#unusable} entries are`;
      center.ports.warn({
        code: 'uforge.list-entry',
        message: `${what}: ${count} not readable and left out of the ${form.noun}: ${this.#firstWhy}`,
      });
    }
    return this.rows;
  }

  #add(entry: unknown, what: string): void {
    this.received += 1;
    if (this.received > MAX_ENTRIES) {
      throw new AppError('proto.body-limit', `${what}: the list has more than ${MAX_ENTRIES} entries`, {
        hint: 'ask for less: name the appliance, the bundle or the scan',
      });
    }
    const reading = this.#read(entry);
    if (reading.kind === 'row') this.#rows.set(reading.key, reading.row);
    else if (reading.kind === 'other') this.#others.add(reading.key);
    else {
      if (this.#unusable === 0) this.#firstWhy = reading.why;
      this.#unusable += 1;
    }
  }
}
