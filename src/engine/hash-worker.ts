/**
 * Runs in a worker thread: hashes the written prefix of a file, read back from the page cache, as far as the main
 * thread says that it is written. Messages carry marks; progress goes through shared memory.
 */
import { createHash } from 'node:crypto';
import { readSync } from 'node:fs';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { CELL, type FromWorker, type ToWorker, type WorkerInput } from './hash-protocol.js';

const READ_BYTES = 1024 * 1024;

function run(input: WorkerInput): void {
  const port = parentPort;
  if (port === null) throw new Error('not in a worker');
  const cells = new BigInt64Array(input.shared);
  const hash = createHash(input.algorithm);
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  const marks: number[] = [];
  let position = input.from;
  const post = (message: FromWorker): void => port.postMessage(message);

  for (;;) {
    // The sequence is read before the state: a change after this point makes the wait below return at once.
    const sequence = Atomics.load(cells, CELL.sequence);
    const limit = Number(Atomics.load(cells, CELL.limit));
    // Messages are drained after the limit was read: a mark was posted before the limit passed it.
    for (let message = receiveMessageOnPort(port); message !== undefined; message = receiveMessageOnPort(port)) {
      const command = message.message as ToWorker;
      if (command.type === 'close') return;
      marks.push(command.end);
    }
    while (marks[0] !== undefined && marks[0] <= position) {
      const end = marks.shift() ?? position;
      post(
        end === position
          ? { type: 'mark', end, hex: hash.copy().digest('hex') }
          : { type: 'error', message: `mark ${end} came after ${position}` },
      );
    }
    const until = Math.min(limit, marks[0] ?? limit, position + READ_BYTES);
    if (until <= position) {
      Atomics.wait(cells, CELL.sequence, sequence);
      continue;
    }
    const count = readSync(input.fd, buffer, 0, until - position, position);
    if (count === 0) {
      post({ type: 'error', message: `the part file ends at ${position}, ${limit} bytes were written` });
      return;
    }
    hash.update(buffer.subarray(0, count));
    position += count;
    Atomics.store(cells, CELL.position, BigInt(position));
  }
}

run(workerData as WorkerInput);
