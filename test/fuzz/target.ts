/** A parser under fire: what it is fed, and what must hold whatever that is. */
import { isAppError } from '#imgdl/core/errors.js';

export interface Target {
  /** Also the folder of its corpus. */
  readonly name: string;
  /** Words that its language is made of: put in and exchanged for others. */
  readonly words: readonly string[];
  /** Inputs that are made by code, beside those of the corpus. */
  readonly seeds?: readonly Uint8Array[];
  /**
   * Feeds it, and throws where something does not hold.
   * @returns what became of it, in a few words: an input whose answer is new is worth keeping
   */
  check(input: Buffer): string | Promise<string>;
}

/** What acts on a terminal or a log, or ends a line. */
const ACTS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}]/u;
const MESSAGE_LIMIT = 2000;

/** A text that people will see is one line of bounded length in which nothing acts. */
export function requireShowable(text: string): void {
  if (ACTS.test(text)) throw new Error(`control characters in ${JSON.stringify(text)}`);
  if (text.length > MESSAGE_LIMIT) throw new Error(`${text.length} characters: ${JSON.stringify(text.slice(0, 200))}…`);
}

/**
 * The declared failure of a parser; anything else is thrown again.
 * @param codes of which its own are
 */
export function refusal(error: unknown, codes: RegExp): string {
  if (!isAppError(error) || !codes.test(error.code)) throw error;
  requireShowable(error.message);
  requireShowable(error.hint ?? '');
  return `${error.code}: ${shape(error.message)}`;
}

/** A sentence without what differs from one input to the next. */
export function shape(message: string): string {
  return message
    .replace(/"[^"]*"/g, '""')
    .replace(/https?:\S*/g, 'URL')
    .replace(/[0-9]+/g, '0')
    .slice(0, 120);
}

const MAX_DEPTH = 100;

/** Plain data: nothing that was parsed has another prototype than it should, or brings names with a meaning. */
export function requirePlain(value: unknown, depth = 0): void {
  if (typeof value !== 'object' || value === null) return;
  if (depth > MAX_DEPTH) throw new Error('deeper than anybody should go');
  const prototype: unknown = Object.getPrototypeOf(value);
  const isPlain = [null, Object.prototype, Array.prototype, Map.prototype].includes(prototype as null);
  if (!isPlain) throw new Error('an object with a prototype that the input chose');
  for (const inner of value instanceof Map ? value.values() : Object.values(value)) requirePlain(inner, depth + 1);
}

/** Whoever has polluted a prototype has done so for all. */
export function requireClean(): void {
  const polluted = Object.keys({}).length > 0 || ({} as Record<string, unknown>)['polluted'] !== undefined;
  if (polluted || Object.keys(Object.prototype).length > 0) throw new Error('Object.prototype is polluted');
}
