import { redactText } from '../../core/redact.js';

/**
 * The value fit for a parser that may be strict: lone surrogates are refused by some, and none reads a number beyond
 * 2^53 exactly, so neither is left in it. Text is redacted once more.
 *
 * @param asItIs keys whose text is not redacted: a path must be the one to open, and a word of ours may be a password
 */
export function tidy<T extends object>(value: T, asItIs: ReadonlySet<string>): T {
  const walk = (part: unknown, key: string): unknown => {
    if (typeof part === 'string') return asItIs.has(key) ? wellFormed(part) : redactText(wellFormed(part));
    if (typeof part === 'number') return safeNumber(part);
    if (Array.isArray(part)) return part.map((item) => walk(item, key));
    if (typeof part === 'object' && part !== null) {
      return Object.fromEntries(Object.entries(part).map(([name, item]) => [wellFormed(name), walk(item, name)]));
    }
    return part;
  };
  return walk(value, '') as T;
}

/**
 * A value as one line of JSON with its end. Beyond what JSON asks for, all that may act on a terminal is escaped
 * (C1 controls, line separators, bidirectional overrides and other format characters), and the `##` that Azure Pipelines
 * obeys anywhere in a line (`##vso[`): the value stays the same.
 */
export function jsonLine(value: object): string {
  return `${JSON.stringify(value).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|#(?=#)/gu, escaped)}\n`;
}

/** JSON has UTF-16 units for a character beyond U+FFFF. */
function escaped(char: string): string {
  return Array.from({ length: char.length }, (_, at) => char.charCodeAt(at))
    .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
    .join('');
}

function safeNumber(value: number): number | null {
  const whole = Math.round(value);
  return Number.isSafeInteger(whole) ? whole : null;
}

/** Lone surrogates become U+FFFD (String.prototype.toWellFormed is not in ES2023). */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd');
}
