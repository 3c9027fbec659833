import type { CommandRow, CommandTable } from '../app/command-table.js';
import { AppError } from '../core/errors.js';
import { EXIT } from '../core/exit.js';
import { oneOf } from '../core/one-of.js';
import type { OptionSpec } from '../core/option.js';
import { escapeControls, shorten } from '../core/redact.js';
import { quoteWord } from '../core/shell-words.js';
import { suggest } from '../core/suggest.js';
import { isIdList, isOdd, isUrl } from './argument-forms.js';
import { type Correction, correctionOf } from './correction.js';
import { HelpShown } from './program.js';

/** What is known of a command: its words and its options. Those that no provider has are commands too. */
type KnownCommand = Pick<CommandRow, 'spec' | 'options'>;

/** What commander throws, as far as it matters. */
interface CommanderError extends Error {
  readonly code: string;
  readonly exitCode: number;
}

/** What commander throws, as ours: help is no error, everything else is exit 2. */
export function usageError(
  error: unknown,
  args: readonly string[],
  table: CommandTable,
  commands: readonly KnownCommand[] = table.rows,
): unknown {
  if (!isCommanderError(error)) return error;
  if (error.exitCode === EXIT.ok) return new HelpShown(true);
  // `imgdl appliance`, without the command of that family.
  if (error.code === 'commander.help') return new HelpShown(false);
  // The argument that is quoted may have lines of its own: only the last one can be commander's suggestion.
  const [, said = error.message, suggestion] =
    /^(?:error: )?(.*?)(?:\n\((Did you mean [^\n]*)\))?$/s.exec(error.message) ?? [];
  const [, quoted] = /^unknown (?:option|command) '(.*)'$/s.exec(said) ?? [];
  const slip = valueSlip(error, quoted, namedRow(args, commands));
  if (slip !== undefined) return slip;
  const hint =
    adviceOn(args, table) ??
    (quoted === undefined ? undefined : elsewhere(quoted, args, table)) ??
    (error.code === 'commander.missingArgument' ? listHint(namedRow(args, table.rows), table) : undefined) ??
    (suggestion !== undefined && isNear(quoted ?? '', suggestion) ? `d${suggestion.slice(1)}` : undefined);
  return usage(quoted === undefined ? said : unknownWord(said, quoted), hint ?? helpHint(args, table));
}

/** One of the command's own options: a switch with a value, or one that lacks its value. */
function valueSlip(
  error: CommanderError,
  quoted: string | undefined,
  command: KnownCommand | undefined,
): AppError | undefined {
  const own = (flag: string): OptionSpec<unknown> | undefined =>
    command?.options.find(({ key, short }) => flag === `--${key}` || flag === `-${short}`);
  if (error.code === 'commander.optionMissingArgument') {
    const [, flag = ''] = /(--[\w-]+)/.exec(error.message) ?? [];
    const option = own(flag);
    if (option?.value === undefined) return undefined;
    const where = option.choices === undefined ? '' : `, where ${option.value} is ${oneOf(option.choices)}`;
    return usage(`the value of ${flag} is missing`, `use ${flag} ${option.value}${where}`);
  }
  const flag = quoted?.startsWith('--') === true && quoted.includes('=') ? flagOf(quoted) : '';
  if (own(flag) === undefined) return undefined;
  return usage(`${flag} takes no value`, `use ${flag} alone`);
}

/** Commander also suggests words that have only some letters in common. */
function isNear(typed: string, suggestion: string): boolean {
  const words = suggestion.match(/[\w-]+(?=[,?]| or )/g) ?? [];
  return suggest(flagOf(typed), words) !== undefined;
}

/** The hint for a command line that imgdl does not take, where somebody can tell what was meant. */
export function adviceOn(args: readonly string[], table: CommandTable): string | undefined {
  return hintOf(correctionOf(args, table));
}

/** @param name of the argument that is missing */
export function missingArgument(name: string, args: readonly string[], row: CommandRow, table: CommandTable): AppError {
  return usage(
    `missing required argument '${name}'`,
    adviceOn(args, table) ?? listHint(row, table) ?? helpHint(args, table),
  );
}

/**
 * What commander takes, and no service would: a list of ids with commas, a file name behind a URL.
 * @param given the arguments of the command
 */
export function argumentSlip(
  given: readonly string[],
  { command }: CommandRow,
  args: readonly string[],
  table: CommandTable,
): AppError | undefined {
  const hint = isOdd(command, given) ? adviceOn(args, table) : undefined;
  // Where nothing better can be said it may be meant as it is.
  if (hint === undefined) return undefined;
  return usage(given.some(isIdList) ? 'ids are separated by commas' : 'the last argument is not a URL', hint);
}

function usage(what: string, hint: string): AppError {
  return new AppError('usage.arguments', `reading the command line: ${shorten(escapeControls(what), 300)}`, { hint });
}

function hintOf(correction: Correction | undefined): string | undefined {
  if (correction === undefined) return undefined;
  const { why, commands } = correction;
  const use = commands.length === 0 ? undefined : `use ${oneOf(commands)}`;
  return why === undefined ? use : use === undefined ? why : `${why}; ${use}`;
}

/** What is glued to a flag may be a password, and a URL may carry a key. */
function unknownWord(said: string, quoted: string): string {
  if (isUrl(quoted)) return 'the command is missing before the URL';
  return said.replace(quoted, () => flagOf(quoted));
}

function flagOf(word: string): string {
  if (word.startsWith('--')) return word.split('=', 1)[0] ?? '';
  return word.startsWith('-') ? word.slice(0, 2) : word;
}

/** An option of other commands: which ones those are. */
function elsewhere(word: string, args: readonly string[], { rows }: CommandTable): string | undefined {
  const key = flagOf(word).slice('--'.length);
  if (namedRow(args, rows) === undefined) return undefined;
  const having = rows.filter(({ options }) => options.some((row) => row.key === key));
  if (having.length === 0) return undefined;
  const names = having.map(({ spec: { path } }) => {
    const family = rows.filter(({ spec }) => spec.path[0] === path[0]);
    return family.every((row) => having.includes(row)) ? (path[0] ?? '') : path.join(' ');
  });
  return `--${key} works only with imgdl ${oneOf([...new Set(names)])}`;
}

/** Where there is a list of what can be named. */
function listHint(row: CommandRow | undefined, { rows }: CommandTable): string | undefined {
  const list = rows.find(({ command, spec: { path } }) => command.kind === 'list' && path[0] === row?.spec.path[0]);
  return list === undefined ? undefined : `see what there is with imgdl ${list.spec.path.join(' ')}`;
}

function helpHint(args: readonly string[], { rows }: CommandTable): string {
  const named = namedRow(args, rows);
  if (named !== undefined) return `see imgdl ${named.spec.path.join(' ')} --help`;
  const [first] = rows;
  if (args[0]?.startsWith('-') === true && first !== undefined) {
    const words = [...first.spec.path, ...first.spec.args.map(({ name }) => name.toUpperCase())];
    return `options go after the command, as in imgdl ${words.map(quoteWord).join(' ')} --json`;
  }
  return args[0] === 'version' ? 'use imgdl --version' : 'see imgdl --help, or imgdl COMMAND --help';
}

/** The one of these that the command line begins with. */
function namedRow<T extends KnownCommand>(args: readonly string[], rows: readonly T[]): T | undefined {
  return rows.find(({ spec }) => spec.path.every((word, at) => args[at] === word));
}

function isCommanderError(error: unknown): error is CommanderError {
  return error instanceof Error && error.name === 'CommanderError' && 'code' in error && 'exitCode' in error;
}
