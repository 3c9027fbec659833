import type { Digest } from '../core/digest.js';
import { checksumText, parseChecksum } from '../core/digest.js';
import { AppError } from '../core/errors.js';
import { parseChoice, parsePath } from '../core/format.js';
import type { DefaultedOption, OptionSpec } from '../core/option.js';
import { isUrl, parseUrl } from '../core/user-url.js';

/** What an image is verified with: rows of the option table. */

export const CHECKSUM: OptionSpec<Digest> = {
  key: 'checksum',
  value: 'ALGO:HEX',
  repeatable: true,
  doc: 'checksum to verify: md5, sha1, sha256, sha384 or sha512',
  group: 'Verification',
  appliesTo: ['download'],
  runOnly: true,
  oneImage: true,
  parse: parseChecksum,
  text: checksumText,
};

export const CHECKSUMS: OptionSpec<string> = {
  key: 'checksums',
  value: 'URL|FILE',
  doc: 'verify with this checksum file, such as SHA256SUMS',
  group: 'Verification',
  appliesTo: ['download'],
  parse: parsePlace,
};

export const KEYRING: OptionSpec<string> = {
  key: 'keyring',
  value: 'FILE',
  doc: 'require a signature of --checksums by one of these keys',
  group: 'Verification',
  appliesTo: ['download'],
  parse: parsePath,
};

const REQUIRE_WORDS = ['digest', 'size', 'none'] as const;
export const REQUIRE: DefaultedOption<(typeof REQUIRE_WORDS)[number]> = {
  key: 'require',
  value: 'PROOF',
  choices: REQUIRE_WORDS,
  doc: 'the weakest verification to accept',
  group: 'Verification',
  appliesTo: ['download'],
  default: 'size',
  parse: (raw) => parseChoice(raw, REQUIRE_WORDS),
};

const INSPECT_WORDS = ['warn', 'fail', 'off'] as const;
export const INSPECT: DefaultedOption<(typeof INSPECT_WORDS)[number]> = {
  key: 'inspect',
  value: 'ACTION',
  choices: INSPECT_WORDS,
  doc: 'if an image has another format, or needs other files',
  group: 'Verification',
  appliesTo: ['download'],
  default: 'warn',
  parse: (raw) => parseChoice(raw, INSPECT_WORDS),
};

/** Where a file is: a URL, or a path. */
function parsePlace(raw: string): string {
  if (isUrl(raw)) return parseUrl(raw).href;
  if (raw !== '-') return parsePath(raw);
  throw new AppError('usage.option', '--checksums -: stdin is not read', { hint: 'use a file or a URL' });
}
