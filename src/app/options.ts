import { FORMAT, LIMIT, NAME, NEWEST, READY, WAIT } from '../core/choice-options.js';
import { AppError } from '../core/errors.js';
import {
  durationText,
  parseChoice,
  parseCount,
  parseDuration,
  parsePath,
  parseSize,
  parseSwitch,
  sizeText,
} from '../core/format.js';
import type { DefaultedOption, OptionSpec } from '../core/option.js';
import { HEADER_FILE, NETRC } from './credential-options.js';
import { COLOR, JSON_RESULT, PROGRESS, QUIET, VERBOSE } from './output-options.js';
import { PROFILE } from './profile-option.js';
import { TRANSPORT_OPTIONS } from './transport-options.js';
import { CHECKSUM, CHECKSUMS, INSPECT, KEYRING, REQUIRE } from './verification-options.js';

/**
 * The options of every provider's commands. Flags, environment names, configuration keys, help, man page and README
 * derive from these rows; providers add their own in the same shape.
 */

const DOWNLOAD = ['download'] as const;

export const OUTPUT: OptionSpec<string> = {
  key: 'output',
  short: 'o',
  value: 'PATH',
  doc: 'save to this file, this directory (DIR/), or stdout (-)',
  group: 'Target',
  appliesTo: DOWNLOAD,
  defaultText: "the server's file name, in the current directory",
  parse: parsePath,
};

export const FORCE: DefaultedOption<boolean> = {
  key: 'force',
  short: 'f',
  doc: 'replace an existing target, in one step at the end',
  group: 'Target',
  appliesTo: DOWNLOAD,
  default: false,
  runOnly: true,
  parse: parseSwitch,
};

export const UPDATE: DefaultedOption<boolean> = {
  key: 'update',
  doc: 'download only if the remote image has changed (for cron)',
  group: 'Target',
  appliesTo: DOWNLOAD,
  default: false,
  parse: parseSwitch,
};

export const RECEIPT: DefaultedOption<boolean> = {
  key: 'receipt',
  doc: 'record source, size and digests in TARGET.imgdl.json',
  group: 'Target',
  appliesTo: DOWNLOAD,
  default: false,
  parse: parseSwitch,
};

const ON_BUSY_WORDS = ['fail', 'wait'] as const;
export const ON_BUSY: DefaultedOption<(typeof ON_BUSY_WORDS)[number]> = {
  key: 'on-busy',
  value: 'ACTION',
  choices: ON_BUSY_WORDS,
  doc: 'what to do when another imgdl is using the target',
  group: 'Target',
  appliesTo: DOWNLOAD,
  default: 'fail',
  parse: (raw) => parseChoice(raw, ON_BUSY_WORDS),
};

export const DRY_RUN: DefaultedOption<boolean> = {
  key: 'dry-run',
  short: 'n',
  doc: 'say what would happen, but change nothing',
  group: 'Target',
  appliesTo: DOWNLOAD,
  default: false,
  runOnly: true,
  parse: parseSwitch,
};

const ON_CHANGE_WORDS = ['restart', 'fail'] as const;
export const ON_CHANGE: DefaultedOption<(typeof ON_CHANGE_WORDS)[number]> = {
  key: 'on-change',
  value: 'ACTION',
  choices: ON_CHANGE_WORDS,
  doc: 'what to do when the remote image has changed',
  group: 'Persistence',
  appliesTo: DOWNLOAD,
  default: 'restart',
  defaultText: 'restart, but only once',
  parse: (raw) => parseChoice(raw, ON_CHANGE_WORDS),
};

export const RESTART: DefaultedOption<boolean> = {
  key: 'restart',
  doc: 'discard the partial download and start from zero',
  group: 'Persistence',
  appliesTo: DOWNLOAD,
  default: false,
  runOnly: true,
  parse: parseSwitch,
};

export const RETRIES: DefaultedOption<number> = {
  key: 'retries',
  value: 'N',
  doc: 'failed retries in a row before imgdl gives up',
  group: 'Persistence',
  appliesTo: DOWNLOAD,
  default: 8,
  defaultText: '8, or 2 if no server has responded yet',
  parse: (raw) => parseCount(raw, 0, 1000),
};

export const DEADLINE: OptionSpec<number> = {
  key: 'deadline',
  value: 'DUR',
  doc: 'stop after this time, as in 90s or 2h; you can resume later',
  group: 'Persistence',
  defaultText: 'none',
  parse: parseDuration,
  text: durationText,
};

/** More connections than this look like an attack to a server. */
const MOST_CONNECTIONS = 16;
/** Slower than this a connection counts as dead (http/limits.ts). */
const LEAST_RATE = 1024;

export const CONNECTIONS: DefaultedOption<number | 'auto'> = {
  key: 'connections',
  value: 'N',
  doc: 'parallel connections per image, 1 to 16, or auto',
  group: 'Transfer',
  appliesTo: DOWNLOAD,
  default: 'auto',
  defaultText: 'auto: add more while the download gets faster',
  parse: (raw) => (raw === 'auto' ? 'auto' : parseConnections(raw)),
};

export const LIMIT_RATE: OptionSpec<number> = {
  key: 'limit-rate',
  value: 'RATE',
  doc: 'limit the total rate in bytes per second, as in 20M or 20MB',
  group: 'Transfer',
  appliesTo: DOWNLOAD,
  defaultText: 'none',
  parse: parseRate,
  text: sizeText,
};

export const INPUT_FILE: OptionSpec<string> = {
  key: 'input-file',
  short: 'i',
  value: 'FILE',
  doc: 'read more images from this file or stdin (-), one per line',
  group: 'Selection',
  appliesTo: ['several'],
  runOnly: true,
  cliOnly: true,
  stdin: true,
  parse: parsePath,
};

export const CONFIG: OptionSpec<string> = {
  key: 'config',
  value: 'FILE',
  doc: 'read this YAML or JSON file, overriding the usual ones',
  group: 'Configuration',
  runOnly: true,
  parse: parsePath,
};

/** In the order of the help. */
export const COMMON_OPTIONS: readonly OptionSpec<unknown>[] = [
  OUTPUT,
  FORCE,
  UPDATE,
  RECEIPT,
  ON_BUSY,
  DRY_RUN,
  CHECKSUM,
  CHECKSUMS,
  KEYRING,
  REQUIRE,
  INSPECT,
  ON_CHANGE,
  RESTART,
  RETRIES,
  DEADLINE,
  CONNECTIONS,
  LIMIT_RATE,
  WAIT,
  NEWEST,
  NAME,
  FORMAT,
  READY,
  LIMIT,
  NETRC,
  HEADER_FILE,
  INPUT_FILE,
  JSON_RESULT,
  PROGRESS,
  QUIET,
  VERBOSE,
  COLOR,
  ...TRANSPORT_OPTIONS,
  CONFIG,
  PROFILE,
];

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
    throw new AppError('usage.option', `${bytesPerS} bytes per second is too low`, {
      hint: 'use at least 1K: a slower connection counts as dead',
    });
  }
  return bytesPerS;
}
