import { isTooDeep } from '../core/nesting.js';
import type { RepeatedKey } from '../core/repeated-key.js';

/** A scalar as its letters in the file, or the items of a list as theirs; what an alias stands for is not told. */
export type Source = string | readonly (string | undefined)[];

/** How a key and its value are written. */
export interface Written {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  readonly source: Source | undefined;
  /** Of a mapping, three levels down at most; aliases and merged keys are followed. */
  readonly keys?: WrittenKeys;
}

/** By what they read as. */
export type WrittenKeys = ReadonlyMap<string, Written>;

/** `profiles`, their names, their options. */
const DEEPEST = 3;

/** The library takes seconds for a megabyte of strange signs, and an honest file has a few lines. */
const LARGEST = 128 * 1024;

/**
 * The keys of a configuration file by what they read as; empty for a very large one. The library is loaded when
 * something is wrong or in doubt: it takes 40 ms.
 */
export async function readWritten(text: string): Promise<WrittenKeys> {
  const parsed = await parse(text);
  if (parsed === undefined) return new Map();
  const { contents, lines, library } = parsed;
  const { isAlias, isMap, isNode, isScalar, isSeq } = library;
  const anchors = new Map<string, unknown>();
  library.visit(contents, {
    Node(_, node) {
      if (isNode(node) && 'anchor' in node && node.anchor !== undefined && !isAlias(node))
        anchors.set(node.anchor, node);
    },
  });
  const resolved = (node: unknown): unknown => (isAlias(node) ? anchors.get(node.source) : node);
  const sourceOf = (node: unknown): string | undefined => (isScalar(node) ? node.source : undefined);
  // Each mapping once on each level, however many aliases name it; one that contains itself ends there.
  const levels = Array.from({ length: DEEPEST + 1 }, () => new Map<unknown, WrittenKeys>());
  const keysOf = (node: unknown, depth: number): WrittenKeys => {
    const earlier = levels[depth]?.get(node);
    if (earlier !== undefined) return earlier;
    const keys = new Map<string, Written>();
    levels[depth]?.set(node, keys);
    for (const { key, value } of isMap(node) ? node.items : []) {
      if (!isScalar(key) || key.range === undefined || key.range === null) continue;
      const target = resolved(value);
      // What stands in the mapping itself overrides what is merged into it, wherever the merge stands.
      if (key.value === '<<') {
        for (const [name, written] of keysOf(target, depth)) if (!keys.has(name)) keys.set(name, written);
        continue;
      }
      const { line, col } = lines.linePos(key.range[0]);
      keys.set(String(key.value), {
        line,
        column: col,
        source: isSeq(value) ? value.items.map(sourceOf) : sourceOf(value),
        ...(depth < DEEPEST && isMap(target) ? { keys: keysOf(target, depth + 1) } : {}),
      });
    }
    return keys;
  };
  return keysOf(contents, 1);
}

/**
 * The key of which the second one stands in this line, in whatever mapping; undefined where it cannot be told.
 * @param second from 1
 */
export async function readRepeated(text: string, second: number): Promise<RepeatedKey | undefined> {
  const parsed = await parse(text);
  if (parsed === undefined) return undefined;
  const { contents, lines, library } = parsed;
  let found: RepeatedKey | undefined;
  library.visit(contents, {
    Map(_, { items }) {
      const known = new Map<string, number>();
      for (const { key } of items) {
        if (!library.isScalar(key) || key.range === undefined || key.range === null) continue;
        const name = String(key.value);
        const { line } = lines.linePos(key.range[0]);
        const first = known.get(name);
        if (first !== undefined && line === second) found ??= { key: name, lines: [first, line] };
        else known.set(name, line);
      }
    },
  });
  return found;
}

/** Undefined for a very large file, and for one that is nested too deeply. */
async function parse(text: string) {
  if (text.length > LARGEST) return undefined;
  const library = await import('yaml');
  if (isTooDeep([...new library.Parser().parse(text)])) return undefined;
  const lines = new library.LineCounter();
  const { contents } = library.parseDocument(text, {
    schema: 'failsafe',
    // The library's own check compares every key with every other.
    uniqueKeys: false,
    lineCounter: lines,
    prettyErrors: false,
  });
  return { library, contents, lines };
}
