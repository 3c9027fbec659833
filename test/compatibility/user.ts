import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runHere } from '../support/in-process.js';
import { scratch } from '../support/scratch.js';
import type { Row } from './page.js';
import { type Document, outcome, wordsOf } from './typed.js';

/** What the page calls a server, an id or a secret of this run, and what it is in truth. */
export type Names = readonly (readonly [shown: string, real: string])[];

/** A command, and what it finds. Everything in it is as the page shows it. */
export interface Line {
  readonly what: string;
  /** After the variables: `imgdl glance image small-raw`. */
  readonly typed: string;
  readonly env?: Environment;
  /** Contents by path: `~/…` below the home, else where the command runs. Only their owner can read them. */
  readonly files?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** What happens then, before it is typed. */
  before?(user: User): void;
}

/** Lines that one user types, one after the other. */
export type Story = readonly Line[];

export type Environment = Readonly<Record<string, string>>;

type Answered = Document & { readonly connections?: number };

/** Somebody with a home and a directory of their own, who types. */
export class User {
  readonly home = scratch();
  readonly cwd = scratch();
  readonly #names: Names;
  /** Set in every command, and said once on the page rather than in every row. */
  readonly #env: Environment;

  constructor(names: Names, env: Environment = {}) {
    this.#names = names;
    this.#env = env;
  }

  /** Types it, and says what came. */
  async row(line: Line): Promise<Row> {
    const { what, typed, env = {}, files = {}, stdin } = line;
    for (const [path, text] of Object.entries(files)) this.plant(path, text);
    line.before?.(this);
    // What stands behind < and > is the shell's.
    const words = wordsOf(this.#real(typed))
      .slice(1)
      .filter((word) => !/^[<>]/.test(word));
    const all = Object.entries({ ...this.#env, ...env }).map(([name, value]) => [name, this.#real(value)]);
    const { code, stdout } = await runHere([...words, '--json'], {
      cwd: this.cwd,
      home: this.home,
      env: Object.fromEntries(all),
      ...(stdin === undefined ? {} : { stdin: this.#real(stdin) }),
    });
    const came = this.#came(JSON.parse(stdout) as Answered, words.includes('--connections'));
    const shown = [...Object.entries(env).map(variable), typed].join(' ');
    return { what, typed: shown, exit: code, came };
  }

  async tell(story: Story): Promise<readonly Row[]> {
    const rows: Row[] = [];
    for (const line of story) rows.push(await this.row(line));
    return rows;
  }

  plant(path: string, text: string): void {
    const [, below] = /^~\/(.*)$/.exec(path) ?? [];
    const at = below === undefined ? join(this.cwd, path) : join(this.home, below);
    mkdirSync(dirname(at), { recursive: true });
    writeFileSync(at, this.#real(text));
    chmodSync(at, 0o600);
  }

  #came(document: Answered, isParallel: boolean): string {
    const { error, connections = 1 } = document;
    const several = isParallel && connections > 1 ? ', over several connections' : '';
    return this.#shown(error === undefined ? outcome(document) + several : `\`${error.code}\`: ${error.message}`);
  }

  #real(text: string): string {
    return this.#names
      .reduce((changed, [shown, real]) => changed.replaceAll(shown, real), text)
      .replaceAll('~/', `${this.home}/`);
  }

  #shown(text: string): string {
    const places: Names = [
      ['~', this.home],
      ['.', this.cwd],
    ];
    const named = [...places, ...this.#names].reduce((changed, [shown, real]) => changed.replaceAll(real, shown), text);
    // What differs from run to run and from one OpenSSL to another, and most of what a server says at length.
    return named
      .replace(/\bkey [0-9A-F]{16,}\b/g, 'key {key id}')
      .replace(/ \((?:UNABLE|SELF)_[A-Z_]+\)/g, '')
      .replace(/"([^"]{60})[^"]*"/g, '"$1…"');
  }
}

function variable([name, value]: readonly [string, string]): string {
  const isSecret = /PASSWORD|PASSCODE|SECRET$|TOKEN$|_KEY$|_PW$|DOWNLOAD_ID$/.test(name) && value !== '';
  const shown = isSecret ? '…' : value;
  return `${name}=${/\s/.test(shown) ? `'${shown}'` : shown}`;
}

/** A few at the same time, in the order of `all`: what they wait for is mostly the servers. */
export async function atOnce<Each, Result>(
  all: readonly Each[],
  work: (each: Each) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const waiting = [...all.entries()];
  const next = async (): Promise<void> => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) results[one[0]] = await work(one[1]);
  };
  await Promise.all(Array.from({ length: 4 }, next));
  return results;
}
