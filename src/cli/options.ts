import { parseChecksum } from '../core/digest.js';
import { AppError } from '../core/errors.js';
import { parseChoice, parseCount, parseDuration, parsePath, parseSwitch } from '../core/format.js';
import type { OptionSpec } from '../core/option.js';
import type { Digest } from '../core/types.js';
import { CONNECTIONS, LIMIT_RATE } from './speed-options.js';

/**
 * The options that every download has. Flags, environment names, configuration keys, help, man page and README
 * derive from these rows; providers add their own in the same shape.
 */

export const OUTPUT: OptionSpec<string> = {
  key: 'output',
  short: 'o',
  value: 'PATH',
  doc: 'write to this file, into this directory, or to stdout (-)',
  group: 'Target',
  defaultText: "the server's name, in the current directory",
  parse: parsePath,
};

export const FORCE: OptionSpec<boolean> = {
  key: 'force',
  short: 'f',
  doc: 'replace an existing target, atomically at the end',
  group: 'Target',
  runOnly: true,
  parse: parseSwitch,
};

export const UPDATE: OptionSpec<boolean> = {
  key: 'update',
  doc: 'for cron: download only if the remote image changed',
  group: 'Target',
  parse: parseSwitch,
};

export const RECEIPT: OptionSpec<boolean> = {
  key: 'receipt',
  doc: 'record origin, size and digests in TARGET.imgdl.json',
  group: 'Target',
  parse: parseSwitch,
};

const ON_BUSY_WORDS = ['fail', 'wait'] as const;
export const ON_BUSY: OptionSpec<(typeof ON_BUSY_WORDS)[number]> = {
  key: 'on-busy',
  value: 'ACTION',
  choices: ON_BUSY_WORDS,
  doc: 'when another imgdl owns the target',
  group: 'Target',
  defaultText: 'fail',
  parse: (raw) => parseChoice(raw, ON_BUSY_WORDS),
};

export const DRY_RUN: OptionSpec<boolean> = {
  key: 'dry-run',
  short: 'n',
  doc: 'look everything up, say what would happen, touch nothing',
  group: 'Target',
  runOnly: true,
  parse: parseSwitch,
};

export const CHECKSUM: OptionSpec<Digest> = {
  key: 'checksum',
  value: 'ALGO:HEX',
  repeatable: true,
  doc: 'the digest you trust: md5, sha1, sha256, sha384 or sha512',
  group: 'Verification',
  runOnly: true,
  oneImage: true,
  parse: parseChecksum,
};

const REQUIRE_WORDS = ['digest', 'size', 'none'] as const;
export const REQUIRE: OptionSpec<(typeof REQUIRE_WORDS)[number]> = {
  key: 'require',
  value: 'PROOF',
  choices: REQUIRE_WORDS,
  doc: 'the least proof to accept',
  group: 'Verification',
  defaultText: 'size',
  parse: (raw) => parseChoice(raw, REQUIRE_WORDS),
};

const ON_CHANGE_WORDS = ['restart', 'fail'] as const;
export const ON_CHANGE: OptionSpec<(typeof ON_CHANGE_WORDS)[number]> = {
  key: 'on-change',
  value: 'ACTION',
  choices: ON_CHANGE_WORDS,
  doc: 'when the remote image changes under the download',
  group: 'Persistence',
  defaultText: 'restart, once',
  parse: (raw) => parseChoice(raw, ON_CHANGE_WORDS),
};

export const RESTART: OptionSpec<boolean> = {
  key: 'restart',
  doc: 'forget a partial download and start from zero',
  group: 'Persistence',
  runOnly: true,
  parse: parseSwitch,
};

export const RETRIES: OptionSpec<number> = {
  key: 'retries',
  value: 'N',
  doc: 'retries in a row without 16 MiB of progress',
  group: 'Persistence',
  defaultText: '8',
  parse: (raw) => parseCount(raw, 0, 1000),
};

export const DEADLINE: OptionSpec<number> = {
  key: 'deadline',
  value: 'DUR',
  doc: 'stop after this time, as in 90s, 15m or 2h; keeps what came',
  group: 'Persistence',
  defaultText: 'none',
  parse: parseDuration,
};

