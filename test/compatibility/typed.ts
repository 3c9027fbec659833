import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PROVIDERS } from '#imgdl/providers/index.js';
import { type CommandLine, openCommandLine } from '../toy/command-line.js';
import type { Row } from './page.js';

/** A command line of this process, in an environment, from an empty directory each time. */
export class Typist {
  readonly #line: CommandLine = openCommandLine(PROVIDERS);
  readonly #env: Readonly<Record<string, string>>;

  constructor(env: Readonly<Record<string, string>>) {
    this.#env = env;
  }

  /** @param typed words without quotes and blanks inside */
  async json(typed: readonly string[]): Promise<Answer> {
    for (const name of readdirSync(this.#line.directory)) rmSync(join(this.#line.directory, name), { recursive: true });
    const { code, stdout } = await this.#line.say([...typed, '--json'], this.#env);
    return { exit: code, document: JSON.parse(stdout) as Document };
  }

  /** The row of a command that downloads. */
  async download(what: string, typed: string): Promise<Row> {
    const { exit, document } = await this.json(wordsOf(typed));
    return { what, typed: `imgdl ${typed}`, exit, came: outcome(document) };
  }

  /** The row of a command that lists. @param counts which ids count */
  async list(what: string, typed: string, counts: (id: string) => boolean = () => true): Promise<Row> {
    const { exit, document } = await this.json(wordsOf(typed));
    return { what, typed: `imgdl ${typed}`, exit, came: listed(document, counts) };
  }
}

export interface Answer {
  readonly exit: number;
  readonly document: Document;
}

/** What is looked at of a result, a list or a failure. */
export interface Document {
  readonly status?: string;
  readonly path?: string | null;
  readonly verified?: string;
  readonly warnings?: readonly { readonly code: string }[];
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly details: Readonly<Record<string, unknown>>;
  };
  readonly items?: readonly (Item & Document)[];
}

export interface Item {
  readonly command: string | null;
  readonly args: readonly string[];
  readonly id: string;
  readonly name: string | null;
  readonly ready: boolean;
  readonly reason: string | null;
}

/** As a shell splits it, single quotes included. */
export function wordsOf(typed: string): readonly string[] {
  return [...typed.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
}

/** In a few words, what became of a download. */
export function outcome({ status, path, verified, warnings = [], error, items }: Document): string {
  if (items !== undefined) return items.map(outcome).join('; ');
  if (error !== undefined) {
    const { candidates } = error.details;
    // How a connection fails depends on how busy the machine is.
    const code = error.code.replace(/^net\..*/, 'net.*');
    return `\`${code}\`${Array.isArray(candidates) ? `, ${candidates.length} ${candidates.length === 1 ? 'candidate' : 'candidates'}` : ''}`;
  }
  const said = warnings.map(({ code }) => `, warning \`${code}\``).join('');
  return `${status}: \`${path}\`, ${verified}${said}`;
}

function listed({ items, error }: Document, counts: (id: string) => boolean): string {
  if (error !== undefined) return `\`${error.code}\``;
  const all = (items ?? []).filter(({ id }) => counts(id));
  const ready = all.filter((item) => item.ready).length;
  return `${all.length} ${all.length === 1 ? 'line' : 'lines'}, ${ready} ready`;
}
