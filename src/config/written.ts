import { isTooDeep } from '../core/nesting.js';

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
  if (text.length > LARGEST) return new Map();
  const { isAlias, isMap, isScalar, isSeq, LineCounter, Parser, parseDocument } = await import('yaml');
  if (isTooDeep([...new Parser().parse(text)])) return new Map();
  const lines = new LineCounter();
  const document = parseDocument(text, {
    schema: 'failsafe',
    // The library's own check compares every key with every other.
    uniqueKeys: false,
    lineCounter: lines,
    prettyErrors: false,
  });
  const resolved = (node: unknown): unknown => (isAlias(node) ? node.resolve(document) : node);
  const sourceOf = (node: unknown): string | undefined => (isScalar(node) ? node.source : undefined);
  const keysOf = (node: unknown, depth: number): WrittenKeys => {
    const keys = new Map<string, Written>();
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
  return keysOf(document.contents, 1);
}
