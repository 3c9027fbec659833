import type { ModeView } from '../modes.js';

/** Which entries of a list are in an answer, half-open. */
export interface Page {
  readonly start: number;
  readonly end: number;
}

/** A parameter of either dialect; undefined when it is absent, NaN when it is no number from 0 on. */
function numberOf(query: URLSearchParams, ...names: readonly string[]): number | undefined {
  const text = names.map((name) => query.get(name)).find((value) => value !== null);
  if (text === undefined || text === null) return undefined;
  return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}

/**
 * The page that `count` and `offset`, or `max` and `index`, ask for. Without them a list is whole, unless the modes
 * cap it.
 * @returns undefined when a parameter is no number
 */
export function pageOf(length: number, query: URLSearchParams, modes: ModeView): Page | undefined {
  const paging = modes.get('paging');
  const offset = numberOf(query, 'offset', 'index') ?? 0;
  const count = numberOf(query, 'count', 'max') ?? length;
  if (Number.isNaN(offset) || Number.isNaN(count)) return undefined;
  const cap = modes.get('pageCap') ?? length;
  const start = paging === 'honored' ? Math.min(offset, length) : 0;
  const most = paging === 'ignored' ? length : count;
  return { start, end: Math.min(length, start + most, start + cap) };
}
