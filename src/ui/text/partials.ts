import type { CleanedItem, PartialItem, UnlockedTarget } from '../../core/partial.js';
import { sourceText } from '../../core/source-text.js';
import { foreign } from './foreign.js';
import { formatBytes } from './format.js';
import { tableText } from './table.js';

const CELL_LIMIT = 200;

const COLUMNS = [
  { title: 'TARGET' },
  { title: 'KEPT', right: true },
  { title: 'SIZE', right: true },
  { title: 'UPDATED' },
  { title: 'OWNER' },
  { title: 'SOURCE' },
];

/** One line for each partial download, under the titles of the columns; those alone when there is none. */
export function statusTable(items: readonly PartialItem[]): string {
  return tableText(
    COLUMNS,
    items.map((item) => [
      nameOf(item),
      formatBytes(item.bytes),
      item.size === null ? '-' : formatBytes(item.size),
      // To the minute: `2026-11-21 08:00`.
      new Date(item.updatedAt).toISOString().slice(0, 16).replace('T', ' '),
      ownerText(item),
      item.source === null ? '-' : foreign(sourceText(item.source), CELL_LIMIT),
    ]),
  );
}

const ACTIONS: Readonly<Record<CleanedItem['action'], string>> = {
  removed: 'removed',
  'would-remove': 'would remove',
  kept: 'kept',
};

/** One line for each: what became of it and, where it is kept, why. */
export function cleanText(items: readonly CleanedItem[]): string {
  return items.map((item) => `${ACTIONS[item.action]} ${nameOf(item)} (${whyText(item)})\n`).join('');
}

/** @param dryRun it would be done */
export function unlockText({ target, heldBy }: UnlockedTarget, dryRun: boolean): string {
  const name = foreign(target, CELL_LIMIT);
  if (heldBy === null) return `${name} is not locked\n`;
  return `${dryRun ? 'would unlock' : 'unlocked'} ${name} (it was held by ${heldBy})\n`;
}

function whyText(item: CleanedItem): string {
  switch (item.reason) {
    case null:
      return `${formatBytes(item.bytes)} downloaded`;
    case 'in-use':
      return inUseText(item);
    case 'newer':
      return 'changed recently';
    case 'not-ours':
      return 'some of its files were not created by imgdl, or belong to another user';
  }
}

function inUseText({ owner: { state, pid, host } }: PartialItem): string {
  const by = pid === null ? '' : ` by process ${pid}`;
  switch (state) {
    case 'running':
      return `in use${by}`;
    case 'left-behind':
      return 'in use';
    case 'elsewhere':
      return `may be in use${by} on ${foreign(host ?? 'another host', CELL_LIMIT)}; if it is not, use --unlock`;
    case 'unknown':
      return 'may be in use; if it is not, use --unlock';
  }
}

function nameOf({ target, files }: PartialItem): string {
  return foreign(target ?? `${files}.*`, CELL_LIMIT);
}

function ownerText({ owner: { state, pid, host } }: PartialItem): string {
  const process = pid === null ? '' : ` process ${pid}`;
  switch (state) {
    case 'running':
      return `running${pid === null ? '' : `,${process}`}`;
    case 'left-behind':
      return 'left behind';
    case 'elsewhere':
      return `perhaps${process} on ${foreign(host ?? 'another host', CELL_LIMIT)}`;
    case 'unknown':
      return 'unknown';
  }
}
