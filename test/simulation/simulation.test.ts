/**
 * Whatever happens to a download, in any order: the file is of one revision or not there, a failure leaves it alone, a
 * run without faults ends well, and a mishap costs what it may. The real engine and the real files of fs/, on a
 * simulated disk whose power can be cut between any two system calls.
 */
import { availableParallelism } from 'node:os';
import { afterAll, expect, it } from 'vitest';
import { Simulator } from './simulation.js';

/** `npm run simulate` plays a million, beginning anywhere; IMGDL_SEED plays one again. */
const SCHEDULES = Number(process.env['IMGDL_SCHEDULES'] ?? 10_000);
const AGAIN = process.env['IMGDL_SEED'];

const simulator = new Simulator();
afterAll(() => simulator.remove());

it('no schedule shows a wrong byte, loses a file, or leaves a download stuck', { timeout: 86_400_000 }, async () => {
  const isLong = SCHEDULES > 10_000 && AGAIN === undefined;
  const first = AGAIN !== undefined ? Number(AGAIN) : isLong ? 1 + Math.floor(Math.random() * 1e9) : 1;
  const count = AGAIN === undefined ? SCHEDULES : 1;
  const report = await simulator.play({
    first,
    count,
    processes: Math.min(count, Number(process.env['IMGDL_CORES'] ?? availableParallelism())),
  });
  const failures = report.failures.map(
    ({ seed, wrong, script }) => `IMGDL_SEED=${seed}\n${wrong.join('\n')}\n${script}`,
  );
  expect([...failures, ...report.complaints].join('\n\n')).toBe('');
  expect(report.played).toBe(count);
});
