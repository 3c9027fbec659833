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
}

/** The library takes seconds for a megabyte of strange signs, and an honest file has a few lines. */
const LARGEST = 128 * 1024;

/**
 * The keys of a configuration file by what they read as; empty for a very large one. The library is loaded when
 * something is wrong or in doubt: it takes 40 ms.
 */
export async function readWritten(text: string): Promise<ReadonlyMap<string, Written>> {
  const keys = new Map<string, Written>();
  if (text.length > LARGEST) return keys;
  const { isMap, isScalar, isSeq, LineCounter, Parser, parseDocument } = await import('yaml');
  if (isTooDeep([...new Parser().parse(text)])) return keys;
  const lines = new LineCounter();
  const sourceOf = (node: unknown): string | undefined => (isScalar(node) ? node.source : undefined);
  const { contents } = parseDocument(text, {
    schema: 'failsafe',
    // The library's own check compares every key with every other.
    uniqueKeys: false,
    lineCounter: lines,
    prettyErrors: false,
  });
  for (const { key, value } of isMap(contents) ? contents.items : []) {
    if (!isScalar(key) || key.range === undefined || key.range === null) continue;
    const { line, col } = lines.linePos(key.range[0]);
    keys.set(String(key.value), {
      line,
      column: col,
      source: isSeq(value) ? value.items.map(sourceOf) : sourceOf(value),
    });
  }
  return keys;
}
