import { Chalk, type ColorSupportLevel } from 'chalk';

export type ColourFlag = 'auto' | 'always' | 'never';

/** What colours mean. Meaning never rests on colour alone: every word is there without it. */
export interface Palette {
  readonly bar: (text: string) => string;
  readonly rest: (text: string) => string;
  readonly name: (text: string) => string;
  readonly good: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly dim: (text: string) => string;
}

export interface ColourFacts {
  readonly flag: ColourFlag;
  /** Non-empty environment variables. */
  readonly env: ReadonlyMap<string, string>;
  readonly isTTY: boolean;
}

/**
 * How many colours: 0 none, 1 sixteen, 2 256, 3 millions. The flag wins; then `NO_COLOR` (no-color.org: present and
 * not empty), then `FORCE_COLOR` (force-color.org; 0–3 as Node and chalk read it), then the terminal.
 * chalk's own detection is not used: it reads argv and does not know `NO_COLOR`.
 */
export function colourLevel({ flag, env, isTTY }: ColourFacts): ColorSupportLevel {
  if (flag === 'never') return 0;
  if (flag === 'always') return atLeastOne(levelOfTerminal(env));
  if (isSet(env, 'NO_COLOR')) return 0;
  const forced = env.get('FORCE_COLOR');
  if (forced !== undefined && forced !== '') return levelOfForce(forced, env);
  return isTTY ? levelOfTerminal(env) : 0;
}

export function createPalette(level: ColorSupportLevel): Palette {
  const chalk = new Chalk({ level });
  return {
    bar: chalk.cyan,
    rest: chalk.gray,
    name: chalk.bold,
    good: chalk.green,
    warn: chalk.yellow,
    bad: chalk.red,
    dim: chalk.gray,
  };
}

function levelOfForce(value: string, env: ReadonlyMap<string, string>): ColorSupportLevel {
  if (value === '0' || value === 'false') return 0;
  if (value === '2') return 2;
  if (value === '3') return 3;
  return atLeastOne(levelOfTerminal(env));
}

function levelOfTerminal(env: ReadonlyMap<string, string>): ColorSupportLevel {
  const term = env.get('TERM') ?? '';
  if (term === 'dumb') return 0;
  if (/^(?:truecolor|24bit)$/i.test(env.get('COLORTERM') ?? '')) return 3;
  return /-256(?:color)?$/i.test(term) ? 2 : 1;
}

function atLeastOne(level: ColorSupportLevel): ColorSupportLevel {
  return level === 0 ? 1 : level;
}

function isSet(env: ReadonlyMap<string, string>, name: string): boolean {
  return (env.get(name) ?? '') !== '';
}
