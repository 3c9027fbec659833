import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import type { Worker } from 'node:worker_threads';

/**
 * What keeps a start quick and a heap small: tricks with V8 and with Node's loader, each with what it was measured to
 * save.
 */

/**
 * The place for new objects stays as large as V8 makes it, 1 MiB. V8 doubles it, up to 16 MiB, when much of it
 * survives, which is what modules do while they are loaded; a transfer then leaves its 64 KiB buffers lying there
 * until it is full. Measured over 1 GiB: 22 MiB of memory and up to a sixth of the CPU, for touching fresh pages.
 */
const KEEP_NEW_SPACE = '--semi-space-growth-factor=1';
/**
 * The place for what lives longer may grow by a quarter before it is collected; V8 would let it double and more. With 16
 * connections that is 10 MiB, and no CPU that could be measured.
 */
const KEEP_OLD_SPACE = '--heap-growing-percent=25';

const AGAIN_MS = 1;

/** Where threads are announced: `process`. */
export interface ThreadEvents {
  on(event: 'worker', listener: (worker: Worker) => void): unknown;
}

/** Keeps the heap of this process small, also once threads start. */
export function keepHeapSmall(threads: ThreadEvents): void {
  setFlagsFromString(KEEP_OLD_SPACE);
  setFlagsFromString(KEEP_NEW_SPACE);
  // This flag is one for all threads, and V8 sets it back to 2 whenever it makes the heap of a new one (Heap::
  // ConfigureHeap), somewhere between the start of a thread and its first script.
  threads.on('worker', (worker) => {
    const again = setInterval(() => setFlagsFromString(KEEP_NEW_SPACE), AGAIN_MS);
    again.unref();
    const done = (): void => {
      clearInterval(again);
      setFlagsFromString(KEEP_NEW_SPACE);
    };
    worker.once('online', done);
    worker.once('exit', done);
  });
}

const require = createRequire(import.meta.url);

/**
 * Loads a module and all it imports, at once; import() then finds it loaded. By itself import() has a thread open,
 * read and close every file: a tenth of the CPU and of the time of a start. Whatever goes wrong is left to import().
 * @param path relative to this file
 */
export function preload(path: string): void {
  try {
    require(path);
  } catch {
    // --no-experimental-require-module, for one.
  }
}
