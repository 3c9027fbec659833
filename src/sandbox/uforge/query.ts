import type { Tree, TreeValue } from './xml.js';

function field(tree: Tree, path: string): TreeValue {
  let value: TreeValue = tree;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || Array.isArray(value)) return undefined;
    value = (value as Tree)[name];
  }
  return value;
}

function matches(tree: Tree, condition: string): boolean {
  const match = /^\s*([\w.]+)\s*(==|!=)\s*'?(.*?)'?\s*$/.exec(condition);
  if (match === null) return false;
  const pattern = (match[3] ?? '').split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const equal = new RegExp(`^${pattern.join('.*')}$`, 's').test(String(field(tree, match[1] ?? '') ?? ''));
  return match[2] === '==' ? equal : !equal;
}

/**
 * FIQL as far as it is documented (`==`, `*`, `;`, nested fields), ordering and both dialects of paging.
 * Without a paging parameter a list is whole.
 */
export function queryList(items: readonly Tree[], query: URLSearchParams): readonly Tree[] {
  const wanted = query.getAll('img');
  const conditions = (query.get('query') ?? '').split(';').filter((text) => text !== '');
  const found = items
    .filter((item) => wanted.length === 0 || wanted.includes(String(item['uri'])))
    .filter((item) => conditions.every((condition) => matches(item, condition)));
  const order = query.get('orderBy') ?? query.get('orderby');
  if (order !== null) {
    found.sort((a, b) => String(field(a, order)).localeCompare(String(field(b, order)), 'en', { numeric: true }));
    if (query.get('descending') === 'true' || query.get('asc') === 'false') found.reverse();
  }
  const offset = Number(query.get('offset') ?? query.get('index') ?? 0);
  const count = Number(query.get('count') ?? query.get('max') ?? found.length);
  return found.slice(offset, offset + count);
}
