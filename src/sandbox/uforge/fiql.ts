import type { Tree, TreeValue } from './xml.js';

/** A condition on the fields of an entry, or what is wrong with it. */
export type Fiql =
  | { readonly kind: 'condition'; readonly holds: (tree: Tree) => boolean }
  | { readonly kind: 'wrong'; readonly part: string };

/** The value at `targetFormat.name`; undefined where there is none. */
export function fieldOf(tree: Tree, path: string): TreeValue {
  let value: TreeValue = tree;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || Array.isArray(value)) return undefined;
    value = (value as Tree)[name];
  }
  return value;
}

/** Splits at `;` outside of quotes. */
function partsOf(query: string): readonly string[] {
  return query.match(/(?:'[^']*'|[^;'])+|'/g) ?? [];
}

function conditionOf(part: string): ((tree: Tree) => boolean) | undefined {
  const match = /^\s*([\w.]+)\s*(==|!=)\s*(?:'([^']*)'|([^\s']+))\s*$/.exec(part);
  if (match === null) return undefined;
  const [, path = '', operator, quoted, bare] = match;
  const pieces = (quoted ?? bare ?? '').split('*').map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const pattern = new RegExp(`^${pieces.join('.*')}$`, 's');
  return (tree) => pattern.test(String(fieldOf(tree, path) ?? '')) === (operator === '==');
}

/**
 * FIQL as far as it is documented for UForge: `==` (and `!=`), `*` in values, `;` for and, nested fields with dots,
 * values in single quotes. How to write a quote in a value is documented nowhere: it is refused.
 */
export function parseFiql(query: string): Fiql {
  const conditions: ((tree: Tree) => boolean)[] = [];
  for (const part of partsOf(query)) {
    const condition = conditionOf(part);
    if (condition === undefined) return { kind: 'wrong', part };
    conditions.push(condition);
  }
  return { kind: 'condition', holds: (tree) => conditions.every((condition) => condition(tree)) };
}
