import { cellsOf, fitCells } from '../text/cells.js';
import { foreign } from '../text/foreign.js';
import { formatAmount, formatClock, formatSpeed, percentOf } from '../text/format.js';
import type { Palette } from '../text/palette.js';
import { etaMs, speedOf, type TransferState } from './state.js';

export interface RowStyle {
  readonly palette: Palette;
  /** Box characters, or plain ASCII. */
  readonly unicode: boolean;
  /** One row of several: only its name tells which. */
  readonly oneOfSeveral?: boolean;
}

/** One element of the row: what is shown, how wide it is, and how soon it goes when there is no room. */
interface Part {
  readonly text: string;
  readonly paint: (text: string) => string;
  /** The higher, the longer it stays. */
  readonly keep: number;
  /** May be cut down to this many cells, and grows again when there is room. */
  readonly least?: number;
  /** Stands for the bar, which takes what is left. */
  readonly isBar?: boolean;
}

const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const ASCII_SPINNER = ['|', '/', '-', '\\'];
const NAME_CELLS = { least: 10, most: 40 };
const BAR_CELLS = { least: 8, most: 32 };
const NAME_LIMIT = 120;

/**
 * The progress row in fewer cells than `columns`. The last column stays empty: after writing it, terminals differ on
 * where the cursor is. It begins with our own sign, never with the server's text.
 */
export function renderRow(state: TransferState, now: number, columns: number, style: RowStyle): string {
  const room = Math.max(0, Math.min(columns, 10_000) - 1);
  const { palette } = style;
  const frames = style.unicode ? SPINNER : ASCII_SPINNER;
  const { done, size } = reached(state);
  const percent = state.pending?.percent ?? percentOf(done, size);

  const parts: Part[] = [{ text: frames[Math.floor(now / 100) % frames.length] ?? '*', paint: palette.bar, keep: 9 }];
  if (state.shown !== undefined) {
    parts.push({
      text: fitCells(foreign(state.shown, NAME_LIMIT), NAME_CELLS.most),
      paint: palette.name,
      keep: style.oneOfSeveral === true ? 8 : 5,
      least: NAME_CELLS.least,
    });
  }
  if (percent !== undefined) {
    parts.push({ text: ' '.repeat(BAR_CELLS.least), paint: plain, keep: 4, isBar: true });
    parts.push({ text: `${String(percent).padStart(3)}%`, paint: palette.name, keep: 10 });
  }
  if (state.front > 0 || state.phase === 'transferring') {
    parts.push({ text: formatAmount(done, size), paint: plain, keep: percent === undefined ? 8 : 6 });
  }
  parts.push(...statusParts(state, now, palette));

  const kept = squeeze(parts, room);
  const barCells = Math.min(BAR_CELLS.most, BAR_CELLS.least + room - widthOf(kept));
  return kept.map((part) => (part.isBar ? bar(state, barCells, style) : part.paint(part.text))).join(' ');
}

/** Bytes that have come, or have been verified. */
function reached({ front, size, hashing }: TransferState): {
  readonly done: number;
  readonly size: number | undefined;
} {
  return hashing === undefined ? { done: front, size } : { done: hashing.hashed, size: hashing.size };
}

/** What it is doing: speed and time left while bytes flow, else words. */
function statusParts(state: TransferState, now: number, palette: Palette): readonly Part[] {
  const words = phaseWords(state, now);
  if (words !== undefined) {
    const paint = state.phase === 'waiting' ? palette.warn : palette.dim;
    return [{ text: words, paint, keep: 7, least: 10 }];
  }
  const parts: Part[] = [];
  const speed = speedOf(state, now);
  if (speed !== undefined) parts.push({ text: formatSpeed(speed), paint: palette.good, keep: 3 });
  const left = etaMs(state, now);
  if (left !== undefined) parts.push({ text: `ETA ${formatClock(left)}`, paint: palette.dim, keep: 7 });
  else if (state.size === undefined)
    parts.push({ text: formatClock(now - state.startedAt), paint: palette.dim, keep: 2 });
  if (state.open > 1) parts.push({ text: `${state.open} connections`, paint: palette.dim, keep: 1 });
  if (state.retries > 0) parts.push({ text: `retry ${state.retries}`, paint: palette.warn, keep: 2 });
  return parts;
}

/** Words for every phase in which no bytes flow; undefined while they do. */
function phaseWords(state: TransferState, now: number): string | undefined {
  switch (state.phase) {
    case 'describing':
      return 'asking the server';
    case 'waiting-for-lock':
      return 'waiting for another imgdl';
    case 'waiting-for-image': {
      if (state.pending === undefined) return 'waiting for the image';
      const { since, until } = state.pending;
      return `not ready yet, ${formatClock(now - since)} of ${formatClock(until - since)}`;
    }
    case 'connecting':
      return state.retries > 0 ? `connecting, retry ${state.retries}` : 'connecting';
    case 'waiting': {
      if (state.waiting === undefined) return 'waiting';
      const left = formatClock(Math.max(0, state.waiting.until - now));
      return `waiting ${left}, retry ${state.retries}: ${state.waiting.why.replace(/\.$/, '')}`;
    }
    case 'transferring':
      return undefined;
    case 'verifying':
      return 'verifying';
    case 'publishing':
      return 'publishing';
    case 'cleaning-up':
      return 'cleaning up on the server';
  }
}

/** Drops what matters least until the rest fits, then gives the flexible parts back what room is left. */
function squeeze(parts: readonly Part[], room: number): readonly Part[] {
  let kept = [...parts];
  const leastWidth = (part: Part): number => Math.min(part.least ?? Number.POSITIVE_INFINITY, cellsOf(part.text));
  const total = (list: readonly Part[]): number =>
    list.reduce((sum, part) => sum + leastWidth(part), Math.max(0, list.length - 1));
  while (kept.length > 0 && total(kept) > room) {
    const weakest = Math.min(...kept.map((part) => part.keep));
    kept = kept.filter((part) => part.keep !== weakest);
  }
  let slack = room - total(kept);
  return kept.map((part) => {
    const least = leastWidth(part);
    const grown = fitCells(part.text, least + slack);
    slack -= Math.max(0, cellsOf(grown) - least);
    return { ...part, text: grown };
  });
}

function plain(text: string): string {
  return text;
}

function widthOf(parts: readonly Part[]): number {
  return parts.reduce((sum, part) => sum + cellsOf(part.text), Math.max(0, parts.length - 1));
}

/** 0 to 1, of the bytes, or of what the server does before there are any. */
function shareOf(state: TransferState): number {
  const { pending } = state;
  if (pending?.percent !== undefined) return Math.min(1, pending.percent / 100);
  const { done, size = 0 } = reached(state);
  return size <= 0 ? 1 : Math.min(1, Math.max(0, done / size));
}

function bar(state: TransferState, cells: number, { palette, unicode }: RowStyle): string {
  const share = shareOf(state);
  const full = Math.floor(share * cells);
  if (!unicode) {
    const inner = Math.max(0, cells - 2);
    const done = Math.floor(share * inner);
    return `[${palette.bar('='.repeat(done))}${palette.rest('-'.repeat(inner - done))}]`;
  }
  // Half a cell more where it is due: twice the resolution.
  const half = full < cells && share * cells - full >= 0.5 ? '╸' : '';
  return palette.bar('━'.repeat(full) + half) + palette.rest('─'.repeat(cells - full - half.length));
}
