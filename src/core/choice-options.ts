import { AppError } from './errors.js';
import { durationText, parseCount, parseDuration, parseSwitch } from './format.js';
import type { DefaultedOption, OptionSpec } from './option.js';

/**
 * Which of several: what a list shows, and what a name means. Rows of the option table that a provider reads, too: what
 * the server can filter it filters.
 */

const LIST = ['list'] as const;

export const NAME: OptionSpec<string> = {
  key: 'name',
  value: 'GLOB',
  doc: 'show only names that match this pattern (case-sensitive)',
  group: 'Selection',
  appliesTo: LIST,
  runOnly: true,
  parse: (raw) => parseWord(raw, 'a pattern', "use one, as in 'debian-*'"),
};

export const FORMAT: OptionSpec<string> = {
  key: 'format',
  value: 'NAME',
  doc: 'only images of this format, such as qcow2',
  group: 'Selection',
  appliesTo: ['list', 'image'],
  parse: (raw) => parseWord(raw, 'a format', 'use its name, as in qcow2'),
};

export const READY: DefaultedOption<boolean> = {
  key: 'ready',
  doc: 'show only what can be downloaded now',
  group: 'Selection',
  appliesTo: LIST,
  default: false,
  runOnly: true,
  parse: parseSwitch,
};

export const LIMIT: OptionSpec<number> = {
  key: 'limit',
  value: 'N',
  doc: 'show at most this many lines',
  group: 'Selection',
  appliesTo: LIST,
  defaultText: 'all',
  runOnly: true,
  parse: (raw) => parseCount(raw, 1, 1_000_000),
};

export const NEWEST: DefaultedOption<boolean> = {
  key: 'newest',
  doc: 'when several images fit, take the newest',
  group: 'Selection',
  appliesTo: ['named'],
  default: false,
  parse: parseSwitch,
};

export const WAIT: OptionSpec<number> = {
  key: 'wait',
  value: 'DUR',
  doc: 'wait this long for an image that is not ready yet, as in 30m',
  group: 'Selection',
  appliesTo: ['download'],
  defaultText: 'no wait; 1h for an export',
  parse: parseDuration,
  text: durationText,
};

function parseWord(raw: string, what: string, hint: string): string {
  if (raw.trim() !== '') return raw;
  throw new AppError('usage.option', `the value is empty, not ${what}`, { hint });
}
