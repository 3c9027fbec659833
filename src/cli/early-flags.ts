import { COMMON_OPTIONS, OUTPUT } from '../app/options.js';
import { JSON_RESULT, PROGRESS, QUIET, VERBOSE } from '../app/output-options.js';
import type { OptionSpec } from '../core/option.js';
import type { Flags } from './program.js';

/** Options that say how to speak: they count before the command line is understood. */
const EARLY = [JSON_RESULT, QUIET, VERBOSE, PROGRESS, OUTPUT] as const;

/**
 * What a command line says of how to speak, before it is known to be one: an error in it is told as it asks. Words
 * after `--` are no flags.
 */
export function earlyFlags(args: readonly string[]): Flags {
  const words = args.includes('--') ? args.slice(0, args.indexOf('--')) : args;
  return new Map(EARLY.map((row) => [row.key, row.value === undefined ? switched(row, words) : values(row, words)]));
}

/** `--json`, `--no-json`, `-q`, and the `q` of `-nq`. */
function switched({ key, short }: OptionSpec<unknown>, words: readonly string[]): readonly string[] {
  return words.flatMap((word) => {
    if (word === `--no-${key}`) return ['false'];
    return word === `--${key}` || (short !== undefined && switchesOf(word).includes(short)) ? ['true'] : [];
  });
}

/** The letters of `-nq`, up to the first that takes a value. */
function switchesOf(word: string): string {
  if (!/^-[a-zA-Z]/.test(word)) return '';
  const letters = word.slice(1);
  const valued = COMMON_OPTIONS.flatMap(({ short, value }) =>
    short !== undefined && value !== undefined ? short : [],
  );
  const end = [...letters].findIndex((letter) => valued.includes(letter));
  return end === -1 ? letters : letters.slice(0, end);
}

/** `--progress json`, `--progress=json`, `-o -`, `-o-`. */
function values({ key, short }: OptionSpec<unknown>, words: readonly string[]): readonly string[] {
  return words.flatMap((word, at) => {
    if (word === `--${key}` || word === `-${short}`) return words[at + 1] ?? [];
    if (word.startsWith(`--${key}=`)) return word.slice(key.length + '--='.length);
    return short !== undefined && word.startsWith(`-${short}`) ? word.slice(2) : [];
  });
}
