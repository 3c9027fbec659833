/**
 * Runs in a worker thread: hashes written prefixes of files, read back from the page cache, as far as the main thread
 * says that they are written. Messages carry jobs and marks; progress, and what was read ahead, go through shared memory.
 */
import { createHash, type Hash } from 'node:crypto';
import { readSync } from 'node:fs';
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { CELL, type FromThread, type ThreadInput, type ToThread } from './hash-protocol.js';
import { type AheadView, viewAhead } from './read-ahead.js';

/**
 * Most that one job may read before the next has its turn. Larger blocks fall out of the core's own cache between the
 * read and the hash, smaller ones cost more calls: measured, 128 KiB is the cheapest by a little.
 */
const BLOCK_BYTES = 128 * 1024;
/** Waking a thread for a few bytes costs more than hashing them: less than this waits for company … */
const GULP_BYTES = 256 * 1024;
/** … for so long. */
const PATIENCE_MS = 20;

interface Job {
  readonly id: number;
  readonly fd: number;
  readonly cells: BigInt64Array;
  readonly hash: Hash;
  /** Ends whose digest is wanted, ascending; those before `answered` are told. A resume may ask for 100,000 at once. */
  readonly marks: number[];
  answered: number;
  position: number;
  /** Where part of the file may be had without reading it. */
  ahead: AheadView | undefined;
  /** As it was before the messages of this round were read. */
  limit: number;
}

function run(port: MessagePort, input: ThreadInput): void {
  const door = new BigInt64Array(input.door);
  const buffer = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  const jobs = new Map<number, Job>();
  const post = (message: FromThread): void => port.postMessage(message);

  /** One job's trouble is not another's. */
  const orFail = (job: number, work: () => boolean): boolean => {
    try {
      return work();
    } catch (error) {
      jobs.delete(job);
      post({ type: 'error', job, message: error instanceof Error ? error.message : String(error) });
      return true;
    }
  };

  const obey = (message: ToThread): void => {
    switch (message.type) {
      case 'open':
        orFail(message.job, () => {
          jobs.set(message.job, opened(message, createHash(input.algorithm)));
          return true;
        });
        return;
      case 'mark':
        jobs.get(message.job)?.marks.push(message.end);
        return;
      case 'lend': {
        const job = jobs.get(message.job);
        if (job !== undefined) job.ahead = viewAhead(message.memory);
        return;
      }
      case 'close':
        jobs.delete(message.job);
        post({ type: 'closed', job: message.job });
    }
  };

  /** Hungry: there was time for more to come, now a single byte counts. */
  let hungry = false;
  const appetite = (): number => (hungry ? 1 : GULP_BYTES);

  const turn = (job: Job): boolean => {
    answerMarks(job, post);
    const mark = job.marks[job.answered] ?? Number.POSITIVE_INFINITY;
    if (job.limit < mark && job.limit - job.position < appetite()) return false;
    const bytes = bytesOf(job, Math.min(job.limit, mark), buffer);
    job.hash.update(bytes);
    job.position += bytes.byteLength;
    Atomics.store(job.cells, CELL.position, BigInt(job.position));
    // First the position, then the look at tellAt: the other side does it the other way round before it waits.
    const tellAt = Atomics.load(job.cells, CELL.tellAt);
    if (tellAt > 0n && job.position >= tellAt) {
      Atomics.store(job.cells, CELL.tellAt, 0n);
      post({ type: 'passed', job: job.id });
    }
    return true;
  };

  /** False: more was written meanwhile. The other side writes the limit first and looks at wakeAt then. */
  const maySleep = (job: Job): boolean => {
    const wakeAt = Math.min(job.position + appetite(), job.marks[job.answered] ?? Number.POSITIVE_INFINITY);
    Atomics.store(job.cells, CELL.wakeAt, BigInt(wakeAt));
    return Number(Atomics.load(job.cells, CELL.limit)) < wakeAt;
  };

  for (;;) {
    // The door is looked at before the state: a change after this point makes the wait below return at once.
    const sequence = Atomics.load(door, 0);
    // The limits are read before the messages: a mark was posted before the limit passed it.
    for (const job of jobs.values()) job.limit = Number(Atomics.load(job.cells, CELL.limit));
    for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) {
      obey(next.message as ToThread);
    }
    let worked = false;
    for (const job of jobs.values()) worked = orFail(job.id, () => turn(job)) || worked;
    if (worked) {
      hungry = false;
      continue;
    }
    let restful = true;
    for (const job of jobs.values()) restful = maySleep(job) && restful;
    if (!restful) continue;
    const patienceMs: number = hungry || jobs.size === 0 ? Number.POSITIVE_INFINITY : PATIENCE_MS;
    hungry = Atomics.wait(door, 0, sequence, patienceMs) === 'timed-out';
  }
}

/**
 * What comes next in the file, as much as there is in one piece: read ahead by the other side, or read here.
 * @throws Error when the file ends before `until`
 */
function bytesOf({ fd, position, ahead }: Job, until: number, buffer: Uint8Array): Uint8Array {
  const there = ahead?.at(position);
  if (there !== undefined) return there.subarray(0, until - position);
  const end = Math.min(until, position + buffer.byteLength, ahead?.gapEnd(position) ?? until);
  const count = readSync(fd, buffer, 0, end - position, position);
  if (count === 0) throw new Error(`the part file ends at ${position}, ${until} bytes were written`);
  return buffer.subarray(0, count);
}

function opened(message: Extract<ToThread, { type: 'open' }>, hash: Hash): Job {
  const { job: id, fd, from } = message;
  const cells = new BigInt64Array(message.cells);
  return { id, fd, cells, hash, marks: [], answered: 0, position: from, ahead: undefined, limit: from };
}

/** @throws Error when a mark was asked for too late: better no digest than a wrong one */
function answerMarks(job: Job, post: (message: FromThread) => void): void {
  for (let end = job.marks[job.answered]; end !== undefined && end <= job.position; end = job.marks[job.answered]) {
    if (end < job.position) throw new Error(`mark ${end} came after ${job.position}`);
    job.answered += 1;
    post({ type: 'mark', job: job.id, end, hex: job.hash.copy().digest('hex') });
  }
  if (job.answered === job.marks.length) {
    job.marks.length = 0;
    job.answered = 0;
  }
}

if (parentPort === null) throw new Error('not in a worker');
run(parentPort, workerData as ThreadInput);
