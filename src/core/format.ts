import { AppError } from './errors.js';
import { oneOf } from './one-of.js';
import { escapeControls, redactText, shorten } from './redact.js';

/**
 * Text of options, environment and configuration to values. Strict: a number that is almost
 * right (`1e9`, ` 5`, `0x10`) is refused, because what it was meant to be is a guess.
 *
 * Every parser throws AppError usage.option whose message starts with the quoted text; the layer that knows which
 * option it was puts the name in front.
 */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const DURATION_UNITS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', SECOND],
  ['m', MINUTE],
  ['h', HOUR],
]);

/** Longer than any transfer, and below the 2^31 ms after which Node's timers fire at once. */
const LONGEST_MS = 24 * 24 * HOUR;

/** `20M` is binary, as in dd and curl; `20MB` is decimal, as disks are sold; `20MiB` says what it is. */
const SIZE_UNITS: ReadonlyMap<string, number> = new Map(
  ['K', 'M', 'G', 'T'].flatMap((letter, index): [string, number][] => [
    [letter, 1024 ** (index + 1)],
    [`${letter}iB`, 1024 ** (index + 1)],
    [`${letter}B`, 1000 ** (index + 1)],
  ]),
);

const SWITCH_WORDS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['yes', true],
  ['on', true],
  ['1', true],
  ['false', false],
  ['no', false],
  ['off', false],
  ['0', false],
]);

/** Blanks are kept in the quotation: they may be all that is wrong. */
function refuse(text: string, what: string, hint: string): AppError {
  const quoted = `"${shorten(escapeControls(redactText(text)), 100)}"`;
  return new AppError('usage.option', text === '' ? 'the value is empty' : `${quoted} is not ${what}`, { hint });
}

/**
 * `90s`, `15m`, `2h`, `250ms` to milliseconds, more than zero.
 * @throws AppError usage.option
 */
export function parseDuration(text: string): number {
  const match = /^(0|[1-9][0-9]{0,9})(ms|s|m|h)$/.exec(text);
  const ms = Number(match?.[1]) * (DURATION_UNITS.get(match?.[2] ?? '') ?? Number.NaN);
  if (!(ms > 0)) throw refuse(text, 'a duration', 'write a whole number and a unit: 90s, 15m or 2h');
  if (ms > LONGEST_MS) throw refuse(text, 'a duration below 24 days', 'use at most 576h');
  return ms;
}

/**
 * `4096`, `20M` (20 times 2^20), `20MB` (20 times 10^6) to bytes below 2^53.
 * @throws AppError usage.option
 */
export function parseSize(text: string): number {
  const match = /^(0|[1-9][0-9]{0,15})([KMGT](?:i?B)?)?$/.exec(text);
  const factor = match?.[2] === undefined ? 1 : (SIZE_UNITS.get(match[2]) ?? Number.NaN);
  const bytes = Number(match?.[1]) * factor;
  if (!Number.isSafeInteger(bytes)) {
    throw refuse(text, 'a size', 'write bytes or a unit: 4096, 20M (binary) or 20MB (decimal)');
  }
  return bytes;
}

/**
 * A whole decimal number within [least, most].
 * @throws AppError usage.option
 */
export function parseCount(text: string, least: number, most: number): number {
  const count = /^(0|[1-9][0-9]{0,15})$/.test(text) ? Number(text) : Number.NaN;
  if (!(count >= least && count <= most)) {
    throw refuse(text, `a whole number from ${least} to ${most}`, `write digits only, from ${least} to ${most}`);
  }
  return count;
}

/**
 * true/yes/on/1 and false/no/off/0 in any case.
 * @throws AppError usage.option
 */
export function parseSwitch(text: string): boolean {
  const value = SWITCH_WORDS.get(text.toLowerCase());
  if (value === undefined) throw refuse(text, 'a yes or no value', 'use true or false');
  return value;
}

/**
 * One of the words, spelled exactly.
 * @throws AppError usage.option
 */
export function parseChoice<T extends string>(text: string, choices: readonly T[]): T {
  const choice = choices.find((word) => word === text);
  if (choice === undefined) throw refuse(text, 'one of the choices', `use ${oneOf(choices)}`);
  return choice;
}

/**
 * The name of a file or directory: anything but nothing and NUL, which no system call takes.
 * @throws AppError usage.option
 */
export function parsePath(text: string): string {
  if (text === '' || text.includes('\0')) throw refuse(text, 'a path', 'use the name of a file or directory');
  return text;
}

/** A duration as parseDuration() takes it, in the largest unit that needs no fraction. Undefined for no number. */
export function durationText(ms: unknown): string | undefined {
  if (typeof ms !== 'number') return undefined;
  const [unit] = [...DURATION_UNITS].findLast(([, factor]) => ms >= factor && ms % factor === 0) ?? ['ms'];
  return `${ms / (DURATION_UNITS.get(unit) ?? 1)}${unit}`;
}

/** A size as parseSize() takes it, in the largest binary unit that needs no fraction. Undefined for no number. */
export function sizeText(bytes: unknown): string | undefined {
  if (typeof bytes !== 'number') return undefined;
  const unit = ['T', 'G', 'M', 'K'].find((name) => bytes > 0 && bytes % (SIZE_UNITS.get(name) ?? 1) === 0) ?? '';
  return `${bytes / (SIZE_UNITS.get(unit) ?? 1)}${unit}`;
}
