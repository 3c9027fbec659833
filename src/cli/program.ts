import { createRequire } from 'node:module';
import type { Command, Option } from 'commander';
import { AppError } from '../core/errors.js';
import { defaultTextOf, type OptionSpec } from '../core/option.js';
import type { CommandSpec } from '../core/provider.js';
import { type Overview, rootHelp } from './root-help.js';

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

/** The last heading of a help. */
const LAST_GROUP = 'Configuration';

const HELP_COLUMNS = 80;

/** The command tree, made of the tables; commander parses, help is its too. */
export function buildProgram(
  runnables: readonly Runnable[],
  version: string,
  output: ProgramOutput,
  report: (code: number) => void,
  overview: Overview = { products: [], examples: [] },
): Command {
  const program = new commander.Command('imgdl')
    .version(version, '-V, --version', 'print the version')
    .showSuggestionAfterError(true)
    .helpCommand('help [command]', 'show the help of a command');
  settle(program, output);
  for (const runnable of runnables) addCommand(program, runnable, output, report);
  program.configureHelp({ formatHelp: () => rootHelp(program.commands, overview) });
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
  const terms = argumentTerms(spec);
  for (const [at, { doc }] of spec.args.entries()) {
    const term = terms[at] ?? '';
    // Where a file may name the images, what is missing is known when the settings are.
    command.argument(spec.several === true ? term.replace('<', '[').replace('>', ']') : term, doc);
  }
  if (spec.several === true) command.usage(['[options]', ...terms].join(' '));
  if (runnable.rest !== undefined) command.argument(`[${runnable.rest.name}...]`, runnable.rest.doc);
  for (const row of runnable.options) addOption(command, row);
  // With the last of the others, if they have a heading.
  if (runnable.options.some(({ group }) => group === LAST_GROUP)) command.addHelpOption(helpOption(LAST_GROUP));
  command.action(async () => {
    report(await runnable.run(command.args, flagsOf(command, runnable.options)));
  });
}

/** `<appliance>`, `<image...>`, `[pattern...]`. */
function argumentTerms({ args, several }: CommandSpec): readonly string[] {
  return args.map(({ name, optional }, at) => {
    const more = several === true && at === args.length - 1 ? '...' : '';
    return optional === true ? `[${name}${more}]` : `<${name}${more}>`;
  });
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
  return command
    .addHelpOption(helpOption('Options'))
    .exitOverride()
    .allowExcessArguments(false)
    .configureHelp({ helpWidth: HELP_COLUMNS, minWidthToWrap: 20, subcommandTerm })
    .configureOutput({
      writeOut: (text) => output.out(text),
      writeErr: (text) => output.out(text),
      outputError: () => {},
    });
}

function helpOption(group: string): Option {
  return new commander.Option('-h, --help', 'show this help').helpGroup(`${group}:`);
}

/** A command in the list of its family, with its arguments as its usage has them. */
function subcommandTerm(command: Command): string {
  const takesArguments = command.registeredArguments.length > 0;
  return takesArguments ? `${command.name()} ${command.usage()}` : command.name();
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

type Path = CommandSpec['path'];

/**
 * `imgdl help appliance image` is `imgdl appliance image --help`: commander looks at the first word only. Where there
 * is no such command the question is left out, so that the command line is refused like any other.
 */
export function helpAsOption(args: readonly string[], paths: readonly Path[]): readonly string[] {
  const viaCommand = args[0] === 'help';
  if (!viaCommand && !asksForHelp(args)) return args;
  // What stands behind a flag may be its value, and a secret.
  const words = leadingWords(viaCommand ? args.slice(1) : args);
  const known = words.length === 0 || paths.some((path) => path.every((name, at) => (words[at] ?? name) === name));
  if (!known) return words;
  return viaCommand ? [...words, '--help'] : args;
}

/**
 * `imgdl appliance`, with or without options, and `imgdl` alone: what is missing, or undefined where nothing is.
 * commander would show help, or complain of the option.
 * @param advice the hint, where a better one is known
 */
export function missingCommand(args: readonly string[], paths: readonly Path[], advice?: string): AppError | undefined {
  const words = leadingWords(args);
  if ((words.length === 0 && args.length > 0) || asksForHelp(args)) return undefined;
  const next = paths
    .filter((path) => path.length > words.length && words.every((word, at) => path[at] === word))
    .map((path) => path[words.length]);
  // `imgdl appliance --json image`: it is there, but not in its place.
  if (next.length === 0 || args.some((word) => next.includes(word))) return undefined;
  const after = words.length === 0 ? '' : ` after ${words.join(' ')}`;
  return new AppError('usage.arguments', `reading the command line: a command is missing${after}`, {
    hint: advice ?? `add ${[...new Set(next)].join(' or ')}; see ${['imgdl', ...words].join(' ')} --help`,
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
