import { AppError } from '../core/errors.js';
import { parseCount, parseSize, sizeText } from '../core/format.js';
import type { DefaultedOption, OptionSpec } from '../core/option.js';

/** How fast a run may be, and with how many connections: rows of the option table. */

/** More connections than this look like an attack to a server. */
const MOST_CONNECTIONS = 16;
/** Slower than this a connection counts as dead (http/limits.ts). */
const LEAST_RATE = 1024;

export const CONNECTIONS: DefaultedOption<number | 'auto'> = {
  key: 'connections',
  value: 'N',
  doc: 'parallel connections per image, 1 to 16, or auto',
  group: 'Transfer',
  appliesTo: ['download'],
  default: 'auto',
  defaultText: 'auto: add more while the download gets faster',
  parse: (raw) => (raw === 'auto' ? 'auto' : parseConnections(raw)),
};

export const LIMIT_RATE: OptionSpec<number> = {
  key: 'limit-rate',
  value: 'RATE',
  doc: 'limit the total rate in bytes per second, as in 20M or 20MB',
  group: 'Transfer',
  appliesTo: ['download'],
  defaultText: 'none',
  parse: parseRate,
  text: sizeText,
};

function parseConnections(raw: string): number {
  try {
    return parseCount(raw, 1, MOST_CONNECTIONS);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new AppError(error.kind, error.message, { hint: `use a number from 1 to ${MOST_CONNECTIONS}, or auto` });
  }
}

function parseRate(raw: string): number {
  const bytesPerS = parseSize(raw);
  if (bytesPerS < LEAST_RATE) {
    throw new AppError('usage.option', `${bytesPerS} bytes per second are too few`, {
      hint: 'use at least 1K: a slower connection counts as dead',
    });
  }
  return bytesPerS;
}
