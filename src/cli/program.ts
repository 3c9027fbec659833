import { createRequire } from 'node:module';
import type { Command } from 'commander';
import { AppError } from '../core/errors.js';
import { EXIT } from '../core/exit.js';
import { defaultTextOf, type OptionSpec } from '../core/option.js';
import type { CommandSpec } from '../core/provider.js';
import { escapeControls, shorten } from '../core/redact.js';

const require = createRequire(import.meta.url);
/** As what it is, CommonJS: import would have its source searched for names first, which takes as long as running it. */
const commander = require('commander') as typeof import('commander');

/** Values of the flags that were given, by option key; a switch is `true`, or `false` for its `--no-` form. */
export type Flags = ReadonlyMap<string, readonly string[]>;

export interface Runnable {
  readonly spec: CommandSpec;
  readonly options: readonly OptionSpec<unknown>[];
  /** Everything after the options: the command's arguments, or a command to run (`rest`). */
  readonly rest?: { readonly name: string; readonly doc: string };
  /** What its family is about: the first word of its path. */
  readonly family?: string;
  run(args: readonly string[], flags: Flags): Promise<number>;
}

/** What the help of the whole program says of the services. */
export interface Overview {
  /** `UForge AppCenter`. */
  readonly products: readonly string[];
  readonly examples: readonly string[];
}

export interface ProgramOutput {
  out(text: string): void;
}

/** Thrown when help was shown: because it was asked for, or because a command is missing. */
export class HelpShown extends Error {
  override readonly name = 'HelpShown';
  constructor(readonly asked: boolean) {
    super('help was shown');
  }
}

const GROUP_TITLES: Readonly<Record<string, string>> = { Persistence: 'When things go wrong' };

const HELP_COLUMNS = 80;

const EXIT_WORDS = [
  '0 complete and verified   4 not found      8 protocol    12 file system',
  '1 internal error          5 not ready      9 integrity   13 locked',
  '2 usage                   6 network *     10 changed     14 some failed',
  '3 not authorized          7 trust         11 no space    15 output failed',
];

/** The command tree, made of the tables; commander parses, help is its too. */
export function buildProgram(
  runnables: readonly Runnable[],
  version: string,
  output: ProgramOutput,
  report: (code: number) => void,
  overview: Overview = { products: [], examples: [] },
): Command {
  const from =
    overview.products.length === 0 ? '' : ` from ${overview.products.join(', ').replace(/, ([^,]*)$/, ' and $1')}`;
  const program = new commander.Command('imgdl')
    .description(
      `Download machine images${from}.\nDownloads resume after an interruption and are verified as they arrive.`,
    )
    .version(version, '-V, --version', 'print the version')
    .showSuggestionAfterError(true)
    .helpCommand('help [command]', 'show the help of a command')
    .addHelpText('before', examples(overview.examples))
    .addHelpText(
      'after',
      `\nExit codes (*: run the command again to resume):\n${EXIT_WORDS.map((line) => `  ${line}`).join('\n')}\n\nError codes explained: docs/errors.md. Manual: man imgdl`,
    );
  settle(program, output);
  for (const runnable of runnables) addCommand(program, runnable, output, report);
  return program;
}

function addCommand(program: Command, runnable: Runnable, output: ProgramOutput, report: (code: number) => void): void {
  const { spec } = runnable;
  let parent = program;
  for (const name of spec.path.slice(0, -1)) {
    const found = parent.commands.find((command) => command.name() === name);
    parent = found ?? settle(parent.command(name).description(runnable.family ?? name), output);
  }
  const command = settle(parent.command(spec.path.at(-1) ?? ''), output)
    .description(spec.summary)
    .addHelpText('before', examples(spec.examples));
  addArguments(command, spec);
  if (runnable.rest !== undefined) command.argument(`[${runnable.rest.name}...]`, runnable.rest.doc);
  for (const row of runnable.options) addOption(command, row);
  command.action(async () => {
    requireLast(command, spec);
    report(await runnable.run(command.args, flagsOf(command, runnable.options)));
  });
}

function addArguments(command: Command, { args, several }: CommandSpec): void {
  const words = args.map(({ name, optional }, at) => {
    const word = several === true && at === args.length - 1 ? `${name}...` : name;
    return { word, shown: optional === true ? `[${word}]` : `<${word}>` };
  });
  // commander fills its arguments from the left: where the last one may be given alone, it must not ask for any.
  const alone = isLastAlone(args);
  for (const [at, { word, shown }] of words.entries()) command.argument(alone ? `[${word}]` : shown, args[at]?.doc);
  if (alone) command.usage(`[options] ${words.map(({ shown }) => shown).join(' ')}`);
}

/** The last argument must be there, those before it need not. */
function isLastAlone(args: CommandSpec['args']): boolean {
  return args[0]?.optional === true && args.at(-1)?.optional !== true;
}

/** In commander's words, which it cannot say by itself here. */
function requireLast(command: Command, { args }: CommandSpec): void {
  if (!isLastAlone(args) || command.args.length > 0) return;
  const message = `error: missing required argument '${args.at(-1)?.name}'`;
  throw new commander.CommanderError(1, 'commander.missingArgument', message);
}

function addOption(command: Command, row: OptionSpec<unknown>): void {
  const short = row.short === undefined ? '' : `-${row.short}, `;
  const value = row.value === undefined ? '' : ` <${row.value}>`;
  const option = new commander.Option(`${short}--${row.key}${value}`, describe(row)).helpGroup(
    `${GROUP_TITLES[row.group] ?? row.group}:`,
  );
  if (row.value !== undefined)
    option.argParser((raw: string, earlier: readonly string[] | undefined) => [...(earlier ?? []), raw]);
  command.addOption(option);
  // A switch that a file or variable has set can be unset for one run.
  if (row.value === undefined && row.runOnly !== true)
    command.addOption(new commander.Option(`--no-${row.key}`).hideHelp());
}