export const JSON_RESULT: OptionSpec<boolean> = {
  key: 'json',
  doc: 'print the result as one JSON document on stdout',
  group: 'Output',
  parse: parseSwitch,
};

const PROGRESS_WORDS = ['auto', 'bar', 'line', 'none'] as const;
export const PROGRESS: OptionSpec<(typeof PROGRESS_WORDS)[number]> = {
  key: 'progress',
  value: 'KIND',
  choices: PROGRESS_WORDS,
  doc: 'how to show progress on stderr',
  group: 'Output',
  defaultText: 'auto (a bar on a terminal, else lines)',
  parse: (raw) => parseChoice(raw, PROGRESS_WORDS),
};

export const QUIET: OptionSpec<boolean> = {
  key: 'quiet',
  short: 'q',
  doc: 'say nothing but errors',
  group: 'Output',
  parse: parseSwitch,
};

export const VERBOSE: OptionSpec<boolean> = {
  key: 'verbose',
  short: 'v',
  doc: 'say what is done and why',
  group: 'Output',
  parse: parseSwitch,
};

const COLOR_WORDS = ['auto', 'always', 'never'] as const;
export const COLOR: OptionSpec<(typeof COLOR_WORDS)[number]> = {
  key: 'color',
  value: 'WHEN',
  choices: COLOR_WORDS,
  doc: 'colours on stderr; auto obeys NO_COLOR and FORCE_COLOR',
  group: 'Output',
  defaultText: 'auto',
  parse: (raw) => parseChoice(raw, COLOR_WORDS),
};

export const CONFIG: OptionSpec<string> = {
  key: 'config',
  value: 'FILE',
  doc: 'read this YAML or JSON file before the usual ones',
  group: 'Configuration',
  runOnly: true,
  parse: parsePath,
};

export const CACERT: OptionSpec<string> = {
  key: 'cacert',
  value: 'FILE',
  doc: 'trust the certificate authorities in this PEM file',
  group: 'Transport',
  defaultText: "Node's",
  parse: parsePath,
};

export const CERT: OptionSpec<string> = {
  key: 'cert',
  value: 'FILE',
  doc: 'client certificate (PEM), together with --key',
  group: 'Transport',
  parse: parsePath,
};

export const KEY: OptionSpec<string> = {
  key: 'key',
  value: 'FILE',
  doc: 'private key of the client certificate (PEM)',
  group: 'Transport',
  parse: parsePath,
};

export const INSECURE: OptionSpec<boolean> = {
  key: 'insecure',
  doc: 'accept any TLS certificate: anybody can read and replace',
  group: 'Transport',
  parse: parseSwitch,
};

export const PROXY: OptionSpec<string> = {
  key: 'proxy',
  value: 'URL',
  doc: 'send everything through this HTTP proxy',
  group: 'Transport',
  defaultText: 'HTTPS_PROXY, HTTP_PROXY, NO_PROXY',
  parse: parseProxy,
};

export const TIMEOUT: OptionSpec<number> = {
  key: 'timeout',
  value: 'DUR',
  doc: 'longest silence of a server before the next attempt',
  group: 'Transport',
  defaultText: '30s; 60s for a first answer',
  parse: parseDuration,
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
  REQUIRE,
  ON_CHANGE,
  RESTART,
  RETRIES,
  DEADLINE,
  CONNECTIONS,
  LIMIT_RATE,
  JSON_RESULT,
  PROGRESS,
  QUIET,
  VERBOSE,
  COLOR,
  CACERT,
  CERT,
  KEY,
  INSECURE,
  PROXY,
  TIMEOUT,
  CONFIG,
];

/**
 * The origin of an HTTP proxy, as in `http://proxy:3128`. User and password are refused here, because command lines
 * are seen by everybody on the machine (`ps`); HTTPS_PROXY may have them.
 */
function parseProxy(raw: string): string {
  const url = URL.canParse(raw) ? new URL(raw) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search + url.hash !== '') {
    throw new AppError('usage.option', 'not the URL of an HTTP proxy', { hint: 'write it as http://proxy:3128' });
  }
  if (url.username + url.password !== '') {
    throw new AppError('usage.option', 'user and password have no place in this value', {
      hint: 'put them into the URL of the environment variable HTTPS_PROXY',
    });
  }
  return url.origin;
}
