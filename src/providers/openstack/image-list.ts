import { safeParse } from 'valibot';
import { AppError } from '../../core/errors.js';
import type { Reply } from '../../core/http.js';
import { quoteForeign, redactUrl } from '../../core/redact.js';
import { redirectedWords } from '../../core/redirected-words.js';
import { JsonList } from '../json-list.js';
import { ListBudget, type StreamedReply } from '../streamed-reply.js';
import { type ImageRecord, pageAnswer } from './answers.js';
import { below } from './catalog.js';
import { get, type ImageService, recordOf } from './images.js';
import { notJson, requestIdOf, strange } from './replies.js';

/** Parameters of `GET /v2/images`; a key may stand there more than once. */
export type Query = readonly (readonly [key: string, value: string])[];

/** What is looked for, by which service, and until when. */
export interface Search {
  readonly service: ImageService;
  /** `listing images`, for messages. */
  readonly doing: string;
  readonly signal: AbortSignal;
}

/** An entry of a list. */
export interface ListedImage {
  readonly image: ImageRecord;
  /** The record as it came, with all its properties. Not to be kept: 10,000 of them take space. */
  readonly record: unknown;
}

/** Pages in a row that tell nothing new. An honest list has one at its end. */
const IDLE_PAGES = 5;
const MAX_PAGES = 2000;

/** The images that one query finds, page after page, each once. A page is asked for when the one before it is used up. */
export class ImageList implements AsyncIterable<ListedImage> {
  readonly #search: Search;
  readonly #query: string;
  readonly #budget = new ListBudget();
  readonly #seen = new Set<string>();
  readonly #visited = new Set<string>();
  #first: StreamedReply | undefined;
  /** Entries that are no image records, and what the first of them is. */
  #unreadable = 0;
  #firstUnreadable = '';

  constructor(search: Search, query: Query) {
    this.#search = search;
    this.#query = queryText(query);
  }

  /**
   * Asks for the first page, before the images are read.
   * @returns false when the release does not know what is asked for (400)
   * @throws AppError auth.*, http.unavailable, proto.*, net.*
   */
  async isKnown(): Promise<boolean> {
    this.#first = await this.#ask(this.#query);
    if (this.#first.status !== 400) return true;
    await this.#first.whole();
    return false;
  }

  /** To be read once. @throws AppError auth.*, http.unavailable, proto.*, net.* */
  async *[Symbol.asyncIterator](): AsyncGenerator<ListedImage> {
    try {
      yield* this.#images();
    } finally {
      this.#sayUnreadable();
    }
  }

  async *#images(): AsyncGenerator<ListedImage> {
    let page = this.#first ?? (await this.#ask(this.#query));
    let idle = 0;
    for (let restarted = false; ; ) {
      const before = this.#seen.size;
      const next = yield* this.#read(page);
      if (next === undefined) return;
      idle = this.#seen.size === before ? idle + 1 : 0;
      if (idle === IDLE_PAGES) throw endless(this.#search.doing, 'its pages repeat');
      page = await this.#ask(next);
      if (page.status === 200) continue;
      const reply = await page.whole();
      if (restarted) throw this.#refused(reply);
      // The image that the last page ended with is gone meanwhile, so there is no place to go on from.
      restarted = true;
      this.#visited.clear();
      page = await this.#ask(this.#query);
    }
  }

  async #ask(query: string): Promise<StreamedReply> {
    const { service, doing, signal } = this.#search;
    const url = below(service.base, 'v2/images');
    url.search = query;
    if (this.#visited.has(url.search)) throw endless(doing, 'its pages form a loop');
    if (this.#visited.size === MAX_PAGES) throw endless(doing, `it has more than ${MAX_PAGES} pages`);
    this.#visited.add(url.search);
    return await get(service, url, doing, signal, [400, 404]);
  }

  /** @returns the query of the next page */
  async *#read(reply: StreamedReply): AsyncGenerator<ListedImage, string | undefined> {
    const { doing } = this.#search;
    if (reply.status === 400) throw this.#refused(await reply.whole());
    if (reply.status !== 200) throw noList(doing, reply.url, await reply.whole());
    const entries = new JsonList(reply.chunks(this.#budget), {
      path: ['images'],
      attempted: doing,
      status: reply.status,
      notJson: (text) => notJson(doing, reply.url, reply, text),
    });
    for await (const record of entries) {
      const image = recordOf(record);
      if (image === undefined) this.#passOver(record);
      if (image === undefined || this.#seen.has(image.id)) continue;
      this.#seen.add(image.id);
      yield { image, record };
    }
    const page = safeParse(pageAnswer, entries.rest);
    if (!page.success) throw noList(doing, reply.url, reply);
    return queryOf(page.output.next ?? '');
  }

  #passOver(record: unknown): void {
    const { id } = (record ?? {}) as { readonly id?: unknown };
    if (this.#unreadable === 0) this.#firstUnreadable = typeof id === 'string' ? quoteForeign(id) : 'without an id';
    this.#unreadable += 1;
  }

  /** Nothing is left out without a word: it may be the newest, or the one of two. */
  #sayUnreadable(): void {
    if (this.#unreadable === 0) return;
    const { service, doing } = this.#search;
    const count = this.#unreadable === 1 ? 'one entry is' : `${this.#unreadable} entries are`;
    service.ports.warn({
      code: 'glance.list-entry',
      message: `${doing}: ${count} not readable and left out: image ${this.#firstUnreadable}`,
    });
  }

  #refused(reply: Reply): AppError {
    const doing = `${this.#search.doing}${redirectedWords(reply)}`;
    return strange(doing, reply, 'check the image endpoint: it must be an Image API v2 endpoint');
  }
}

function queryText(query: Query): string {
  const params = new URLSearchParams();
  for (const [key, value] of query) params.append(key, value);
  return params.toString();
}

/** `next` is a path that has lost any prefix of the endpoint, or may name another server: only its query counts. */
function queryOf(next: string): string | undefined {
  const mark = next.indexOf('?');
  return mark < 0 ? undefined : next.slice(mark + 1).replace(/#.*$/s, '');
}

function noList(doing: string, url: URL, reply: Pick<Reply, 'status' | 'headers'>): AppError {
  return new AppError('proto.answer', `${doing}: ${redactUrl(url)} returned something that is not a list of images`, {
    hint: 'check that this is an Image API v2 endpoint',
    details: { status: reply.status, ...requestIdOf(reply.headers) },
  });
}

function endless(doing: string, why: string): AppError {
  return new AppError('proto.answer', `${doing}: the list does not end: ${why}`, { hint: 'use the id of the image' });
}
