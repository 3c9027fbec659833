/** One machine, one server, and the product between them. What must never be is said in sentences. */
import { createHash } from 'node:crypto';
import type { Exchange, Transport } from '#imgdl/core/http.js';
import type { Outcome } from '#imgdl/core/outcome.js';
import type { TransferOptions } from '#imgdl/core/transfer-options.js';
import { claimsIn } from '../support/journal-claims.js';
import { ReadingHasher } from '../support/reading-hasher.js';
import { Disk, type Inode } from './disk.js';
import { contentOf, isOfARevision, Origin, revisionOf } from './origin.js';
import { type Machine, Process, WORK } from './process.js';
import type { Product } from './product.js';
import { Random } from './random.js';
import type { Answer, Run, Schedule } from './schedule.js';
import { slotOf } from './slots.js';

export const TARGET = 'disk.img';
const HEX = createHash('sha256').update(TARGET).digest('hex').slice(0, 16);
export const BESIDE = `.imgdl-${HEX}.`;

/** The product's 64 MiB and its 256 KiB, in miniature. */
export const MOST_LOST = 64 * 512;
const OVERLAP = 128;
/** No run has a tenth of it to do: it turns in a circle. */
const MOST_CALLS = 20_000;
/** Nor sleeps so often: it waits for what never comes. */
const MOST_SLEEPS = 20_000;

export type Ended =
  | { readonly kind: 'done'; readonly outcome: Outcome }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }
  | { readonly kind: 'killed' };

/** How a run ended, and what it had to do with. */
export interface Ran {
  readonly ended: Ended;
  /** Revisions of which it was sent anything. */
  readonly served: ReadonlySet<number>;
  /** Bytes of bodies that it took. */
  readonly fetched: number;
  readonly calls: number;
}

/** How far a download has come: what a mishap may cost is counted from here. */
interface Reached {
  readonly revision: number;
  end: number;
}

export class World {
  readonly schedule: Schedule;
  readonly origin: Origin;
  readonly disk = new Disk();
  readonly wrong: string[] = [];
  readonly #random: Random;
  readonly #processes = new Map<number, Process>();
  #machine: Machine;
  #nowMs = 1_000_000;
  #lastPid = 1000;
  #boots = 1;
  /** A run has ended 0: its target outlives every power cut. */
  #isSettled = false;
  /** Somebody has changed the part or the journal. */
  #isTampered = false;
  /** Undefined when something other than cuts and kills has happened since. */
  #reached: Reached | undefined;

  constructor(schedule: Schedule) {
    this.schedule = schedule;
    this.origin = new Origin(schedule);
    this.#random = new Random(schedule.seed * 31 + 7);
    this.#machine = this.#boot();
    this.disk.onNamed = (name, inode) => this.#lookAt(name, inode);
  }

  get target(): Inode | undefined {
    return this.disk.find(TARGET);
  }

  get revisionOfTarget(): number | undefined {
    return this.target === undefined ? undefined : revisionOf(this.target.content, this.origin.revision);
  }

  /** Names that a run which went well must not leave. */
  get leftBeside(): readonly string[] {
    return this.disk.names.filter((name) => name.startsWith(BESIDE));
  }

  beside(suffix: string): Inode | undefined {
    return this.disk.find(`${BESIDE}${suffix}`);
  }

  /** What is on the disk, or on the server, is not what it was: nobody can say what the next run must keep. */
  disturb(): void {
    this.#reached = undefined;
  }

  tampered(): void {
    this.#isTampered = true;
    this.disturb();
  }

  changeObject(): void {
    this.origin.revision += 1;
    this.disturb();
  }

