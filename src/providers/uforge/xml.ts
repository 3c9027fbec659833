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

/** Names with a meaning of their own for JavaScript objects. No UForge schema has them. */
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

/** Without `strictEntities` sax knows all of HTML's entities; its types do not know the option. */
const OPTIONS: sax.SAXOptions & { readonly strictEntities: boolean } = { strictEntities: true, position: true };

interface Frame {
  readonly name: string;
  /** False inside a subtree that must not be kept. */
  readonly kept: boolean;
  text: string;
  readonly children: Map<string, Tree[]>;
}

/**
 * Elements that are read over without being kept. `credAccount` of a published image can hold the cloud account's
 * login, password or access keys.
 */
const NEVER_KEPT = new Set(['credAccount']);

/**
 * Parses a whole answer. Names lose their prefix: only the root is in UForge's namespace, under a prefix that differs
 * between versions.
 * @throws AppError proto.xml, proto.doctype
 */
export function parseXml(text: string, what: string): { readonly root: string; readonly tree: Tree } {
  const parser = sax.parser(true, OPTIONS);
  const stack: Frame[] = [];
  let result: { root: string; tree: Tree } | undefined;

  const fail = (why: string): AppError =>
    new AppError('proto.xml', `${what}: the response is not the expected XML (${why}, line ${parser.line + 1})`, {
      hint: 'check the base URL (--url) and the version of the server',
    });
  const refuseDoctype = (): never => {
    throw new AppError('proto.doctype', `${what}: the response has a DOCTYPE or an entity declaration`, {
      hint: 'check the base URL (--url); no AppCenter sends one',
    });
  };

  // sax goes on after an error unless it is thrown. Its own message may quote the document: never shown.
  parser.onerror = () => {
    // A declaration outside of a DOCTYPE is a syntax error to sax.
    if (/<!entity/i.test(text)) refuseDoctype();
    throw fail('syntax error');
  };
  parser.ondoctype = refuseDoctype;
  parser.onsgmldeclaration = refuseDoctype;
  parser.onopentag = (node) => {
    const name = node.name.slice(node.name.lastIndexOf(':') + 1);
    if (FORBIDDEN.has(name)) throw fail('forbidden element name');
    if (stack.length >= MAX_DEPTH) throw fail('nested too deeply');
    if (result !== undefined) throw fail('second root element');
    const parent = stack.at(-1);
    stack.push({ name, kept: parent?.kept !== false && !NEVER_KEPT.has(name), text: '', children: new Map() });
  };
  parser.ontext = (part) => keep(stack, part);
  parser.oncdata = (part) => keep(stack, part);
  parser.onclosetag = () => {
    const frame = stack.pop();
    if (frame === undefined) throw fail('syntax error');
    const parent = stack.at(-1);
    if (parent === undefined) {
      result = { root: frame.name, tree: treeOf(frame) };
    } else if (frame.kept) {
      const siblings = parent.children.get(frame.name);
      if (siblings === undefined) parent.children.set(frame.name, [treeOf(frame)]);
      else siblings.push(treeOf(frame));
    }
  };
  parser.write(text).close();
  if (result === undefined) throw fail('no element');
  return result;
}

function keep(stack: readonly Frame[], part: string): void {
  const frame = stack.at(-1);
  if (frame?.kept === true) frame.text += part;
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
