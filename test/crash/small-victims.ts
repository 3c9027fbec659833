/** Victims that are small: a process costs a tenth of the whole command line's, and does four downloads at once. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { copyMiniature, MINIATURE_MIB, type Mutation } from '../support/built-copy.js';
import { compilePrograms } from '../support/compile.js';
import { type Ended, ended } from '../support/processes.js';
import { examine } from './oracle.js';
import { contentOf } from './victim/content.js';
import type { Answer, Order, Wanted } from './victim/victim.js';

const MIB = MINIATURE_MIB;
/** What a mishap may cost, and what is with neither side when it comes. */
const MOST_UNCLAIMED = (64 + 8) * MIB;

/** Four downloads that differ in how they are proven and how their bytes come. */
const KINDS = [
  { name: 'digest', proof: 'digest', connections: 1, size: 150 * MIB + 11 },
  { name: 'etag', proof: 'etag', connections: 1, size: 120 * MIB },
  { name: 'parallel', proof: 'digest', connections: 4, size: 200 * MIB + 1 },
  { name: 'nothing', proof: 'nothing', connections: 1, size: 90 * MIB + 77 },
] as const;

/** The compiled program of the victims, and the products that they run. */
export class VictimBench {
  readonly #directory = mkdtempSync(join(tmpdir(), 'imgdl-victims-'));
  readonly #program = join(this.#directory, 'programs/crash/victim/victim.js');
  #products = 0;

  constructor() {
    compilePrograms(join(this.#directory, 'programs'));
  }

  product(mutations: readonly Mutation[] = []): string {
    this.#products += 1;
    const directory = join(this.#directory, `product-${this.#products}`);
    copyMiniature(directory, mutations);
    return directory;
  }

  /** Downloads, and exits as the command line would. */
  start(order: Order, env: Readonly<Record<string, string>> = {}): StartedVictim {
    return new StartedVictim(this.#program, order, env);
  }

  /** Stays, and takes one order after the other. */
  keep(env: Readonly<Record<string, string>> = {}): KeptVictim {
    return new KeptVictim(this.#program, env);
  }

  /** A new directory, by default in that of the bench. */
  scratch(within = this.#directory): string {
    return mkdtempSync(join(within, 'scratch-'));
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

export class StartedVictim {
  readonly child: ChildProcess;
  readonly end: Promise<Ended>;
  /** Resolves when the first bytes have come, or when it is over. */
  readonly begun: Promise<unknown>;
  #stderr = '';

  constructor(program: string, order: Order, env: Readonly<Record<string, string>>) {
    this.child = spawn(process.execPath, [program, JSON.stringify(order)], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr += chunk.toString();
    });
    this.end = ended(this.child);
    this.begun = Promise.race([this.end, new Promise((resolve) => this.child.stdout?.once('data', resolve))]);
  }

  get stderr(): string {
    return this.#stderr;
  }
}

export class KeptVictim {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  readonly #lines: Interface;
  #stderr = '';

  constructor(program: string, env: Readonly<Record<string, string>>) {
    this.#child = spawn(process.execPath, [program], { env: { ...process.env, ...env }, stdio: 'pipe' });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr += chunk.toString();
    });
    if (this.#child.stdout === null) throw new Error('no stdout');
    this.#lines = createInterface({ input: this.#child.stdout });
    this.#answers = this.#lines[Symbol.asyncIterator]();
  }

  async carryOut(order: Order): Promise<Answer> {
    this.#child.stdin?.write(`${JSON.stringify(order)}\n`);
    const { value, done } = await this.#answers.next();
    if (done === true) throw new Error(`the victim is gone: ${this.#stderr}`);
    return JSON.parse(value) as Answer;
  }

  async close(): Promise<void> {
    this.#child.stdin?.end();
    this.#lines.close();
    await ended(this.#child);
  }
}

/** Four targets, each in a directory of its own, which a chain of runs downloads. */
export class Targets {
  readonly wanted: readonly Wanted[];
  readonly #claimed = new Map<string, number>();

  constructor(directory: string, kinds: readonly (typeof KINDS)[number]['name'][] = KINDS.map(({ name }) => name)) {
    this.wanted = KINDS.filter(({ name }) => kinds.includes(name)).map((kind) => {
      mkdirSync(join(directory, kind.name), { recursive: true });
      return { ...kind, target: join(directory, kind.name, 'disk.img') };
    });
  }

  /** What is wrong with what lies there, and whether all is complete. `orderly`: the run before came to its end. */
  async examine(orderly: boolean): Promise<{ readonly wrong: readonly string[]; readonly complete: boolean }> {
    const wrong: string[] = [];
    let complete = true;
    for (const { target, name, size } of this.wanted) {
      const verdict = await examine(target, contentOf(name, size));
      const before = this.#claimed.get(name) ?? 0;
      const says = (what: string): void => void wrong.push(`${name}: ${what}`);
      verdict.wrong.forEach(says);
      if (verdict.target === 'right') {
        if (orderly && readdirSync(join(target, '..')).length > 1) says('something was left beside it');
        continue;
      }
      complete = false;
      if (orderly) says('the run ended 0 without it');
      if (verdict.claimed < before) says(`${before} bytes were claimed before, now ${verdict.claimed}`);
      const unclaimed = verdict.partSize - verdict.claimed;
      if (unclaimed > MOST_UNCLAIMED) says(`${unclaimed} bytes are on the disk and not claimed`);
      this.#claimed.set(name, verdict.claimed);
    }
    return { wrong, complete };
  }
}
