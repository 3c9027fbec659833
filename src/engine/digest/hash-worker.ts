/**
 * Runs in a worker thread: hashes written prefixes of files, read back from the page cache, as far as the main thread
 * says that they are written. Messages carry jobs and marks; progress, and what was read ahead, go through shared memory.
 */
import { createHash } from 'node:crypto';
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { attachReadAhead, type HashJob, hashBlock, maySleep, openJob, readLimit } from './hash-job.js';
import type { FromThread, ThreadInput, ToThread } from './hash-protocol.js';

/**
 * Most that one job may read before the next has its turn. Larger blocks fall out of the core's own cache between the
 * read and the hash, smaller ones cost more calls: measured, 128 KiB is the cheapest by a little.
 */
const BLOCK_BYTES = 128 * 1024;
/** Waking a thread for a few bytes costs more than hashing them: fewer than these wait for more to come … */
const BATCH_BYTES = 256 * 1024;
/** … for so long. After that a single byte is hashed. */
const BATCH_WAIT_MS = 20;

class HashWorker {
  readonly #port: MessagePort;
  readonly #algorithm: string;
  readonly #wakeups: BigInt64Array;
  readonly #buffer = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  readonly #jobs = new Map<number, HashJob>();
  /** Fewer bytes than these are not worth a read. */
  #least = BATCH_BYTES;

  constructor(port: MessagePort, { algorithm, wakeups }: ThreadInput) {
    this.#port = port;
    this.#algorithm = algorithm;
    this.#wakeups = new BigInt64Array(wakeups);
  }

  /** Until the main thread ends this one. */
  run(): never {
    for (;;) {
      // The count is looked at before the state: a change after this point makes the wait below return at once.
      const seen = Atomics.load(this.#wakeups, 0);
      // The limits are read before the messages: a mark was posted before the limit passed it.
      for (const job of this.#jobs.values()) readLimit(job);
      this.#receive();
      if (this.#hash()) this.#least = BATCH_BYTES;
      else if (this.#maySleep()) this.#sleep(seen);
    }
  }

  #receive(): void {
    for (;;) {
      const next = receiveMessageOnPort(this.#port);
      if (next === undefined) return;
      this.#handle(next.message as ToThread);
    }
  }

  #handle(message: ToThread): void {
    const job = this.#jobs.get(message.job);
    switch (message.type) {
      case 'open':
        this.#orFail(message.job, () => this.#jobs.set(message.job, openJob(message, createHash(this.#algorithm))));
        return;
      case 'mark':
        job?.marks.push(message.end);
        return;
      case 'attach':
        if (job !== undefined) attachReadAhead(job, message);
        return;
      case 'close':
        this.#jobs.delete(message.job);
        this.#post({ type: 'closed', job: message.job });
    }
  }

  /** A block of each file. False: there was nothing to do. */
  #hash(): boolean {
    let worked = false;
    for (const job of this.#jobs.values()) {
      this.#orFail(job.id, () => {
        worked = hashBlock(job, this.#least, this.#buffer, (message) => this.#post(message)) || worked;
      });
    }
    return worked;
  }

  #maySleep(): boolean {
    let may = true;
    for (const job of this.#jobs.values()) may = maySleep(job, this.#least) && may;
    return may;
  }

  #sleep(seen: bigint): void {
    const waited = this.#least < BATCH_BYTES;
    const timeoutMs = waited || this.#jobs.size === 0 ? Number.POSITIVE_INFINITY : BATCH_WAIT_MS;
    this.#least = Atomics.wait(this.#wakeups, 0, seen, timeoutMs) === 'timed-out' ? 1 : BATCH_BYTES;
  }

  /** One job's trouble is not another's. */
  #orFail(job: number, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#jobs.delete(job);
      this.#post({ type: 'error', job, message: error instanceof Error ? error.message : String(error) });
    }
  }

  #post(message: FromThread): void {
    this.#port.postMessage(message);
  }
}

if (parentPort === null) throw new Error('not in a worker');
new HashWorker(parentPort, workerData as ThreadInput).run();
