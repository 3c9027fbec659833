/**
 * UForge's wire formats. The schema is `elementFormDefault="unqualified"`: the root alone is in the namespace, with
 * the prefix ns0; JSON wraps the same tree in the root's name and keeps numbers and booleans.
 */

export type Tree = { readonly [name: string]: TreeValue };
export type TreeValue = string | number | boolean | Tree | readonly (Tree | string)[] | undefined;

/** Name of the member that becomes `xsi:type` in XML; JSON leaves it out. */
export const TYPE = '@type';

const NAMESPACE = 'http://www.usharesoft.com/uforge';
const INSTANCE = 'http://www.w3.org/2001/XMLSchema-instance';

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

function inner(tree: Tree): string {
  return Object.entries(tree)
    .filter(([name]) => name !== TYPE)
    .map(([name, value]) => element(name, value))
    .join('');
}

function element(name: string, value: TreeValue): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.map((item: Tree | string) => element(name, item)).join('');
  if (typeof value !== 'object') return `<${name}>${escapeXml(String(value))}</${name}>`;
  const tree = value as Tree;
  const type = tree[TYPE] === undefined ? '' : ` xsi:type="ns0:${String(tree[TYPE])}"`;
  return `<${name}${type}>${inner(tree)}</${name}>`;
}

export function toXml(root: string, tree: Tree): string {
  const body = inner(tree);
  const type = tree[TYPE] === undefined ? '' : ` xsi:type="ns0:${String(tree[TYPE])}"`;
  const instance = `${type}${body}`.includes('xsi:type=') ? ` xmlns:xsi="${INSTANCE}"` : '';
  return (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' +
    `<ns0:${root} xmlns:ns0="${NAMESPACE}"${instance}${type}>${body}</ns0:${root}>`
  );
}

export function toJson(root: string, tree: Tree): string {
  return JSON.stringify({ [root]: tree }, (name, value: unknown) => (name === TYPE ? undefined : value));
}

/** `[99,999,999]`: ids in messages are formatted for the language of the request. */
export function localisedId(id: string | number): string {
  return `[${String(id).replace(/\B(?=(\d{3})+$)/g, ',')}]`;
}
