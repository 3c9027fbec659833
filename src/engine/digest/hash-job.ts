import type { Hash } from 'node:crypto';
import { readSync } from 'node:fs';
import { CELL, type FromThread, type ToThread } from './hash-protocol.js';
import { type ReadAheadView, viewReadAhead } from './read-ahead-view.js';

/** The digest thread's end of a job: one file, as far as the main thread says that it is written. */
export interface HashJob {
  readonly id: number;
  readonly fd: number;
  readonly cells: BigInt64Array;
  readonly hash: Hash;
  /** Ends whose digest is wanted, ascending; those before `answered` are told. A resume may ask for 100,000 at once. */
  readonly marks: number[];
  answered: number;
  position: number;
  /** Where part of the file may be had without reading it. */
  readAhead: ReadAheadView | undefined;
  /** Bytes before this offset are written, as of the last readLimit(). */
  limit: number;
}

export function openJob(message: Extract<ToThread, { type: 'open' }>, hash: Hash): HashJob {
  const { job: id, fd, from } = message;
  const cells = new BigInt64Array(message.cells);
  return { id, fd, cells, hash, marks: [], answered: 0, position: from, readAhead: undefined, limit: from };
}

export function attachReadAhead(job: HashJob, message: Extract<ToThread, { type: 'attach' }>): void {
  job.readAhead = viewReadAhead(message.buffer);
}

export function readLimit(job: HashJob): void {
  job.limit = Number(Atomics.load(job.cells, CELL.limit));
}

/**
 * Answers marks and hashes one block. False: fewer than `least` bytes wait and no mark is among them.
 * @throws Error when the file cannot be read back, or a mark was asked for too late
 */
export function hashBlock(
  job: HashJob,
  least: number,
  buffer: Uint8Array,
  post: (message: FromThread) => void,
): boolean {
  answerMarks(job, post);
  const mark = nextMark(job);
  if (job.limit < mark && job.limit - job.position < least) return false;
  const bytes = bytesOf(job, Math.min(job.limit, mark), buffer);
  job.hash.update(bytes);
  job.position += bytes.byteLength;
  Atomics.store(job.cells, CELL.position, BigInt(job.position));
  // First the position, then the look at notifyAt: the other side does it the other way round before it waits.
  const notifyAt = Atomics.load(job.cells, CELL.notifyAt);
  if (notifyAt > 0n && job.position >= notifyAt) {
    Atomics.store(job.cells, CELL.notifyAt, 0n);
    post({ type: 'passed', job: job.id });
  }
  return true;
}

/**
 * Asks to be woken when there is enough for hashBlock(). False: more was written meanwhile. The other side writes the
 * limit first and looks at wakeAt then.
 */
export function maySleep(job: HashJob, least: number): boolean {
  const wakeAt = Math.min(job.position + least, nextMark(job));
  Atomics.store(job.cells, CELL.wakeAt, BigInt(wakeAt));
  return Number(Atomics.load(job.cells, CELL.limit)) < wakeAt;
}

function nextMark(job: HashJob): number {
  return job.marks[job.answered] ?? Number.POSITIVE_INFINITY;
}

/** @throws Error when a mark was asked for too late: better no digest than a wrong one */
function answerMarks(job: HashJob, post: (message: FromThread) => void): void {
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

/**
 * The next bytes of the file, as many as one array holds: read ahead by the other side, or read here.
 * @throws Error when the file ends before `until`
 */
function bytesOf({ fd, position, readAhead }: HashJob, until: number, buffer: Uint8Array): Uint8Array {
  const there = readAhead?.at(position);
  if (there !== undefined) return there.subarray(0, until - position);
  const end = Math.min(until, position + buffer.byteLength, readAhead?.gapEnd(position) ?? until);
  const count = readSync(fd, buffer, 0, end - position, position);
  if (count === 0) throw new Error(`the part file ends at ${position}, ${until} bytes were written`);
  return buffer.subarray(0, count);
}
