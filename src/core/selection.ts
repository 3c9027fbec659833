import { fitsGlob } from './glob.js';
import type { ListItem } from './list.js';

/** Which items of a list are wanted. Whatever the server has filtered already, this is the last word. */
export interface Selection {
  /** Pattern of the name; case counts. */
  readonly name?: string;
  /** Primitive name of the format or the one that people use, in any case. */
  readonly format?: string;
  readonly ready: boolean;
  /** So many at most, from 1. */
  readonly limit?: number;
}

export function isWanted(item: ListItem, { name, format, ready }: Selection): boolean {
  if (ready && !item.ready) return false;
  if (name !== undefined && !fitsGlob(item.name ?? '', name)) return false;
  if (format === undefined) return true;
  const wanted = format.toLowerCase();
  return item.format?.toLowerCase() === wanted || item.formatTitle?.toLowerCase() === wanted;
}

/** The wanted items, in the order in which they come. When there are enough the rest is not asked for. */
export async function* selected(items: AsyncIterable<ListItem>, selection: Selection): AsyncGenerator<ListItem> {
  let found = 0;
  for await (const item of items) {
    if (!isWanted(item, selection)) continue;
    yield item;
    found += 1;
    if (found === selection.limit) return;
  }
}
