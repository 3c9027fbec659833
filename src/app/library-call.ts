import { AppError } from '../core/errors.js';
import type { DownloadCommand } from '../core/provider.js';
import { type CommandRow, commandTable } from './command-table.js';

/** The commands of the library. */
export const TABLE = commandTable();

/** A command for one image, with its arguments. */
export interface Call {
  readonly row: DownloadRow;
  readonly args: readonly string[];
}

interface DownloadRow extends CommandRow {
  readonly command: DownloadCommand;
}

/**
 * @param words as on a command line: `['glance', 'image', 'debian-13']`
 * @throws AppError usage.arguments
 */
export function callOfWords(words: readonly unknown[]): Call {
  const row = rowOf(words);
  const { path, args: named } = row.command;
  const given = words.slice(path.length);
  const least = named.filter(({ optional }) => optional !== true).length;
  if (given.length < least || given.length > named.length) {
    throw new AppError('usage.arguments', `${path.join(' ')}: ${given.length} arguments instead of ${named.length}`, {
      hint: `use ${named.map(({ name }) => name).join(', ')} of one image`,
    });
  }
  // Fewer are the last ones.
  const names = named.slice(named.length - given.length);
  return { row, args: names.map(({ name }, at) => wordOf(name, given[at])) };
}

/**
 * @param options with the arguments of the command by their names
 * @returns the call, and the options that are no arguments
 * @throws AppError usage.arguments
 */
export function callOfProperties(
  path: readonly string[],
  options: Readonly<Record<string, unknown>>,
): readonly [Call, Readonly<Record<string, unknown>>] {
  const row = rowOf(path);
  const names = row.command.args.map(({ name }) => name);
  const given = row.command.args.filter(({ name, optional }) => optional !== true || options[name] !== undefined);
  const args = given.map(({ name }) => wordOf(name, options[name]));
  return [{ row, args }, Object.fromEntries(Object.entries(options).filter(([name]) => !names.includes(name)))];
}

function rowOf(words: readonly unknown[]): DownloadRow {
  for (const row of TABLE.rows) {
    const { command } = row;
    if (command.kind === 'download' && command.path.every((word, at) => words[at] === word)) return { ...row, command };
  }
  const known = TABLE.rows.filter(({ command }) => command.kind === 'download').map(({ command }) => command.path);
  throw new AppError(
    'usage.arguments',
    'choosing a command: no command that downloads an image begins with these words',
    {
      hint: `use one of these: ${known.map((path) => path.join(' ')).join(', ')}`,
    },
  );
}

/** An id may be a number. */
function wordOf(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  const what = value === undefined ? 'it is missing' : 'the value is not a string or an integer';
  throw new AppError('usage.arguments', `${name}: ${what}`, { hint: `set ${name}` });
}
