import type { CommandRow, CommandTable } from '../app/command-table.js';
import type { ForeignFlag, MeantOption } from '../core/foreign-flag.js';
import type { OptionSpec } from '../core/option.js';
import { redactUrl } from '../core/redact.js';
import { Secret } from '../core/secret.js';
import { quoteWord } from '../core/shell-words.js';
import { remember } from '../core/vault.js';
import { isIdList, isUrl } from './argument-forms.js';
import { FOREIGN_FLAGS } from './foreign-flags.js';
import { vocabularyOf } from './leading-words.js';
import { type MeantCommand, meantCommand } from './meant-command.js';
import { readLine, type TypedForeign, type TypedLine } from './typed-line.js';

/** What somebody meant who typed what imgdl does not take. */
export interface Correction {
  /** A sentence without a full stop, where there is more to say than the command. */
  readonly why: string | undefined;
  /** Whole command lines, as a shell takes them; several where it may be any of them. None: only what to know is known. */
  readonly commands: readonly string[];
}

interface Candidate {
  readonly row: CommandRow;
  readonly line: TypedLine;
  readonly meant: MeantCommand;
}

const MOST = 4;
/** Longer ones would hide what is said of them. */
const LONGEST = 500;

/** @returns undefined where nobody can tell what was meant */
export function correctionOf(args: readonly string[], table: CommandTable): Correction | undefined {
  const vocabulary = vocabularyOf(table);
  const lines = table.rows.map((row) => ({ row, line: readLine(args, row.options, foreignFlags(args, row, table)) }));
  const candidates = lines.flatMap(({ row, line }): Candidate[] => {
    if (line.unknown !== undefined) return [];
    const listed = line.options.some(([key]) => key === 'input-file');
    const meant = meantCommand(line.words, row, vocabulary, listed);
    return meant === undefined ? [] : [{ row, line, meant }];
  });
  const nearest = Math.min(...candidates.map(({ meant }) => meant.distance));
  const best = candidates.filter(({ meant }) => meant.distance === nearest).slice(0, MOST);
  const [first] = best;
  if (first === undefined) return explained(lines, args);
  for (const { line } of best) line.foreign.forEach(rememberSecret);
  const commands = best.map(commandLine).filter((text) => text.length <= LONGEST);
  return { why: reasonOf(first, args), commands };
}

/** Where no command can be told, a flag may be known all the same: to the command that was named, or to any. */
function explained(
  lines: readonly { readonly row: CommandRow; readonly line: TypedLine }[],
  args: readonly string[],
): Correction | undefined {
  const named = lines.filter(({ row }) => row.spec.path.every((word, at) => args[at] === word));
  const [found] = (named.length > 0 ? named : lines).flatMap(({ line }) => line.foreign);
  if (found === undefined) return undefined;
  rememberSecret(found);
  return { why: sentenceOf(found), commands: [] };
}

/** From now on it is masked, whoever repeats it; of `alice:password` the latter, too. */
function rememberSecret({ meant, value }: TypedForeign): void {
  if (meant.takes !== 'secret') return;
  for (const secret of [value, value.slice(value.indexOf(':') + 1)]) remember(secret.trim());
}

/** Those of the services that the command is for, and then those that all tools have. */
function foreignFlags(
  args: readonly string[],
  { command }: CommandRow,
  { providers }: CommandTable,
): readonly ForeignFlag[] {
  const url = args.find((word) => isUrl(word) && URL.canParse(word));
  const owner =
    command.kind === 'download' && command.anyUrl === true
      ? providers.find((provider) => url !== undefined && provider.claims(new URL(url)))
      : providers.find((provider) => provider.commands.includes(command));
  return [...(owner?.foreignFlags?.() ?? []), ...FOREIGN_FLAGS];
}

function reasonOf({ row, line, meant }: Candidate, args: readonly string[]): string | undefined {
  const [foreign] = line.foreign;
  if (foreign !== undefined) return sentenceOf(foreign);
  if (meant.output !== undefined) return 'a file name goes after -o';
  if (line.words.some(({ text }) => isIdList(text))) return 'separate ids with spaces';
  const early = args[0]?.startsWith('-') === true && row.spec.path.every((word, at) => line.words[at]?.text === word);
  return early ? 'options go after the command' : undefined;
}

function sentenceOf({ flag, meant, value }: TypedForeign): string {
  if (meant.why !== undefined) return typeof meant.why === 'string' ? meant.why : meant.why(flag, value);
  const keys = (meant.becomes?.(value) ?? []).map(([key]) => `--${key}`);
  return `${flag} is ${keys.join(' and ')} here`;
}

function commandLine({ row, line, meant }: Candidate): string {
  const options: MeantOption[] = [...line.options];
  const more = [
    ...line.foreign.flatMap(({ meant: flag, value }) => flag.becomes?.(value) ?? []),
    ...(meant.output === undefined ? [] : [['output', meant.output] as const]),
  ];
  for (const option of more) if (!options.some(([key]) => key === option[0])) options.push(option);
  const words = [
    ...row.spec.path,
    ...meant.args.map(shownWord),
    ...options.flatMap((option) => typed(option, row.options)),
  ];
  return ['imgdl', ...words.map(quoteWord)].join(' ');
}

function typed([key, value]: MeantOption, rows: readonly OptionSpec<unknown>[]): readonly string[] {
  const row = rows.find((one) => one.key === key);
  const flag = row?.short === undefined ? `--${key}` : `-${row.short}`;
  return value === undefined || row === undefined ? [flag] : [flag, shownValue(row, value)];
}

/** A value that its row does not take may be anything, a secret among others. */
function shownValue(row: OptionSpec<unknown>, value: string): string {
  try {
    return row.parse(value) instanceof Secret ? (row.value ?? '') : shownWord(value);
  } catch {
    return row.choices?.[0] ?? row.value ?? '';
  }
}

function shownWord(text: string): string {
  return isUrl(text) ? redactUrl(text) : text;
}
