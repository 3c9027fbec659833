import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ended, until } from '../../support/processes.js';
import { tlsMaterial } from '../../support/tls-material.js';
import { makeCanaries } from '../canaries.js';
import { bytesOf, Origin, type RemoteObject, reply } from '../origin.js';
import type { Job, Tool } from './tools.js';

/**
 * What became of a run:
 * - `right`: exit 0, and the file is one revision of the object, to the last byte
 * - `wrong`: exit 0, and the file is anything else
 * - `partial`: a failure, and bytes that are not the image lie under its name
 * - `clean`: a failure, and nothing wrong lies under the name
 * - `leaked`: a credential went to another server
 * - `hung`: no end within the limit
 */
export type Outcome = 'right' | 'wrong' | 'partial' | 'clean' | 'leaked' | 'hung';

export interface Cell {
  readonly outcome: Outcome;
  readonly exit: number | string;
}

/** Nobody's timeout is longer than this but that of those who have none. */
const LIMIT_MS = 120_000;
const NAME = 'disk.img';

export interface StageOptions {
  readonly tls?: boolean;
  /** A header that must not reach another server. */
  readonly token?: boolean;
  readonly directory?: string;
}

/** A server, another one, and a directory for one tool in one scene. */
export class Stage {
  readonly #root: string;
  readonly #job: Job;
  #last: number | string = 'none';
  #hung = false;

  private constructor(
    readonly tool: Tool,
    readonly origin: Origin,
    readonly foreign: Origin,
    options: StageOptions,
    root: string,
  ) {
    this.#root = root;
    const directory = options.directory ?? join(root, 'work');
    mkdirSync(directory, { recursive: true });
    const field = `X-Auth-Token: ${origin.canaries.token}`;
    const file = join(root, 'header');
    writeFileSync(file, `${field}\n`, { mode: 0o600 });
    this.#job = {
      origin,
      directory,
      name: NAME,
      file: join(directory, NAME),
      ca: options.tls === true ? tlsMaterial().caFile : undefined,
      token: options.token === true ? { field, file } : undefined,
    };
  }

  static async open(tool: Tool, scratch: string, options: StageOptions = {}): Promise<Stage> {
    const canaries = makeCanaries();
    const origin = await Origin.start(canaries, options.tls === true ? tlsMaterial().good : undefined);
    const foreign = await Origin.start(canaries, undefined, '127.0.0.2');
    for (const each of [origin, foreign]) each.otherwise = (request) => discovery(each, request.target);
    return new Stage(tool, origin, foreign, options, mkdtempSync(join(scratch, 'run-')));
  }

  get file(): string {
    return this.#job.file;
  }

  get argv(): readonly string[] {
    return this.tool.argv(this.#job);
  }

  /** Starts the tool. @param before words before its own, as a shell that sets a limit */
  start(before: readonly string[] = []): ChildProcess {
    const [program = '', ...words] = [...before, ...this.argv];
    const env = {
      PATH: process.env['PATH'] ?? '',
      HOME: this.#root,
      LANG: 'C.UTF-8',
      // The clients of OpenStack have the token on their command line.
      ...(this.tool.name === 'imgdl glance' ? this.origin.environment('glance') : {}),
    };
    return spawn(program, words, { cwd: this.#job.directory, env, stdio: 'ignore' });
  }

  /** Runs it to its end, which it may have to be helped to. */
  async run(before?: readonly string[]): Promise<void> {
    await this.finish(this.start(before));
  }

  async finish(child: ChildProcess): Promise<void> {
    const limit = setTimeout(() => {
      this.#hung = true;
      child.kill('SIGKILL');
    }, LIMIT_MS);
    const { code, signal } = await ended(child);
    clearTimeout(limit);
    this.#last = code ?? signal ?? 'none';
  }

  /** Runs it until so many bytes of the object went out, and kills it. */
  async killAfter(bytes: number): Promise<void> {
    const child = this.start();
    await until('bytes', LIMIT_MS, () => (this.origin.sent >= bytes || child.exitCode !== null ? true : undefined));
    // What was sent has to arrive, too, and be written.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    child.kill('SIGKILL');
    await ended(child);
    this.#last = 'SIGKILL';
  }

  /** What lies under the name, as a digest; undefined where nothing does. */
  found(): string | undefined {
    return existsSync(this.file) ? digest(readFileSync(this.file)) : undefined;
  }

  /** @param right what the file may be */
  judge(right: readonly RemoteObject[]): Cell {
    const exit = this.#last;
    if (this.#hung) return { outcome: 'hung', exit };
    const found = this.found();
    const good = found !== undefined && right.some((one) => digest(bytesOf(one)) === found);
    if (exit === 0) return { outcome: good ? 'right' : 'wrong', exit };
    return { outcome: found === undefined || good ? 'clean' : 'partial', exit };
  }

  /** Does a credential stand in a request to the other server? */
  get leaked(): boolean {
    return this.foreign.server.requests.some(({ raw }) => raw.includes(this.origin.canaries.token));
  }

  async close(): Promise<void> {
    await Promise.all([this.origin.server.close(), this.foreign.server.close()]);
    rmSync(this.#root, { recursive: true, force: true });
  }
}

export function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** What the clients of OpenStack ask for before they come to the point. */
function discovery(origin: Origin, target: string): ReturnType<typeof reply> {
  const json = 'Content-Type: application/json';
  const [path = ''] = target.split('?');
  if (!path.startsWith('/glance')) return reply(404, 'no such page');
  if (path.startsWith('/glance/v2/schemas')) {
    return reply(
      200,
      JSON.stringify({ name: 'image', properties: {}, additionalProperties: { type: 'string' } }),
      json,
    );
  }
  const version = { id: 'v2.16', status: 'CURRENT', links: [{ rel: 'self', href: `${origin.url}/glance/v2/` }] };
  return reply(path === '/glance' ? 300 : 200, JSON.stringify({ versions: [version] }), json);
}
