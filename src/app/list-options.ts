import { AppError } from '../core/errors.js';
import { parseCount, parseSwitch } from '../core/format.js';
import type { DefaultedOption, OptionSpec } from '../core/option.js';

/** Which of the things in a list are shown: rows of the option table. */

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
  doc: 'show only images of this format, such as qcow2',
  group: 'Selection',
  appliesTo: LIST,
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

function parseWord(raw: string, what: string, hint: string): string {
  if (raw.trim() !== '') return raw;
  throw new AppError('usage.option', `the value is empty, not ${what}`, { hint });
}
