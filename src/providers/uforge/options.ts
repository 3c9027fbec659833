import { AppError } from '../../core/errors.js';
import { parseChoice, parseCount, parsePath } from '../../core/format.js';
import type { DefaultedOption, OptionSpec } from '../../core/option.js';
import { quoteForeign } from '../../core/redact.js';
import { Secret } from '../../core/secret.js';
import { remember } from '../../core/vault.js';
import { type Base, baseText, parseBase } from './base.js';

/** The rows of the option table that belong to UForge. */

export const URL_OPTION: OptionSpec<Base> = {
  key: 'url',
  value: 'URL',
  doc: 'base URL of the AppCenter, usually https://HOST/api',
  group: 'UForge',
  identity: 'server',
  parse: parseBase,
  text: baseText,
};

export const USER: OptionSpec<string> = {
  key: 'user',
  value: 'LOGIN',
  doc: 'login name, or SUPERVISOR\\LOGIN',
  group: 'UForge',
  identity: 'login',
  parse: (raw) => parseLogin(raw),
};

export const UID: OptionSpec<string> = {
  key: 'uid',
  value: 'LOGIN',
  doc: 'login of the owner of the image',
  group: 'UForge',
  identity: 'login',
  defaultText: 'the part of --user after the backslash, or all of it',
  parse: (raw) => parseUid(raw),
};

export const PASSWORD_FILE: OptionSpec<string> = {
  key: 'password-file',
  value: 'FILE',
  doc: 'read the password from this file, or from stdin (-)',
  group: 'UForge',
  stdin: true,
  identity: 'login',
  parse: parsePath,
};

export const PUBLIC_KEY: OptionSpec<string> = {
  key: 'public-key',
  value: 'KEY',
  doc: 'public half of an API key pair, instead of a password',
  group: 'UForge',
  identity: 'login',
  parse: (raw) => parseToken(raw, 'an API key'),
};

export const SECRET_KEY_FILE: OptionSpec<string> = {
  key: 'secret-key-file',
  value: 'FILE',
  doc: 'read the secret half of the API key pair from this file, or from stdin (-)',
  group: 'UForge',
  stdin: true,
  identity: 'login',
  parse: parsePath,
};

export const DOWNLOAD_ID: OptionSpec<Secret> = {
  key: 'download-id',
  value: 'KEY',
  doc: 'use this one-time download id; no credentials needed',
  group: 'UForge',
  appliesTo: ['stored'],
  // In a file it would be spent by the first run and break every later one.
  runOnly: true,
  oneImage: true,
  parse: (raw) => new Secret(parseToken(raw, 'a download id')),
  text: (value) => (value instanceof Secret ? value.reveal() : undefined),
};

const VIA_WORDS = ['auto', 'credentials', 'key'] as const;
export type Via = (typeof VIA_WORDS)[number];

export const VIA: DefaultedOption<Via> = {
  key: 'via',
  value: 'WAY',
  choices: VIA_WORDS,
  doc: 'how to authorize the download',
  group: 'UForge',
  appliesTo: ['stored'],
  default: 'auto',
  defaultText: 'auto: credentials, then one-time download ids',
  parse: (raw) => parseChoice(raw, VIA_WORDS),
};

/** Of an image, not of its appliance: that is NAME@VERSION:REVISION. */
export const REVISION: OptionSpec<number> = {
  key: 'revision',
  value: 'N',
  doc: 'with latest: only images of this revision',
  group: 'UForge',
  appliesTo: ['image'],
  parse: (raw) => parseCount(raw, 0, Number.MAX_SAFE_INTEGER),
};

const FORMAT_WORDS = ['yaml', 'json'] as const;
export type OutputFormat = (typeof FORMAT_WORDS)[number];

/** The name is that of hammr and the API. */
export const OUTPUT_FORMAT: DefaultedOption<OutputFormat> = {
  key: 'output-format',
  value: 'FORMAT',
  choices: FORMAT_WORDS,
  doc: 'how an export writes the template in the archive',
  group: 'UForge',
  appliesTo: ['export'],
  default: 'yaml',
  parse: (raw) => parseChoice(raw, FORMAT_WORDS),
};

export const UFORGE_OPTIONS: readonly OptionSpec<unknown>[] = [
  URL_OPTION,
  USER,
  UID,
  PASSWORD_FILE,
  PUBLIC_KEY,
  SECRET_KEY_FILE,
  DOWNLOAD_ID,
  VIA,
  REVISION,
  OUTPUT_FORMAT,
];

/**
 * RFC 7617 section 2: the user-id of basic authentication has no colon and no control character.
 * @throws AppError usage.option
 */
export function parseLogin(raw: string): string {
  if (raw.includes(':')) {
    // As curl takes it. What stands behind the colon is a password, and not repeated.
    remember(raw.slice(raw.indexOf(':') + 1));
    throw new AppError('usage.option', 'the login name contains a colon', {
      hint: 'use only the login here, and --password-file FILE for the password',
    });
  }
  if (raw === '' || raw.length > 256 || /[\u0000-\u001f\u007f]/.test(raw)) {
    throw new AppError('usage.option', `${quoteForeign(raw)} is not a login name`, {
      hint: 'use a login such as alice, or SUPERVISOR\\LOGIN',
    });
  }
  return raw;
}

/**
 * A login as one path segment: `.` and `..` would walk up the path instead of naming a user.
 * @throws AppError usage.option
 */
export function parseUid(raw: string): string {
  const safe = raw !== '' && raw.length <= 256 && raw !== '.' && raw !== '..' && !/[\u0000-\u001f\u007f]/.test(raw);
  // encodeURIComponent refuses what is not Unicode; such a name could not be sent.
  if (!safe || /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(raw)) {
    throw new AppError('usage.option', `${quoteForeign(raw)} is not a user of UForge`, {
      hint: 'use the login name of the owner of the image',
    });
  }
  return raw;
}

/** The text itself is never quoted: it may be a secret. */
function parseToken(raw: string, what: string): string {
  const text = raw.trim();
  if (text === '' || text.length > 512 || !/^[\x21-\x7e]+$/.test(text) || text.includes('://')) {
    throw new AppError('usage.option', `the value is not ${what}`, {
      hint: text.includes('://')
        ? 'to download from a link, use: imgdl url URL'
        : 'use it exactly as the server shows it',
    });
  }
  return text;
}