  cutPower(seed: number): void {
    for (const process of [...this.#processes.values()]) process.die();
    // Names in any order may put an old journal beside a new part: whoever reads it has to look at the bytes.
    if (this.disk.cutPower(new Random(seed).next) && !this.#isTampered) this.#checkClaims();
    if (this.#isSettled && this.target === undefined) this.wrong.push('the target of a run that ended 0 is gone');
    this.#machine = this.#boot();
  }

  /** @param beside what runs at the same time: the two share the object and the disk */
  async run(product: Product, run: Run, beside?: Run): Promise<Ran> {
    // Where a target is that may not be replaced, a request only asks what is there.
    const counts = [run, beside ?? run].every(isPlain) && (this.target === undefined || run.options?.force === true);
    if (!counts) this.disturb();
    // What came wrong is claimed as it came.
    if (run.answers?.some(({ is }) => is === 'wrong')) this.tampered();
    const one = new OneRun(this, product, run, this.#start(run), counts);
    const ran = await one.result(this.#machine);
    if (ran.ended.kind === 'done') {
      this.disturb();
      // A directory that one may not open cannot be synced: imgdl says so, and promises nothing of a power cut.
      if (run.fail?.errno !== 'EACCES') this.#isSettled = true;
      this.#isTampered = false;
    }
    return ran;
  }

  tick(ms: number): void {
    this.#nowMs += ms;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  random(): number {
    return this.#random.next();
  }

  /** A request begins at `from`: were more bytes given up than a mishap may cost? */
  requested(from: number, counts: boolean): void {
    const reached = this.#reached;
    if (counts && reached !== undefined && reached.revision === this.origin.revision) {
      const least = reached.end - MOST_LOST - OVERLAP - 2 * this.schedule.chunk;
      if (from < least) this.wrong.push(`${reached.end} bytes had come, and only ${from} of them were kept`);
    }
    // What was there before may not be worth keeping; what begins anew is.
    const known = counts && (from === 0 || reached !== undefined);
    this.#reached = known ? { revision: this.origin.revision, end: from } : undefined;
  }

  received(revision: number, end: number): void {
    if (this.#reached?.revision === revision) this.#reached.end = Math.max(this.#reached.end, end);
  }

  #start(run: Run): Process {
    this.#lastPid += 1;
    const { death, fail } = run;
    return new Process(this.#lastPid, this.#machine, {
      most: MOST_CALLS,
      ...(death?.beforeCall !== undefined && { killBefore: death.beforeCall }),
      ...(fail !== undefined && { fail }),
    });
  }

  #boot(): Machine {
    this.#boots += 1;
    this.#processes.clear();
    return {
      disk: this.disk,
      bootId: `boot-${this.#boots}`,
      random: this.#random.next,
      processes: this.#processes,
      now: () => this.#nowMs,
    };
  }

  /** What the journal claims is on the disk. */
  #checkClaims(): void {
    const part = this.beside('part')?.content ?? Buffer.alloc(0);
    const journal = this.beside('journal')?.content.toString('latin1') ?? '';
    if (this.beside('part') === undefined) return;
    for (const { start, end } of claimsIn(journal)) {
      const claimed = part.subarray(start, end);
      if (claimed.length < end - start || !isOfARevision(claimed, start, this.origin.revision))
        this.wrong.push(`the journal claims [${start}, ${end}), which the part of ${part.length} bytes has not`);
    }
  }

  /** At no time is anything but a whole revision under the target's name. */
  #lookAt(name: string, inode: Inode | undefined): void {
    if (name !== TARGET || inode === undefined) return;
    if (revisionOf(inode.content, this.origin.revision) === undefined)
      this.wrong.push(`the target is visible with ${inode.size} bytes that are of no revision`);
    // It is complete: whoever downloads it once more has another reason.
    this.disturb();
  }
}

/** Nothing but the network and the life of the process is at risk: what came must be kept. */
function isPlain({ answers = [], options = {}, changeAfter, fail }: Run): boolean {
  if (changeAfter !== undefined || fail !== undefined || options.restart === true) return false;
  // Of several connections nobody here can say how far they have come together.
  if (options.connections !== undefined) return false;
  // A 403 may be that of a firewall that knows no Range: then all of it is asked for, and what is held is read past.
  if (answers.some((answer) => answer.is === 'expired' && answer.status !== 401)) return false;
  return answers.every((answer) => {
    // So may the crash of a server, and a connection that breaks before the first byte.
    if (answer.is === 'busy') return answer.status !== 500 || answer.retryAfterS !== undefined;
    if (answer.is === 'cut' || answer.is === 'end') return answer.after > 0;
    return answer.is === 'refused' || answer.is === 'expired';
  });
}

class OneRun {
  readonly #world: World;
  readonly #product: Product;
  readonly #run: Run;
  readonly #process: Process;
  readonly #abort = new AbortController();
  readonly #answers: Answer[];
  readonly #served = new Set<number>();
  readonly #counts: boolean;
  #fetched = 0;
  #changed = false;
  #sleeps = 0;

  /** @param counts whether it must keep what came before */
  constructor(world: World, product: Product, run: Run, process: Process, counts: boolean) {
    this.#world = world;
    this.#product = product;
    this.#run = run;
    this.#process = process;
    this.#counts = counts;
    this.#answers = [...(run.answers ?? [])];
  }

  async result(machine: Machine): Promise<Ran> {
    const slot = slotOf(this.#product.slot);
    slot.process = this.#process;
    this.#process.onDeath = () => this.#abort.abort(new Error('killed'));
    const ended = await this.#ended(machine);
    const { calls, openFiles } = this.#process;
    if (calls >= MOST_CALLS || this.#isEndless) this.#world.wrong.push('it does not come to an end');
    if (ended.kind !== 'killed' && openFiles > 0) this.#world.wrong.push(`${openFiles} files were left open`);
    this.#process.end();
    return { ended, served: this.#served, fetched: this.#fetched, calls };
  }

  async #ended(machine: Machine): Promise<Ended> {
    try {
      const outcome = await this.#download(machine);
      return this.#process.alive ? { kind: 'done', outcome } : { kind: 'killed' };
    } catch (error) {
      if (!this.#process.alive) return { kind: 'killed' };
      const { code = 'none', message } = error as { readonly code?: string; readonly message: string };
      return { kind: 'failed', code, message };
    }
  }

  async #download(machine: Machine): Promise<Outcome> {
    const { origin } = this.#world;
    const { download, openWorkspace, createConnectionBudget, createReadAheadPool } = this.#product;
    const owner = {
      uid: 0,
      umask: 0o022,
      hostname: 'simulated',
      pid: this.#process.pid,
      random: () =>
        Math.floor(machine.random() * 2 ** 48)
          .toString(16)
          .padStart(16, '0'),
      now: () => this.#world.nowMs,
    };
    return await download(
      { source: origin.source(), options: this.#options(), tool: 'imgdl simulation' },
      {
        transport: this.#transport(),
        clock: {
          now: () => this.#world.nowMs,
          wall: () => 1_800_000_000_000 + this.#world.nowMs,
          random: () => machine.random(),
          sleep: (ms, signal) => this.#sleep(ms, signal),
        },
        report: () => {},
        place: () => openWorkspace(`${WORK}/${TARGET}`, TARGET, owner, () => {}),
        startHasher: (fd, algorithm, from) =>
          new ReadingHasher((...read) => this.#process.read(...read), fd, algorithm, from),
        budget: createConnectionBudget(16),
        readAheadPool: createReadAheadPool(),
        inspect: async () => ({ format: undefined, findings: [] }),
      },
      this.#abort.signal,
    );
  }

  #options(): TransferOptions {
    const { options = {} } = this.#run;
    const { hex } = contentOf(this.#world.origin.revision);
    const checksums =
      this.#world.schedule.proof === 'user' ? [{ algorithm: 'sha256' as const, hex, from: 'user' as const }] : [];
    return {
      force: options.force ?? false,
      update: options.update ?? false,
      receipt: options.receipt ?? false,
      restart: options.restart ?? false,
      dryRun: false,
      checksums,
      require: 'size',
      inspect: 'off',
      onChange: options.onChange ?? 'restart',
      onBusy: options.onBusy ?? 'fail',
      retries: options.retries ?? 0,
      connections: options.connections ?? 1,
    };
  }

  #transport(): Transport {
    const { origin } = this.#world;
    const connections = {
      answers: this.#answers,
      product: this.#product,
      beforeChunk: () => this.#beforeChunk(),
      afterChunk: (revision: number, end: number) => this.#world.received(revision, end),
      onRequest: (from: number) => this.#world.requested(from, this.#counts),
    };
    return {
      open: async ({ headers }, signal): Promise<Exchange> => {
        this.#process.enter('request');
        const exchange = await origin.open(headers, signal, connections);
        return { ...exchange, body: this.#counted(exchange.body) };
      },
      call: () => Promise.reject(new Error('nobody calls here')),
    };
  }

  async *#counted(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    this.#served.add(this.#world.origin.revision);
    for await (const chunk of body) {
      this.#fetched += chunk.byteLength;
      yield chunk;
    }
  }

  #beforeChunk(): void {
    this.#mustLive();
    this.#world.tick(this.#world.schedule.paceMs);
    const { death, changeAfter } = this.#run;
    if (death?.afterBytes !== undefined && this.#fetched >= death.afterBytes) this.#process.die();
    if (changeAfter !== undefined && !this.#changed && this.#fetched >= changeAfter) {
      this.#changed = true;
      this.#world.changeObject();
    }
    this.#mustLive();
  }

  get #isEndless(): boolean {
    return this.#sleeps >= MOST_SLEEPS;
  }

  #mustLive(): void {
    if (!this.#process.alive) throw new Error('killed');
  }

  /** Whoever else runs goes on meanwhile. */
  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    this.#sleeps += 1;
    if (this.#isEndless) this.#abort.abort(new Error('it does not come to an end'));
    this.#world.tick(ms);
    await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
  }
}
