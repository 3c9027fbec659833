import { Worker } from 'node:worker_threads';
import type { Algorithm } from '../../core/digest.js';
import type { AppError } from '../../core/errors.js';
import { hashError } from './hash-error.js';
import { CELL, CELL_COUNT, type FromThread, type ThreadInput, type ToThread } from './hash-protocol.js';
import type { Hasher } from './hasher.js';

/** One digest thread: all jobs of one algorithm, each a file of its own. */
export interface HashThread {
  /** It has ended or is about to: it takes no more jobs. */
  readonly dead: boolean;
  start(fd: number, from: number): Hasher;
  /** Ends the thread; jobs that are open fail. Resolves when no descriptor is touched any more. */
  close(): Promise<void>;
}

/**
 * A thread keeps next to nothing in its heap: small nurseries save memory, measured 1.3 MiB of 13 per thread. The old
 * generation has room for a million marks.
 */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 64 } as const;

/** The main thread's end of a job. */
interface Job {
  readonly fail: (message: string) => void;
  readonly answer: (end: number, hex: string) => void;
  readonly passed: () => void;
  /** The digest thread has let go of the descriptor. */
  readonly released: () => void;
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: AppError) => void;
}

export function startHashThread(algorithm: Algorithm): HashThread {
  const door = new BigInt64Array(new SharedArrayBuffer(8));
  const workerData: ThreadInput = { algorithm, door: door.buffer as SharedArrayBuffer };
  const worker = new Worker(new URL('./hash-worker.js', import.meta.url), {
    workerData,
    name: `hash-${algorithm}`,
    // Flags of the process (--input-type, --import) are meant for its own program: some of them end a worker.
    execArgv: [],
    resourceLimits: RESOURCE_LIMITS,
  });
  const jobs = new Map<number, Job>();
  let lastJob = 0;
  let dead = false;
  let gone = false;

  worker.on('message', (message: FromThread) => {
    const job = jobs.get(message.job);
    if (message.type === 'mark') job?.answer(message.end, message.hex);
    else if (message.type === 'passed') job?.passed();
    else if (message.type === 'error') job?.fail(message.message);
    else job?.released();
  });
  worker.on('error', (error) => {
    dead = true;
    for (const job of jobs.values()) job.fail(error.message);
  });
  worker.on('exit', () => {
    dead = true;
    gone = true;
    for (const job of [...jobs.values()]) {
      job.fail('the thread ended early');
      job.released();
    }
  });

  // Here, as a listener for messages takes a reference. A process ends although a thread sleeps; but not while
  // somebody waits for the thread's word.
  worker.unref();
  let waits = 0;
  const awaited = <T>(promise: Promise<T>): Promise<T> => {
    waits += 1;
    worker.ref();
    const release = (): void => {
      waits -= 1;
      if (waits === 0 && !dead) worker.unref();
    };
    promise.then(release, release);
    return promise;
  };
  const wake = (): void => {
    Atomics.add(door, 0, 1n);
    Atomics.notify(door, 0);
  };
  const post = (message: ToThread): void => {
    worker.postMessage(message);
    wake();
  };

  const start = (fd: number, from: number): Hasher => {
    lastJob += 1;
    const id = lastJob;
    const cells = new BigInt64Array(new SharedArrayBuffer(CELL_COUNT * 8));
    cells.fill(BigInt(from));
    Atomics.store(cells, CELL.tellAt, 0n);
    const waiting = new Map<number, Deferred<string>>();
    const released = deferred<void>();
    let awaitedPass: Deferred<void> | undefined;
    let failure: AppError | undefined;
    let closing: Promise<void> | undefined;
    const position = (): number => Number(Atomics.load(cells, CELL.position));
    const passed = (): void => {
      awaitedPass?.resolve();
      awaitedPass = undefined;
    };
    const fail = (message: string): void => {
      failure ??= hashError(algorithm, message);
      for (const entry of waiting.values()) entry.reject(failure);
      waiting.clear();
      passed();
    };
    jobs.set(id, {
      fail,
      passed,
      answer(end, hex) {
        waiting.get(end)?.resolve(hex);
        waiting.delete(end);
      },
      released() {
        jobs.delete(id);
        released.resolve();
      },
    });
    post({ type: 'open', job: id, fd, from, cells: cells.buffer as SharedArrayBuffer });

    return {
      algorithm,
      from,
      get position() {
        return position();
      },
      advance(end) {
        const limit = BigInt(end);
        if (limit <= Atomics.load(cells, CELL.limit)) return;
        // First the limit, then the look at wakeAt: the thread does it the other way round before it sleeps.
        Atomics.store(cells, CELL.limit, limit);
        if (limit >= Atomics.load(cells, CELL.wakeAt)) wake();
      },
      lend(memory) {
        if (failure === undefined) post({ type: 'lend', job: id, memory });
      },
      mark(end) {
        if (failure !== undefined) return Promise.reject(failure);
        const known = waiting.get(end);
        if (known !== undefined) return known.promise;
        const wanted = deferred<string>();
        waiting.set(end, wanted);
        post({ type: 'mark', job: id, end });
        return awaited(wanted.promise);
      },
      async passed(end) {
        if (failure !== undefined || position() >= end) return;
        if (awaitedPass === undefined) {
          awaitedPass = deferred<void>();
          void awaited(awaitedPass.promise);
          Atomics.store(cells, CELL.tellAt, BigInt(end));
          if (position() >= end) passed();
        }
        await awaitedPass?.promise;
      },
      close() {
        if (closing === undefined) {
          fail('closed');
          closing = awaited(released.promise);
          if (!gone) post({ type: 'close', job: id });
        }
        return closing;
      },
    };
  };

  return {
    get dead() {
      return dead;
    },
    start,
    async close() {
      dead = true;
      for (const job of jobs.values()) job.fail('closed');
      // While it is being ended it may be all that keeps the process alive.
      worker.ref();
      await worker.terminate();
    },
  };
}

function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => {};
  let reject: (error: AppError) => void = () => {};
  const promise = new Promise<T>((ok, no) => {
    resolve = ok;
    reject = no;
  });
  return { promise, resolve, reject };
}
