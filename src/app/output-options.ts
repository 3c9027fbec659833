import { parseChoice, parseSwitch } from '../core/format.js';
import type { DefaultedOption } from '../core/option.js';

/** How a command line speaks: rows of the option table. */

export const JSON_RESULT: DefaultedOption<boolean> = {
  key: 'json',
  doc: 'print the result as one JSON document on stdout',
  group: 'Output',
  default: false,
  cliOnly: true,
  parse: parseSwitch,
};

const PROGRESS_WORDS = ['auto', 'bar', 'line', 'json', 'none'] as const;
export const PROGRESS: DefaultedOption<(typeof PROGRESS_WORDS)[number]> = {
  key: 'progress',
  value: 'KIND',
  choices: PROGRESS_WORDS,
  doc: 'how to show progress on stderr',
  group: 'Output',
  appliesTo: ['download'],
  default: 'auto',
  defaultText: 'auto: a bar on a terminal, otherwise lines',
  cliOnly: true,
  parse: (raw) => parseChoice(raw, PROGRESS_WORDS),
};

export const QUIET: DefaultedOption<boolean> = {
  key: 'quiet',
  short: 'q',
  doc: 'print only errors',
  group: 'Output',
  default: false,
  cliOnly: true,
  parse: parseSwitch,
};

export const VERBOSE: DefaultedOption<boolean> = {
  key: 'verbose',
  short: 'v',
  doc: 'print what imgdl does, and why',
  group: 'Output',
  default: false,
  cliOnly: true,
  parse: parseSwitch,
};

const COLOR_WORDS = ['auto', 'always', 'never'] as const;
export const COLOR: DefaultedOption<(typeof COLOR_WORDS)[number]> = {
  key: 'color',
  value: 'WHEN',
  choices: COLOR_WORDS,
  doc: 'colors on stderr; auto honors NO_COLOR and FORCE_COLOR',
  group: 'Output',
  default: 'auto',
  cliOnly: true,
  parse: (raw) => parseChoice(raw, COLOR_WORDS),
};
