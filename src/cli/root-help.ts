import type { Command } from 'commander';

/** What the help of the whole program says of the services. */
export interface Overview {
  /** `UForge AppCenter`. */
  readonly products: readonly string[];
  /** What to look around with, and what to do then. */
  readonly examples: readonly string[];
}

const EXIT_WORDS = [
  '0 complete and verified   4 not found      8 protocol    12 file system',
  '1 internal error          5 not ready      9 integrity   13 locked',
  '2 usage                   6 network *     10 changed     14 some failed',
  '3 not authorized          7 trust         11 no space    15 output failed',
];

/**
 * What a newcomer needs, on one screen: what it is for, how to look around and what to do then, which commands there
 * are. Fits 80 columns and 24 rows, with the prompt below.
 */
export function firstScreen(commands: readonly Command[], { products, examples }: Overview): string {
  const from = products.length === 0 ? '' : ` from ${listed(products)}`;
  const names = commands.map((command) => command.name());
  const width = Math.max(...names.map((name) => name.length));
  return [
    `imgdl downloads machine images${from}.`,
    'It resumes after an interruption and verifies images while they arrive.',
    '',
    'Usage: imgdl COMMAND [options]',
    '',
    'See what there is, then download it:',
    ...examples.map((line) => `  ${line}`),
    '',
    'Commands:',
    ...commands.map((command) => `  ${command.name().padEnd(width)}  ${inBrief(command)}`),
    '',
    'imgdl COMMAND --help shows the options of a command, man imgdl everything.',
    '',
  ].join('\n');
}

/** And what belongs to the program as a whole. */
export function rootHelp(commands: readonly Command[], overview: Overview): string {
  return [
    firstScreen(commands, overview),
    'Options:',
    '  -V, --version  print the version',
    '  -h, --help     show this help',
    '',
    'Exit codes (*: run the command again to resume):',
    ...EXIT_WORDS.map((line) => `  ${line}`),
    '',
    'Error codes explained: docs/errors.md',
    '',
  ].join('\n');
}

/** One line: of a family its commands, of a command the first clause of what it does. */
function inBrief(command: Command): string {
  const text = command.description();
  if (command.commands.length === 0) return text.split(/[:,] /, 1)[0] ?? text;
  const names = command.commands.map((one) => one.name());
  // Who does not know the ids begins with it.
  return `${text} (${names.toSorted((a, b) => Number(b === 'list') - Number(a === 'list')).join(', ')})`;
}

function listed(items: readonly string[]): string {
  return items.join(', ').replace(/, ([^,]*)$/, ' and $1');
}
