import sax from 'sax';
import { AppError } from '../../core/errors.js';

/**
 * An XML document as plain data: an element with children is an object by local names, a repeated child an array, any
 * other element its text. Attributes are dropped: UForge has none but `xsi:type`.
 */
export type Tree = string | readonly Tree[] | TreeObject;
export interface TreeObject {
  readonly [name: string]: Tree;
}

/** UForge's own objects are at most eight deep. */
const MAX_DEPTH = 32;

/** Longest entry of a list, and longest rest of a document without its entries, in characters. */
const PART_LIMIT = 1024 * 1024;

/** Names with a meaning of their own for JavaScript objects. No UForge schema has them. */
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Elements that are read over without being kept. `credAccount` of a published image can hold the cloud account's
 * login, password or access keys.
 */
const NEVER_KEPT: ReadonlySet<string> = new Set(['credAccount']);

/** Without `strictEntities` sax knows all of HTML's entities; its types do not know the option. */
const OPTIONS: sax.SAXOptions & { readonly strictEntities: boolean } = { strictEntities: true, position: true };

const DECLARATION = /<!entity/i;
/** It may be cut by the end of a piece. */
const DECLARATION_LENGTH = 8;

/** What is taken from a document beside its tree. */
export interface XmlEntries {
  /** `images/images/image`: elements with this path, local names from the root, are handed out one by one. */
  readonly path: string;
  /** Names within an entry that are not kept, like those that never are: long, and not what the entry is wanted for. */
  readonly skipped?: ReadonlySet<string>;
  /** An entry. Where it stood the tree has nothing. */
  found(entry: Tree): void;
}

interface Frame {
  readonly name: string;
  /** Local names from the root. */
  readonly path: string;
  /** False inside a subtree that must not be kept. */
  readonly kept: boolean;
  text: string;
  readonly children: Map<string, Tree[]>;
}

export interface XmlDocument {
  readonly root: string;
  readonly tree: Tree;
}

/**
 * Parses a whole answer. Names lose their prefix: only the root is in UForge's namespace, under a prefix that differs
 * between versions.
 * @throws AppError proto.xml, proto.doctype
 */
export function parseXml(text: string, what: string): XmlDocument {
  const reader = new XmlReader(what);
  reader.write(text);
  return reader.close();
}

/** Parses an answer in pieces. Memory holds one entry, and what is in none. */
export class XmlReader {
  readonly #what: string;
  readonly #entries: XmlEntries | undefined;
  readonly #parser = sax.parser(true, OPTIONS);
  readonly #stack: Frame[] = [];
  /** The end of the last piece. */
  #end = '';
  #declared = false;
  #entry: Frame | undefined;
  /** Characters that are kept, tags included: of the entry, and of what is in none. */
  #inEntry = 0;
  #inRest = 0;
  #document: XmlDocument | undefined;

  constructor(what: string, entries?: XmlEntries) {
    this.#what = what;
    this.#entries = entries;
    const parser = this.#parser;
    // sax goes on after an error unless it is thrown. Its own message may quote the document: never shown.
    parser.onerror = () => {
      // A declaration outside of a DOCTYPE is a syntax error to sax, which it may find much later.
      if (this.#declared) this.#refuseDoctype();
      throw this.#strange('syntax error');
    };
    parser.ondoctype = () => this.#refuseDoctype();
    parser.onsgmldeclaration = () => this.#refuseDoctype();
    parser.onopentag = (node) => this.#open(node.name.slice(node.name.lastIndexOf(':') + 1));
    parser.ontext = (part) => this.#keep(part);
    parser.oncdata = (part) => this.#keep(part);
    parser.onclosetag = () => this.#close();
  }

  /** @throws AppError proto.xml, proto.doctype, proto.body-limit, and what found() throws */
  write(piece: string): void {
    this.#declared ||= DECLARATION.test(this.#end + piece);
    this.#end = (this.#end + piece).slice(-DECLARATION_LENGTH);
    this.#parser.write(piece);
  }

  /** @throws AppError proto.xml when the document is not whole */
  close(): XmlDocument {
    this.#parser.close();
    if (this.#document === undefined) throw this.#strange('no element');
    return this.#document;
  }

  #open(name: string): void {
    const parent = this.#stack.at(-1);
    if (FORBIDDEN.has(name)) throw this.#strange('forbidden element name');
    if (this.#stack.length >= MAX_DEPTH) throw this.#strange('nested too deeply');
    if (this.#document !== undefined) throw this.#strange('second root element');
    const skipped = NEVER_KEPT.has(name) || (this.#entry !== undefined && this.#entries?.skipped?.has(name) === true);
    const frame = {
      name,
      path: parent === undefined ? name : `${parent.path}/${name}`,
      kept: parent === undefined || (parent.kept && !skipped),
      text: '',
      children: new Map(),
    };
    if (frame.kept && frame.path === this.#entries?.path) this.#entry = frame;
    if (frame.kept) this.#count(2 * name.length + '<></>'.length);
    this.#stack.push(frame);
  }

  #keep(part: string): void {
    const frame = this.#stack.at(-1);
    // Blanks between elements say nothing; a long list has many of them.
    if (frame?.kept !== true || (frame.text === '' && part.trim() === '')) return;
    this.#count(part.length);
    frame.text += part;
  }

  #close(): void {
    const frame = this.#stack.pop();
    if (frame === undefined) throw this.#strange('syntax error');
    const parent = this.#stack.at(-1);
    if (parent === undefined) {
      this.#document = { root: frame.name, tree: treeOf(frame) };
    } else if (frame === this.#entry) {
      this.#entry = undefined;
      this.#inEntry = 0;
      this.#entries?.found(treeOf(frame));
    } else if (frame.kept) {
      const siblings = parent.children.get(frame.name);
      if (siblings === undefined) parent.children.set(frame.name, [treeOf(frame)]);
      else siblings.push(treeOf(frame));
    }
  }

  #count(characters: number): void {
    if (this.#entry === undefined) this.#inRest += characters;
    else this.#inEntry += characters;
    if (Math.max(this.#inEntry, this.#inRest) <= PART_LIMIT) return;
    const part = this.#entry === undefined ? 'the response without its list' : 'an entry of the list';
    throw new AppError('proto.body-limit', `${this.#what}: ${part} is larger than 1 MiB`, {
      hint: 'check the base URL (--url) and the version of the server',
    });
  }

  #strange(why: string): AppError {
    const where = `line ${this.#parser.line + 1}`;
    return new AppError('proto.xml', `${this.#what}: the response is not the expected XML (${why}, ${where})`, {
      hint: 'check the base URL (--url) and the version of the server',
    });
  }

  #refuseDoctype(): never {
    throw new AppError('proto.doctype', `${this.#what}: the response has a DOCTYPE or an entity declaration`, {
      hint: 'check the base URL (--url); no AppCenter sends one',
    });
  }
}

function treeOf(frame: Frame): Tree {
  if (frame.children.size === 0) return frame.text.trim();
  // No prototype: a name of the server is never looked up on Object.prototype.
  const object: Record<string, Tree> = Object.create(null);
  for (const [name, values] of frame.children) {
    const [only = ''] = values;
    object[name] = values.length === 1 ? only : values;
  }
  return object;
}
