/** A node of a syntax tree: a collection has items, a document and a pair a value. */
interface Nested {
  readonly items?: readonly Nested[];
  readonly key?: Nested | null;
  readonly value?: Nested | null | unknown;
}

/** Honest files have ten. */
const LIMIT = 200;

/**
 * Whether a tree is nested so deeply that code which calls itself for every level may exhaust the stack. That cannot
 * be left to a catch: where a regular expression is compiled with little stack left, V8 ends the process.
 */
export function isTooDeep(roots: readonly unknown[]): boolean {
  let level: readonly unknown[] = roots;
  for (let depth = 0; level.length > 0; depth += 1) {
    // A collection and its pair are two levels of the tree.
    if (depth > 2 * LIMIT) return true;
    level = level.flatMap(childrenOf);
  }
  return false;
}

function childrenOf(node: unknown): readonly unknown[] {
  if (typeof node !== 'object' || node === null) return [];
  const { items, key, value }: Nested = node;
  return [...(items ?? []), key, value].filter((child) => typeof child === 'object' && child !== null);
}
