import { AppError } from '../core/errors.js';
import { type AnswerOf, REPLY_BYTES, strictText } from '../core/reply.js';

export interface JsonListOptions extends AnswerOf {
  /** The keys that lead from the root to the list: `['images']`, `['images', 'images', 'image']`. */
  readonly path: readonly string[];
  /** The error for what is not JSON. @param text what could not be read: an entry, or all but the entries */
  notJson(text: string): AppError;
}

/**
 * A JSON document with one long list: its entries one by one, parsed, while it arrives. Memory holds one entry and what
 * is not in the list, 1 MiB at most of either. A list of one entry that became that entry alone (as converters from XML
 * write it) is a list of one. Where there is no list there are no entries; {@link rest} says what is there instead.
 *
 * What JSON.parse refuses is refused here, though entries may have been given out before.
 */
export class JsonList implements AsyncIterable<unknown> {
  readonly #chunks: AsyncIterable<Uint8Array>;
  readonly #splitter: JsonSplitter;
  #rest: { readonly value: unknown } | undefined;

  /** @param chunks nobody needs one after the next has been asked for */
  constructor(chunks: AsyncIterable<Uint8Array>, options: JsonListOptions) {
    this.#chunks = chunks;
    this.#splitter = new JsonSplitter(options);
  }

  /** To be read once. @throws AppError proto.body-limit, proto.charset, notJson(), and what the chunks throw */
  async *[Symbol.asyncIterator](): AsyncGenerator<unknown> {
    for await (const chunk of this.#chunks) yield* this.#splitter.push(chunk);
    this.#rest = { value: this.#splitter.end() };
  }

  /** The document with an empty list in place of the entries. Known when the last entry has been read. */
  get rest(): unknown {
    if (this.#rest === undefined) throw new AppError('bug', 'the list has not been read to its end');
    return this.#rest.value;
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const BLANK: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);
const EMPTY_LIST = Buffer.from('[]');
const OPEN_BRACKET = Buffer.from('[');
const QUOTE_MARK = Buffer.from('"');

/**
 * Finds the list and cuts it between its entries; JSON.parse reads the parts. In UTF-8 no byte of another character is
 * one of JSON's own, so bytes are enough. What is no JSON is cut somehow, and one of the parts will be refused.
 */
class JsonSplitter {
  readonly #options: JsonListOptions;
  /** All but the entries. */
  readonly #rest = new Parts();
  readonly #entry = new Parts();
  readonly #keyText = new Parts();
  /** Where the scan is: `list` is between its brackets, `single` in the one object that stands for it. */
  #state: 'outside' | 'key' | 'list' | 'single' = 'outside';
  #entries = 0;
  #quoted = false;
  #escaped = false;
  /** Brackets that are open: of the document outside the list, of the entry within. */
  #depth = 0;
  /** So many objects on the path to the list are open. */
  #onPath = 0;
  /** So many keys of the path have been found. */
  #keysFound = 0;
  /** The next text is a key of an object on the path. */
  #keyAhead = false;
  #key: string | undefined;
  /** The next value is on the path. The root is. */
  #valueAhead = true;

  constructor(options: JsonListOptions) {
    this.#options = options;
  }

  /** The entries that end in this chunk. */
  push(chunk: Uint8Array): readonly unknown[] {
    const found: unknown[] = [];
    for (let at = 0; at < chunk.length; ) {
      if (this.#state === 'outside') at = this.#outside(chunk, at);
      else if (this.#state === 'key') at = this.#inKey(chunk, at);
      else at = this.#inside(chunk, at, found);
    }
    return found;
  }

  end(): unknown {
    // A list that does not end leaves its bracket open for the parser to see.
    if (this.#state === 'list' || this.#state === 'single') this.#keep(this.#rest, OPEN_BRACKET);
    return this.#parse(this.#rest.take(), 'drop');
  }

  /** Copies up to the list or a key, or to the end of the chunk. */
  #outside(chunk: Uint8Array, from: number): number {
    let at = from;
    while (at < chunk.length) {
      if (this.#quoted) {
        at = this.#skipText(chunk, at);
        continue;
      }
      const byte = chunk[at] ?? 0;
      if (this.#valueAhead && this.#beginsList(byte)) {
        this.#keep(this.#rest, chunk.subarray(from, at));
        this.#state = byte === OPEN_LIST ? 'list' : 'single';
        this.#valueAhead = false;
        this.#depth = 0;
        return byte === OPEN_LIST ? at + 1 : at;
      }
      at += 1;
      // A byte order mark may come before the root; elsewhere the parser of the rest refuses it.
      if (byte < 0x80 && !BLANK.has(byte)) this.#step(byte);
      if (this.#quoted && this.#keyAhead) {
        this.#keyAhead = false;
        this.#state = 'key';
        this.#keyText.add(QUOTE_MARK);
        break;
      }
    }
    this.#keep(this.#rest, chunk.subarray(from, at));
    return at;
  }

  /** One byte outside the list and outside any text. */
  #step(byte: number): void {
    const onPath = this.#valueAhead;
    this.#valueAhead = false;
    if (byte === QUOTE) this.#quoted = true;
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      this.#depth += 1;
      this.#keyAhead = onPath && byte === OPEN_OBJECT;
      if (this.#keyAhead) this.#onPath += 1;
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
      this.#keyAhead = false;
      if (this.#isInnermost()) this.#onPath -= 1;
      this.#depth -= 1;
    } else if (byte === COMMA) {
      this.#keyAhead = this.#isInnermost();
    } else if (byte === COLON && this.#isInnermost()) {
      this.#valueAhead = this.#isNextOfPath(this.#key);
    }
  }

  /** Directly in the innermost object of the path. */
  #isInnermost(): boolean {
    return this.#onPath > 0 && this.#depth === this.#onPath;
  }

  #beginsList(byte: number): boolean {
    return this.#onPath === this.#options.path.length && (byte === OPEN_LIST || byte === OPEN_OBJECT);
  }

  #isNextOfPath(key: string | undefined): boolean {
    if (key === undefined || key !== this.#options.path[this.#onPath - 1]) return false;
    // JSON.parse takes the last of two; the entries of the first are given out already.
    if (this.#keysFound >= this.#onPath) throw this.#options.notJson(this.#text(this.#rest.take(), 'drop'));
    this.#keysFound = this.#onPath;
    return true;
  }

  #inKey(chunk: Uint8Array, from: number): number {
    const at = this.#skipText(chunk, from);
    const bytes = chunk.subarray(from, at);
    this.#keep(this.#rest, bytes);
    this.#keyText.add(bytes);
    if (this.#quoted) return at;
    this.#state = 'outside';
    // Parsed, because an escaped letter is that letter.
    this.#key = String(this.#parse(this.#keyText.take(), 'keep'));
    return at;
  }

  /** Copies up to the end of an entry, or to the end of the chunk. */
  #inside(chunk: Uint8Array, from: number, found: unknown[]): number {
    let at = from;
    while (at < chunk.length) {
      if (this.#quoted) {
        at = this.#skipText(chunk, at);
        continue;
      }
      const byte = chunk[at] ?? 0;
      if (this.#depth === 0 && (byte === COMMA || byte === CLOSE_LIST || byte === CLOSE_OBJECT)) {
        this.#keep(this.#entry, chunk.subarray(from, at));
        this.#endEntry(byte, found);
        return at + 1;
      }
      at += 1;
      if (byte === QUOTE) this.#quoted = true;
      else if (byte === OPEN_OBJECT || byte === OPEN_LIST) this.#depth += 1;
      else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) this.#depth -= 1;
      else continue;
      if (this.#state === 'list' || this.#depth > 0) continue;
      this.#keep(this.#entry, chunk.subarray(from, at));
      found.push(this.#parse(this.#entry.take(), 'keep'));
      this.#leave();
      return at;
    }
    this.#keep(this.#entry, chunk.subarray(from, at));
    return at;
  }

  /** @param byte what ended it, directly in the list */
  #endEntry(byte: number, found: unknown[]): void {
    const bytes = this.#entry.take();
    if (byte === CLOSE_OBJECT) throw this.#options.notJson(this.#text(bytes, 'keep'));
    const isEmptyList = byte === CLOSE_LIST && this.#entries === 0 && bytes.every((one) => BLANK.has(one));
    if (!isEmptyList) found.push(this.#parse(bytes, 'keep'));
    this.#entries += 1;
    if (byte === CLOSE_LIST) this.#leave();
  }

  /** Out of the list, for which an empty one stands in the rest. */
  #leave(): void {
    this.#keep(this.#rest, EMPTY_LIST);
    this.#state = 'outside';
    this.#depth = this.#onPath;
  }

  /** From within a text to behind its closing quote, or to the end of the chunk. */
  #skipText(chunk: Uint8Array, from: number): number {
    let at = this.#escaped ? from + 1 : from;
    while (at < chunk.length && chunk[at] !== QUOTE) at += chunk[at] === BACKSLASH ? 2 : 1;
    // What is escaped may be the first byte of the next chunk.
    this.#escaped = at > chunk.length;
    this.#quoted = at >= chunk.length;
    return Math.min(at + 1, chunk.length);
  }

  #keep(parts: Parts, bytes: Uint8Array): void {
    const { attempted, status } = this.#options;
    if (parts.length + bytes.length > REPLY_BYTES) {
      const what = parts === this.#rest ? 'the response without its list' : 'an entry of the list';
      throw new AppError('proto.body-limit', `${attempted}: ${what} is larger than 1 MiB`, {
        hint: 'check the URL: this is not metadata',
        details: { status },
      });
    }
    parts.add(bytes);
  }

  #parse(bytes: Uint8Array, mark: 'drop' | 'keep'): unknown {
    const text = this.#text(bytes, mark);
    try {
      return JSON.parse(text);
    } catch {
      throw this.#options.notJson(text);
    }
  }

  #text(bytes: Uint8Array, mark: 'drop' | 'keep'): string {
    return strictText(bytes, this.#options, mark);
  }
}

/** Bytes that are gathered from several chunks, which may be overwritten afterwards. */
class Parts {
  #parts: Uint8Array[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#parts.push(new Uint8Array(bytes));
    this.#length += bytes.length;
  }

  /** All of it. It begins anew. */
  take(): Uint8Array {
    const all = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#length = 0;
    return all;
  }
}