function describe(row: OptionSpec<unknown>): string {
  const choices = row.choices === undefined ? '' : `: ${row.choices.join(', ')}`;
  const words = defaultTextOf(row);
  const fallback = words === undefined ? '' : ` (${words})`;
  return `${row.doc}${choices}${fallback}${row.repeatable === true ? ' (repeatable)' : ''}`;
}

/** commander keeps values under its own names; the tables' keys are ours. */
function flagsOf(command: Command, rows: readonly OptionSpec<unknown>[]): Flags {
  const flags = new Map<string, readonly string[]>();
  for (const row of rows) {
    // commander takes `--no-range` for the opposite of a `--range`, whoever declares it.
    const negative = row.key.startsWith('no-');
    const key = negative ? row.key.slice('no-'.length) : row.key;
    const name = key.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
    if (command.getOptionValueSource(name) !== 'cli') continue;
    const value: unknown = command.getOptionValue(name);
    flags.set(row.key, Array.isArray(value) ? value.map(String) : [String(negative ? value === false : value)]);
  }
  return flags;
}

function settle(command: Command, output: ProgramOutput): Command {
  // Ungrouped, it would stand in the middle of the groups.
  const help = new commander.Option('-h, --help', 'show this help').helpGroup('Configuration:');
  return command
    .addHelpOption(command.parent === null ? help.helpGroup('Options:') : help)
    .exitOverride()
    .allowExcessArguments(false)
    .configureHelp({ helpWidth: HELP_COLUMNS, minWidthToWrap: 20 })
    .configureOutput({
      writeOut: (text) => output.out(text),
      writeErr: (text) => output.out(text),
      outputError: () => {},
    });
}

function examples(lines: readonly string[]): string {
  return `Examples:\n${lines.map((line) => `  ${continued(line)}`).join('\n')}\n`;
}

/** A long command as a shell takes it too: broken before an option. */
function continued(line: string): string {
  if (line.length + '  '.length <= HELP_COLUMNS) return line;
  const at = line.lastIndexOf(' -', HELP_COLUMNS - '  '.length - ' \\'.length);
  return at <= 0 ? line : `${line.slice(0, at)} \\\n      ${continued(line.slice(at + 1))}`;
}

/** What commander throws, as ours: help is no error, everything else is exit 2. */
export function usageError(error: unknown, args: readonly string[]): unknown {
  if (!(error instanceof commander.CommanderError)) return error;
  if (error.exitCode === EXIT.ok) return new HelpShown(true);
  // `imgdl appliance`, without the command of that family.
  if (error.code === 'commander.help') return new HelpShown(false);
  // The argument that is quoted may have lines of its own: only the last one can be commander's suggestion.
  const [, message = error.message, suggestion] =
    /^(?:error: )?(.*?)(?:\n\((Did you mean [^\n]*)\))?$/s.exec(error.message) ?? [];
  const hint = suggestion === undefined ? usageHint(error.code, args) : `d${suggestion.slice(1)}`;
  return new AppError('usage.arguments', `reading the command line: ${shorten(escapeControls(message), 300)}`, {
    hint,
  });
}

function usageHint(code: string, args: readonly string[]): string {
  const early = code === 'commander.unknownOption' && args[0]?.startsWith('-') === true;
  return early
    ? 'options go after the command, as in imgdl appliance image 747 1095 --json'
    : 'see imgdl --help, or imgdl COMMAND --help';
}

type Path = CommandSpec['path'];

/**
 * `imgdl help appliance image` is `imgdl appliance image --help`: commander looks at the first word only. Where there
 * is no such command the question is left out, so that the command line is refused like any other.
 */
export function helpAsOption(args: readonly string[], paths: readonly Path[]): readonly string[] {
  const viaCommand = args[0] === 'help';
  if (!viaCommand && !asksForHelp(args)) return args;
  const words = viaCommand ? args.slice(1).filter((word) => !word.startsWith('-')) : leadingWords(args);
  const known = words.length === 0 || paths.some((path) => path.every((name, at) => (words[at] ?? name) === name));
  if (!known) return words;
  return viaCommand ? [...words, '--help'] : args;
}

/**
 * `imgdl appliance`, with or without options, and `imgdl` alone: what is missing, or undefined where nothing is.
 * commander would show help, or complain of the option.
 */
export function missingCommand(args: readonly string[], paths: readonly Path[]): AppError | undefined {
  const words = leadingWords(args);
  if ((words.length === 0 && args.length > 0) || asksForHelp(args)) return undefined;
  const next = paths
    .filter((path) => path.length > words.length && words.every((word, at) => path[at] === word))
    .map((path) => path[words.length]);
  // `imgdl appliance --json image`: it is there, but not in its place.
  if (next.length === 0 || args.some((word) => next.includes(word))) return undefined;
  const after = words.length === 0 ? '' : ` after ${words.join(' ')}`;
  return new AppError('usage.arguments', `reading the command line: a command is missing${after}`, {
    hint: `add ${[...new Set(next)].join(' or ')}; see ${['imgdl', ...words].join(' ')} --help`,
  });
}

function leadingWords(args: readonly string[]): readonly string[] {
  const end = args.findIndex((word) => word.startsWith('-'));
  return end === -1 ? args : args.slice(0, end);
}

function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return (end === -1 ? args : args.slice(0, end)).some((word) => word === '--help' || word === '-h');
}
