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
    .map(([name, value]) => elementXml(name, value))
    .join('');
}

/** One element with all that is in it; nothing for undefined. */
export function elementXml(name: string, value: TreeValue): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.map((item: Tree | string) => elementXml(name, item)).join('');
  if (typeof value !== 'object') return `<${name}>${escapeXml(String(value))}</${name}>`;
  const tree = value as Tree;
  return `<${name}${typeXml(tree)}>${inner(tree)}</${name}>`;
}

function typeXml(tree: Tree): string {
  return tree[TYPE] === undefined ? '' : ` xsi:type="ns0:${String(tree[TYPE])}"`;
}

/**
 * What a document begins and ends with.
 * @param typed something in it has an `xsi:type`
 * @param attributes of the root beside the namespaces
 */
export function rootXml(
  root: string,
  typed: boolean,
  attributes = '',
): { readonly open: string; readonly close: string } {
  const instance = typed ? ` xmlns:xsi="${INSTANCE}"` : '';
  return {
    open:
      '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' +
      `<ns0:${root} xmlns:ns0="${NAMESPACE}"${instance}${attributes}>`,
    close: `</ns0:${root}>`,
  };
}

export function toXml(root: string, tree: Tree): string {
  const body = inner(tree);
  const type = typeXml(tree);
  const { open, close } = rootXml(root, `${type}${body}`.includes('xsi:type='), type);
  return `${open}${body}${close}`;
}

/** @param single what becomes of a list of one: some libraries write the entry itself */
export function toJson(root: string, tree: Tree, single: 'array' | 'object' = 'array'): string {
  return JSON.stringify({ [root]: tree }, (name, value: unknown) => {
    if (name === TYPE) return undefined;
    return single === 'object' && Array.isArray(value) && value.length === 1 ? value[0] : value;
  });
}

/** `[99,999,999]`: ids in messages are formatted for the language of the request. */
export function localisedId(id: string | number): string {
  return `[${String(id).replace(/\B(?=(\d{3})+$)/g, ',')}]`;
}
