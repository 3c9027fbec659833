import { AppError } from '../../core/errors.js';
import { parseDecimal } from '../../core/ranges.js';
import { JsonList } from '../json-list.js';
import type { ListBudget, StreamedReply } from '../streamed-reply.js';
import { requireDocument, requireNoError, requireOk } from './answer.js';
import type { Document } from './document.js';
import type { RefusalContext } from './refusal.js';
import { XmlReader } from './xml.js';

/** What one kind of list looks like. */
export interface ListForm {
  /** Names from the root to an entry; every list is wrapped twice. */
  readonly path: readonly string[];
  /** `images`, for messages. */
  readonly noun: string;
  /**
   * How its pages are asked for; absent: by `count` and `offset`. Not every list is documented to have pages; one that is
   * asked for them in vain is no worse off.
   */
  readonly paging?: 'index';
  /** Elements of an entry that are long and not wanted. */
  readonly skipped?: ReadonlySet<string>;
}

export const PUBLISHED: ListForm = {
  path: ['publishImages', 'publishImages', 'publishImage'],
  noun: 'published images',
};

/** A web page or JSON is told by its beginning, after blanks. */
const HEAD_CHARACTERS = 64;
/** More blanks than that are no beginning. */
const HEAD_BYTES = 64 * 1024;

/**
 * Reads one answer as it comes: XML, or JSON when that is what came.
 * @param take an entry, not validated yet; `enough` when the rest need not be read
 * @returns how many entries the server says there are, if it does and all were read
 * @throws AppError auth.*, not-found.image, http.unavailable, proto.*, net.*, and what take() throws
 */
export async function readListAnswer(
  reply: StreamedReply,
  form: ListForm,
  context: RefusalContext,
  budget: ListBudget,
  take: Take,
): Promise<number | undefined> {
  if (reply.status !== 200) requireOk(await reply.whole(), context);
  const { head, chunks } = await beginning(reply.chunks(budget));
  const answer: Answer = { chunks, form, what: context.what, status: reply.status };
  try {
    requireDocument(head, reply, context, `the list of ${form.noun}`);
    const document = head.startsWith('{') ? await readJson(answer, take) : await readXml(answer, take);
    if (document === undefined) return undefined;
    requireNoError(document, context);
    if (document.root !== form.path[0]) throw unexpected(answer, `it is not a list of ${form.noun}`);
    return totalOf(document.value);
  } finally {
    reply.cancel();
  }
}

type Take = (entry: unknown) => 'enough' | undefined;

interface Answer {
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly form: ListForm;
  readonly what: string;
  readonly status: number;
}

async function readXml({ chunks, form, what }: Answer, take: Take): Promise<Document | undefined> {
  const { skipped } = form;
  let enough = false;
  const reader = new XmlReader(what, {
    path: form.path.join('/'),
    ...(skipped === undefined ? {} : { skipped }),
    found: (entry) => {
      enough ||= take(entry) === 'enough';
    },
  });
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decoded = (chunk?: Uint8Array): string => {
    try {
      return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
    } catch {
      throw new AppError('proto.charset', `${what}: the response is not UTF-8`, { hint: 'check the URL' });
    }
  };
  for await (const chunk of chunks) {
    reader.write(decoded(chunk));
    if (enough) return undefined;
  }
  reader.write(decoded());
  const { root, tree } = reader.close();
  return { root, value: tree };
}

async function readJson(answer: Answer, take: Take): Promise<Document | undefined> {
  const { chunks, form, what, status } = answer;
  const notJson = (): AppError => unexpected(answer, 'it is not JSON');
  const list = new JsonList(chunks, { path: form.path, attempted: what, status, notJson });
  for await (const entry of list) {
    if (take(entry) === 'enough') return undefined;
  }
  // UForge wraps the object in the name of its element.
  const [only, ...others] = Object.entries(list.rest as object);
  if (only === undefined || others.length > 0) throw unexpected(answer, `it is not a list of ${form.noun}`);
  return { root: only[0], value: only[1] };
}

/** The beginning of a text without its blanks, and all of it once more. */
async function beginning(
  source: AsyncGenerator<Uint8Array>,
): Promise<{ readonly head: string; readonly chunks: AsyncIterable<Uint8Array> }> {
  const read: Uint8Array[] = [];
  const decoder = new TextDecoder('utf-8');
  let head = '';
  let bytes = 0;
  while (head.length < HEAD_CHARACTERS && bytes < HEAD_BYTES) {
    const next = await source.next();
    if (next.done === true) break;
    // The next one may overwrite it.
    read.push(new Uint8Array(next.value));
    bytes += next.value.length;
    head = `${head}${decoder.decode(next.value, { stream: true })}`.trimStart();
  }
  async function* again(): AsyncGenerator<Uint8Array> {
    yield* read.splice(0);
    yield* source;
  }
  return { head, chunks: again() };
}

function totalOf(value: unknown): number | undefined {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'total')) return undefined;
  const { total } = value as { readonly total?: unknown };
  return typeof total === 'string' || typeof total === 'number' ? parseDecimal(String(total)) : undefined;
}

function unexpected({ what }: Answer, why: string): AppError {
  return new AppError('proto.answer', `${what}: the response cannot be used: ${why}`, {
    hint: 'check the base URL (--url) and the version of the server',
  });
}
