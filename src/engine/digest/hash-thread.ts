import { Worker } from 'node:worker_threads';
import type { Algorithm } from '../../core/digest.js';
import type { FromThread, ThreadInput, ToThread } from './hash-protocol.js';
import type { Hasher } from './hasher.js';
import { type DigestThread, ThreadHasher } from './thread-hasher.js';

/**
 * A thread keeps next to nothing in its heap: a small young generation saves memory, measured 1.3 MiB of 13 per thread.
 * The old generation has room for a million marks.
 */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 64 } as const;

/** One digest thread: all jobs of one algorithm, each a file of its own. */
export class HashThread implements DigestThread {
  readonly algorithm: Algorithm;
  readonly #worker: Worker;
  readonly #wakeups: BigInt64Array;
  readonly #jobs = new Map<number, ThreadHasher>();
  #lastJob = 0;
  /** Promises that keep the process alive. */
  #awaited = 0;
  #state: 'running' | 'ending' | 'ended' = 'running';

  constructor(algorithm: Algorithm) {
    this.algorithm = algorithm;
    const wakeups = new SharedArrayBuffer(8);
    this.#wakeups = new BigInt64Array(wakeups);
    this.#worker = startWorker({ algorithm, wakeups });
    this.#worker.on('message', (message: FromThread) => this.#receive(message));
    this.#worker.on('error', (error) => this.#end(error.message));
    this.#worker.on('exit', () => this.#ended());
    // Here, as a listener for messages takes a reference. A process ends although a thread sleeps; but not while
    // somebody waits for what the thread will say.
    this.#worker.unref();
  }

  /** It has ended or is about to: it takes no more jobs. */
  get dead(): boolean {
    return this.#state !== 'running';
  }

  get ended(): boolean {
    return this.#state === 'ended';
  }

  /** Starts the digest of the bytes from `from` on of the file behind `fd`. */
  start(fd: number, from: number): Hasher {
    this.#lastJob += 1;
    const hasher = new ThreadHasher(this, this.#lastJob, fd, from);
    this.#jobs.set(this.#lastJob, hasher);
    return hasher;
  }

  post(message: ToThread): void {
    this.#worker.postMessage(message);
    this.wake();
  }

  wake(): void {
    Atomics.add(this.#wakeups, 0, 1n);
    Atomics.notify(this.#wakeups, 0);
  }

  keepAlive<T>(promise: Promise<T>): Promise<T> {
    this.#awaited += 1;
    this.#worker.ref();
    const settled = (): void => {
      this.#awaited -= 1;
      if (this.#awaited === 0 && !this.dead) this.#worker.unref();
    };
    promise.then(settled, settled);
    return promise;
  }

  /** Ends the thread; jobs that are open fail. Resolves when no descriptor is touched any more. */
  async close(): Promise<void> {
    this.#end('closed');
    // While it is being ended it may be all that keeps the process alive.
    this.#worker.ref();
    await this.#worker.terminate();
  }

  #receive(message: FromThread): void {
    this.#jobs.get(message.job)?.receive(message);
    if (message.type === 'closed') this.#jobs.delete(message.job);
  }

  #end(why: string): void {
    if (this.#state === 'running') this.#state = 'ending';
    for (const job of this.#jobs.values()) job.fail(why);
  }

  #ended(): void {
    this.#state = 'ended';
    for (const job of this.#jobs.values()) job.abandon();
    this.#jobs.clear();
  }
}

function startWorker(input: ThreadInput): Worker {
  return new Worker(new URL('./hash-worker.js', import.meta.url), {
    workerData: input,
    name: `hash-${input.algorithm}`,
    // Flags of the process (--input-type, --import) are meant for its own program: some of them end a worker.
    execArgv: [],
    resourceLimits: RESOURCE_LIMITS,
  });
}
