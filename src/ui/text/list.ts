import type { ListColumn, ListItem, ListKey } from '../../core/list.js';
import { foreign } from './foreign.js';
import { formatBytes } from './format.js';
import { tableText } from './table.js';

const CELL_LIMIT = 200;
const UNKNOWN = '-';

/** One line for each item, under the titles of the columns; those alone when there is none. */
export function listTable(columns: readonly ListColumn[], items: readonly ListItem[]): string {
  return tableText(
    columns.map(({ title, of }) => ({ title, right: of === 'bytes' })),
    items.map((item) => columns.map((column) => foreign(cellOf(item, column), CELL_LIMIT))),
  );
}

function cellOf(item: ListItem, { of }: ListColumn): string {
  const text = typeof of === 'function' ? of(item) : keyCell(item, of);
  return text === null || text === '' ? UNKNOWN : text;
}

function keyCell(item: ListItem, key: ListKey): string | null {
  switch (key) {
    case 'bytes':
      return item.bytes === null ? null : formatBytes(item.bytes);
    case 'created':
    case 'updated':
      // To the minute: `2026-11-21 08:00`.
      return item[key]?.slice(0, 16).replace('T', ' ') ?? null;
    case 'ready':
      return item.ready ? 'yes' : whyNot(item);
    default:
      return item[key];
  }
}

function whyNot({ reason, percent }: ListItem): string {
  const words = reason?.replaceAll('-', ' ') ?? 'no';
  return percent === null ? words : `${words} ${percent} %`;
}
