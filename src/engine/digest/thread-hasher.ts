import type { Algorithm } from '../../core/digest.js';
import type { AppError } from '../../core/errors.js';
import { type Deferred, deferred } from './deferred.js';
import { hashError } from './hash-error.js';
import { CELL, CELL_COUNT, type FromThread, type ToThread } from './hash-protocol.js';
import type { Hasher } from './hasher.js';
import type { ReadAheadBuffer } from './read-ahead-buffer.js';

/** The thread of a digest, as far as the digest needs it. */
export interface DigestThread {
  readonly algorithm: Algorithm;
  /** It has ended and answers no more. */
  readonly ended: boolean;
  post(message: ToThread): void;
  /** Has the thread look at what there is to do. */
  wake(): void;
  /** The process does not end before this is settled. Returns the same promise. */
  keepAlive<T>(promise: Promise<T>): Promise<T>;
}

/** The main thread's end of one job of a digest thread. */
export class ThreadHasher implements Hasher {
  readonly from: number;
  readonly #thread: DigestThread;
  readonly #job: number;
  readonly #cells: BigInt64Array;
  /** Marks that are not answered yet, by their ends. */
  readonly #marks = new Map<number, Deferred<string>>();
  readonly #closed = deferred<void>();
  #passed: Deferred<void> | undefined;
  #failure: AppError | undefined;
  #closing: Promise<void> | undefined;

  /** Opens the job in the thread. */
  constructor(thread: DigestThread, job: number, fd: number, from: number) {
    this.from = from;
    this.#thread = thread;
    this.#job = job;
    const cells = new SharedArrayBuffer(CELL_COUNT * 8);
    this.#cells = new BigInt64Array(cells).fill(BigInt(from));
    Atomics.store(this.#cells, CELL.notifyAt, 0n);
    thread.post({ type: 'open', job, fd, from, cells });
  }

  get algorithm(): Algorithm {
    return this.#thread.algorithm;
  }

  get position(): number {
    return Number(Atomics.load(this.#cells, CELL.position));
  }

  advance(end: number): void {
    const limit = BigInt(end);
    if (limit <= Atomics.load(this.#cells, CELL.limit)) return;
    // First the limit, then the look at wakeAt: the thread does it the other way round before it sleeps.
    Atomics.store(this.#cells, CELL.limit, limit);
    if (limit >= Atomics.load(this.#cells, CELL.wakeAt)) this.#thread.wake();
  }

  attach(buffer: ReadAheadBuffer): void {
    if (this.#failure === undefined) this.#thread.post({ type: 'attach', job: this.#job, buffer });
  }

  mark(end: number): Promise<string> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const known = this.#marks.get(end);
    if (known !== undefined) return known.promise;
    const wanted = deferred<string>();
    this.#marks.set(end, wanted);
    this.#thread.post({ type: 'mark', job: this.#job, end });
    return this.#thread.keepAlive(wanted.promise);
  }

  async passed(end: number): Promise<void> {
    if (this.#failure !== undefined || this.position >= end) return;
    if (this.#passed === undefined) {
      this.#passed = deferred<void>();
      void this.#thread.keepAlive(this.#passed.promise);
      // First notifyAt, then the look at the position: the thread does it the other way round.
      Atomics.store(this.#cells, CELL.notifyAt, BigInt(end));
      if (this.position >= end) this.#endWait();
    }
    await this.#passed?.promise;
  }

  close(): Promise<void> {
    if (this.#closing === undefined) {
      this.fail('closed');
      this.#closing = this.#thread.keepAlive(this.#closed.promise);
      if (!this.#thread.ended) this.#thread.post({ type: 'close', job: this.#job });
    }
    return this.#closing;
  }

  /** What the thread says of this job. */
  receive(message: FromThread): void {
    switch (message.type) {
      case 'mark':
        this.#marks.get(message.end)?.resolve(message.hex);
        this.#marks.delete(message.end);
        return;
      case 'passed':
        this.#endWait();
        return;
      case 'error':
        this.fail(message.message);
        return;
      case 'closed':
        this.#closed.resolve();
    }
  }

  /** There will be no digest: who waits is told, and so is who asks from now on. The first reason counts. */
  fail(message: string): void {
    this.#failure ??= hashError(this.algorithm, message);
    for (const mark of this.#marks.values()) mark.reject(this.#failure);
    this.#marks.clear();
    this.#endWait();
  }

  /** The thread has ended: there is no answer to wait for. */
  abandon(): void {
    this.fail('the thread ended early');
    this.#closed.resolve();
  }

  #endWait(): void {
    this.#passed?.resolve();
    this.#passed = undefined;
  }
}
