/** Many schedules, over several processes of their own. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { copyMiniature, type Mutation } from '../support/built-copy.js';
import { compilePrograms } from '../support/compile.js';
import { ended } from '../support/processes.js';
import type { Schedule } from './schedule.js';
import type { Order, Told } from './simulate.js';

export interface SimulationInput {
  readonly first: number;
  readonly count: number;
  readonly processes: number;
  readonly mutations?: readonly Mutation[];
  readonly until?: number;
  readonly onProgress?: (played: number) => void;
}

export interface SimulationReport {
  readonly played: number;
  readonly failures: readonly Extract<Told, { is: 'wrong' }>[];
  /** What a process said that ended otherwise. */
  readonly complaints: readonly string[];
}

const SLOTS = ['a', 'b'] as const;

/** Compiled once for all simulations of a test file. */
export class Simulator {
  readonly #directory = mkdtempSync(join(tmpdir(), 'imgdl-simulation-'));
  readonly #programs = join(this.#directory, 'programs/simulation');
  #copies = 0;

  constructor() {
    compilePrograms(join(this.#directory, 'programs'));
  }

  /** The first failure of each process ends it; the others go on. */
  async play(input: SimulationInput): Promise<SimulationReport> {
    const { first, count, processes, until } = input;
    const products = this.#productWith(input.mutations ?? []);
    let played = 0;
    const failures: Extract<Told, { is: 'wrong' }>[] = [];
    const onTold = (told: Told): void => {
      if (told.is === 'wrong') failures.push(told);
      else played += told.count;
      input.onProgress?.(played);
    };
    const orders = Array.from({ length: processes }, (_, index): Order => {
      const mine = Math.ceil((count - index) / processes);
      const shrinks = input.mutations === undefined;
      return {
        products,
        first: first + index,
        step: processes,
        count: mine,
        shrinks,
        ...(until !== undefined && { until }),
      };
    });
    const complaints = await Promise.all(orders.map((order) => this.#simulate(order, onTold)));
    return { played, failures, complaints: complaints.filter((text) => text !== '') };
  }

  /** @returns what went wrong */
  async playThese(schedules: readonly Schedule[], mutations: readonly Mutation[] = []): Promise<SimulationReport> {
    const products = this.#productWith(mutations);
    const failures: Extract<Told, { is: 'wrong' }>[] = [];
    let played = 0;
    const order = { products, first: 0, step: 1, count: schedules.length, shrinks: false, schedules };
    const complaint = await this.#simulate(order, (told) => {
      if (told.is === 'wrong') failures.push(told);
      else played += told.count;
    });
    return { played, failures, complaints: complaint === '' ? [] : [complaint] };
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #productWith(mutations: readonly Mutation[]): readonly [string, string] {
    this.#copies += 1;
    const directories = SLOTS.map((slot) => {
      const directory = join(this.#directory, `product-${this.#copies}-${slot}`);
      const module = (name: string): string => `${pathToFileURL(join(this.#programs, name)).href}?slot=${slot}`;
      copyMiniature(directory, mutations, {
        'node:fs': module('node-fs.js'),
        'node:fs/promises': module('node-fs-promises.js'),
        'node:net': module('node-net.js'),
        'node:child_process': module('node-child-process.js'),
      });
      return directory;
    });
    return [directories[0] ?? '', directories[1] ?? ''];
  }

  /** @returns what went wrong with the process itself */
  async #simulate(order: Order, onTold: (told: Told) => void): Promise<string> {
    const child = spawn(process.execPath, [join(this.#programs, 'simulate.js'), JSON.stringify(order)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => onTold(JSON.parse(line) as Told));
    const { code, signal } = await ended(child);
    return code === 0 ? '' : `seeds from ${order.first}: ended ${code ?? signal}: ${stderr}`;
  }
}
