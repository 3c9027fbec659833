import { AppError } from '../core/errors.js';
import { UNMISTAKABLE } from '../core/mask.js';
import { escapeControls, shorten } from '../core/redact.js';
import { Secret } from '../core/secret.js';
import { remember } from '../core/vault.js';

/** RFC 9110 section 5.6.2. */
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** RFC 9110 section 5.5; beyond ASCII nobody agrees on what the bytes mean. */
const VALUE = /^[\t\x20-\x7e]+$/;

/** What decides what is asked for and how it is framed: imgdl's own business, in which a mistake makes wrong files. */
const REFUSED =
  /^(?:host|range|if-.*|accept-encoding|content-.*|transfer-encoding|connection|expect|keep-alive|proxy-.*|te|trailer|upgrade)$/;

/**
 * Header fields, one `Name: value` on each line, as curl's `-H @FILE` takes them. Blank lines and lines that begin with
 * `#` are skipped. Every value is a secret from now on.
 *
 * @param shown the file, for messages; its lines are never shown
 * @returns values by lower-case names
 * @throws AppError usage.option
 */
export function parseHeaders(text: string, shown: string): Readonly<Record<string, Secret>> {
  const headers = new Map<string, Secret>();
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(?:#|$)/.test(line)) continue;
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon)).toLowerCase();
    const value = line.slice(colon + 1).trim();
    const bad = (what: string, hint: string): AppError =>
      new AppError('usage.option', `reading the headers in ${shown}, line ${at + 1}: ${what}`, { hint });
    if (!NAME.test(name)) throw bad('it is not of the form Name: value', 'write one header on each line');
    if (REFUSED.test(name)) throw bad(`${field(name)} is not for you to set`, `remove ${field(name)}`);
    if (headers.has(name)) throw bad(`${field(name)} is there twice`, 'keep one of the two');
    if (!VALUE.test(value)) {
      throw bad(`the value of ${field(name)} is empty or not ASCII`, 'write the value on the same line');
    }
    headers.set(name, secretOf(value, name));
  }
  if (headers.size === 0) {
    throw new AppError('usage.option', `reading the headers in ${shown}: there are none`, {
      hint: 'write one header on each line, as NAME: VALUE',
    });
  }
  return Object.fromEntries(headers);
}

/** A server that repeats what it was sent may repeat a part of it. */
function secretOf(value: string, name: string): Secret {
  const parts = name === 'cookie' ? value.split(';').map((pair) => pair.slice(pair.indexOf('=') + 1).trim()) : [];
  const [, credentials] = name === 'authorization' ? (/^\S+[ \t]+(\S.*)$/.exec(value) ?? []) : [];
  for (const part of [...parts, credentials ?? '']) if (part.length >= UNMISTAKABLE) remember(part);
  return new Secret(value);
}

function field(name: string): string {
  return shorten(escapeControls(name), 64);
}
