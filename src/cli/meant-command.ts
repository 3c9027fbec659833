import type { CommandRow } from '../app/command-table.js';
import { idsOf, isCertain, isUrl, withScheme } from './argument-forms.js';
import { type Leading, LIST, leadingWords, type Vocabulary } from './leading-words.js';
import type { TypedWord } from './typed-line.js';

/** What the words of a command line come to, if they are meant for a certain command. */
export interface MeantCommand {
  readonly args: readonly string[];
  /** The name of a file, where only URLs can be. */
  readonly output: string | undefined;
  /** From what was typed; 0 is exactly that. */
  readonly distance: number;
}

/**
 * The words as if they were meant for this command: some of its own may be missing, in another order, mistyped or those
 * of other tools. Undefined: they cannot be.
 * @param listed the images are in a file
 */
export function meantCommand(
  words: readonly TypedWord[],
  row: CommandRow,
  vocabulary: Vocabulary,
  listed: boolean,
): MeantCommand | undefined {
  const guessed = leadingWords(words, vocabulary, true);
  const meant = guessed.mistyped ? meantBy(guessed, row, vocabulary, listed) : undefined;
  return meant ?? meantBy(leadingWords(words, vocabulary, false), row, vocabulary, listed);
}

function meantBy(
  { named, verb, mistyped, rest }: Leading,
  row: CommandRow,
  { families }: Vocabulary,
  listed: boolean,
): MeantCommand | undefined {
  const { spec, command } = row;
  const isList = command.kind === 'list';
  // A list of a family is what its name alone comes to; but then it has an argument, or nobody knows what is meant.
  const unasked = isList && !named.includes(LIST);
  if (!(isList ? namesList(named, spec.path, families) : namesDownload(named, row))) return undefined;
  if (unasked && (named.length === 0 || rest.length === 0)) return undefined;
  if (named.length === 0 && !verb && !isCertain(rest[0]?.text ?? '')) return undefined;
  const [args, output] = argumentsOf(rest, row);
  const none = listed && args.length === 0;
  if (!none && !takes(row, args)) return undefined;
  // What may be the value of a flag, and a secret, is repeated only if it cannot be one.
  if (rest.some(({ doubtful, text }) => doubtful && !isCertain(text))) return undefined;
  const missing = spec.path.filter((word) => !named.includes(word)).length;
  const partial = !isList && !none && args.length < spec.args.length;
  return { args, output, distance: missing + (unasked ? 3 : 0) + (partial ? 4 : 0) + (mistyped ? 0.5 : 0) };
}

/** Who wants a list of a family says `image list`, too. */
function namesList(named: readonly string[], [family]: readonly string[], families: ReadonlySet<string>): boolean {
  if (!named.includes(LIST)) return named.every((word) => word === family);
  return named.every((word) => word === family || !families.has(word));
}

/** What is no plain download, such as an export, must be asked for by its own word. */
function namesDownload(named: readonly string[], { spec: { path }, command }: CommandRow): boolean {
  return named.every((word) => path.includes(word)) && (command.several === true || named.includes(path.at(-1) ?? ''));
}

/** The arguments as this command takes them, and the file name behind URLs. */
function argumentsOf(
  rest: readonly TypedWord[],
  { spec, command }: CommandRow,
): readonly [args: readonly string[], output: string | undefined] {
  const texts = rest.map(({ text }) => text);
  if (command.kind === 'download' && command.anyUrl === true) return urlsOf(texts);
  return [spec.several === true ? texts.flatMap(idsOf) : texts, undefined];
}

function urlsOf(texts: readonly string[]): readonly [readonly string[], string | undefined] {
  const last = texts.at(-1) ?? '';
  const isFile = texts.length > 1 && !isUrl(last) && texts.slice(0, -1).every((text) => isUrl(withScheme(text)));
  return [(isFile ? texts.slice(0, -1) : texts).map(withScheme), isFile ? last : undefined];
}

function takes({ spec, command }: CommandRow, args: readonly string[]): boolean {
  const { args: wanted, several } = spec;
  const alone = wanted[0]?.optional === true && wanted.at(-1)?.optional !== true;
  const least = alone ? wanted.length : wanted.filter(({ optional }) => optional !== true).length;
  const enough = args.length >= least || (alone && args.length === 1);
  if (!enough || (args.length > wanted.length && several !== true)) return false;
  const urls = command.kind === 'download' && command.anyUrl === true;
  // Fewer are the last ones.
  const skipped = alone && args.length === 1 ? wanted.length - 1 : 0;
  return args.every((text, at) => {
    const like = wanted[Math.min(at + skipped, wanted.length - 1)]?.like;
    return isUrl(text) === urls && like?.test(text) !== false;
  });
}
