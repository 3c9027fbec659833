import { Worker } from 'node:worker_threads';
import { AppError } from '../core/errors.js';
import type { Algorithm } from '../core/types.js';
import { CELL, CELL_COUNT, type FromWorker, type ToWorker, type WorkerInput } from './hash-protocol.js';

/**
 * A running digest of a growing file, computed in a thread of its own from what is on disk (in the page cache).
 * It never reads beyond the front it was told of.
 */
export interface Hasher {
  readonly algorithm: Algorithm;
  /** First byte of the hashed range. */
  readonly from: number;
  /** Bytes before this offset are hashed. */
  readonly position: number;
  /** Tells that the file is written up to `end`. Never goes back. */
  advance(end: number): void;
  /**
   * The digest of [from, end), as soon as it is known. Marks must be asked for in ascending order and before
   * advance() goes beyond them.
   * @throws AppError fs.io when the file cannot be read back
   */
  mark(end: number): Promise<string>;
  close(): Promise<void>;
}

export function startHasher(fd: number, algorithm: Algorithm, from: number): Hasher {
  const cells = new BigInt64Array(new SharedArrayBuffer(CELL_COUNT * 8));
  cells[CELL.limit] = BigInt(from);
  cells[CELL.position] = BigInt(from);
  const waiting = new Map<
    number,
    { resolve: (hex: string) => void; reject: (error: AppError) => void; promise: Promise<string> }
  >();
  let failure: AppError | undefined;
  let closing = false;

  const workerData: WorkerInput = { fd, algorithm, from, shared: cells.buffer as SharedArrayBuffer };
  const worker = new Worker(new URL('./hash-worker.js', import.meta.url), { workerData, name: `hash-${algorithm}` });
  worker.unref();

  const fail = (message: string): void => {
    failure ??= new AppError('fs.io', `computing the ${algorithm} of the part file: ${message}`, {
      hint: 'check the disk; run again: what was proven is kept',
    });
    for (const entry of waiting.values()) entry.reject(failure);
    waiting.clear();
  };
  worker.on('message', (message: FromWorker) => {
    if (message.type === 'error') return fail(message.message);
    waiting.get(message.end)?.resolve(message.hex);
    waiting.delete(message.end);
  });
  worker.on('error', (error) => fail(error.message));
  worker.on('exit', () => fail('the thread ended early'));

  const wake = (): void => {
    Atomics.add(cells, CELL.sequence, 1n);
    Atomics.notify(cells, CELL.sequence);
  };
  const post = (message: ToWorker): void => {
    worker.postMessage(message);
    wake();
  };

  return {
    algorithm,
    from,
    get position() {
      return Number(Atomics.load(cells, CELL.position));
    },
    advance(end) {
      if (BigInt(end) <= Atomics.load(cells, CELL.limit)) return;
      Atomics.store(cells, CELL.limit, BigInt(end));
      wake();
    },
    mark(end) {
      if (failure !== undefined) return Promise.reject(failure);
      const known = waiting.get(end);
      if (known !== undefined) return known.promise;
      let resolve: (hex: string) => void = () => {};
      let reject: (error: AppError) => void = () => {};
      const promise = new Promise<string>((ok, no) => {
        resolve = ok;
        reject = no;
      });
      waiting.set(end, { resolve, reject, promise });
      // A thread that is unref'd must not let the process end while somebody waits for its digest.
      worker.ref();
      const release = (): void => {
        // Not while it is being ended: then it is all that keeps the process alive until that is done.
        if (waiting.size === 0 && !closing) worker.unref();
      };
      promise.then(release, release);
      post({ type: 'mark', end });
      return promise;
    },
    async close() {
      closing = true;
      worker.removeAllListeners('exit');
      fail('closed');
      post({ type: 'close' });
      await worker.terminate();
    },
  };
}
