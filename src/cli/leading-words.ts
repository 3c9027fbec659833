import type { CommandTable } from '../app/command-table.js';
import { suggest } from '../core/suggest.js';
import type { TypedWord } from './typed-line.js';

/** Words of other tools for what our commands do anyway. */
const VERBS: ReadonlySet<string> = new Set(['download', 'get', 'fetch', 'pull', 'save']);
/** And for our `list`, which also shows the one thing that is asked for. */
export const LIST = 'list';
const LISTS: ReadonlySet<string> = new Set([LIST, 'ls', 'index', 'show', 'info', 'describe']);

/** The words of all commands. */
export interface Vocabulary {
  readonly words: ReadonlySet<string>;
  /** Those that commands begin with. */
  readonly families: ReadonlySet<string>;
  /** What other tools call these. */
  readonly foreign: ReadonlyMap<string, string>;
}

export function vocabularyOf({ rows, providers }: CommandTable): Vocabulary {
  const paths = rows.map(({ spec }) => spec.path);
  return {
    words: new Set(paths.flat()),
    families: new Set(paths.flatMap(([first]) => first ?? [])),
    foreign: new Map(providers.flatMap(({ foreignFamilies }) => Object.entries(foreignFamilies ?? {}))),
  };
}

/** The words of a command line up to the arguments. */
export interface Leading {
  /** Words of commands; those of other tools are replaced. */
  readonly named: readonly string[];
  /** Somebody asks for a download. */
  readonly verb: boolean;
  readonly mistyped: boolean;
  readonly rest: readonly TypedWord[];
}

/** @param guess take what is nearly a word for it */
export function leadingWords(
  words: readonly TypedWord[],
  { words: known, foreign }: Vocabulary,
  guess: boolean,
): Leading {
  const named: string[] = [];
  let verb = false;
  let mistyped = false;
  let at = 0;
  for (; at < words.length; at += 1) {
    const { text: typed = '' } = words[at] ?? {};
    // Only in the first place, as what follows may be called anything.
    const text = (at === 0 ? foreign.get(typed) : undefined) ?? typed;
    // The third word is an argument in most commands, and may be called anything.
    const near = guess && named.length < 2 ? nearTo(text, known) : undefined;
    const parts = partsOf(text, known) ?? (near === undefined ? undefined : [near]);
    if (parts === undefined) break;
    mistyped ||= parts[0] === near && near !== text;
    for (const part of parts) {
      if (VERBS.has(part)) verb = true;
      else named.push(LISTS.has(part) ? LIST : part);
    }
  }
  return { named, verb, mistyped, rest: words.slice(at) };
}

/** A word of a command or of other tools, or several in one: `image-list`. */
function partsOf(word: string, known: ReadonlySet<string>): readonly string[] | undefined {
  const parts = known.has(word) ? [word] : word.split('-');
  return parts.every((part) => known.has(part) || VERBS.has(part) || LISTS.has(part)) ? parts : undefined;
}

function nearTo(word: string, known: ReadonlySet<string>): string | undefined {
  return /^[a-z]{3,}$/i.test(word) ? suggest(word, [...known]) : undefined;
}
