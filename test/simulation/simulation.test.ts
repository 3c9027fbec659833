/**
 * Whatever happens to a download, in any order: the file is of one revision or not there, a failure leaves it alone, a
 * run without faults ends well, and a mishap costs what it may. The real engine and the real files of fs/, on a
 * simulated disk whose power can be cut between any two system calls.
 */
import { availableParallelism } from 'node:os';
import { afterAll, describe, expect, it } from 'vitest';
import type { Mutation } from '../support/built-copy.js';
import { record, todayOnNode } from '../support/record.js';
import { MISTAKES } from './mistakes.js';
import type { Proof, Schedule, Step } from './schedule.js';
import { type SimulationReport, Simulator } from './simulation.js';

const IN_TESTS = 10_000;
/** `npm run simulate` plays a million, beginning anywhere; IMGDL_SEED plays one again. */
const SCHEDULES = Number(process.env['IMGDL_SCHEDULES'] ?? IN_TESTS);
const AGAIN = process.env['IMGDL_SEED'];
const IS_LONG = SCHEDULES > IN_TESTS && AGAIN === undefined;
/** It stops after this, and says how far it came. */
const MINUTES = Number(process.env['IMGDL_MINUTES'] ?? Number.POSITIVE_INFINITY);
const CORES = Number(process.env['IMGDL_CORES'] ?? availableParallelism());
/** Schedules after which a mistake must have been found. */
const FOUND_WITHIN = 3_000;

const simulator = new Simulator();
afterAll(() => simulator.remove());

function complaintsOf({ failures, complaints }: SimulationReport): string {
  const told = failures.map(({ seed, wrong, script }) => `IMGDL_SEED=${seed}\n${wrong.join('\n')}\n${script}`);
  return [...told, ...complaints].join('\n\n');
}

it('no schedule shows a wrong byte, loses a file, or leaves a download stuck', { timeout: 86_400_000 }, async () => {
  const first = AGAIN !== undefined ? Number(AGAIN) : IS_LONG ? 1 + Math.floor(Math.random() * 1e9) : 1;
  const count = AGAIN === undefined ? SCHEDULES : 1;
  if (IS_LONG) process.stderr.write(`schedules ${first} to ${first + count - 1}\n`);
  let told = 0;
  const report = await simulator.play({
    first,
    count,
    processes: Math.min(count, CORES),
    ...(Number.isFinite(MINUTES) && { until: Date.now() + MINUTES * 60_000 }),
    onProgress: (played) => {
      if (!IS_LONG || played - told < 10_000) return;
      told = played;
      process.stderr.write(`${played} of ${count} schedules\n`);
    },
  });
  if (IS_LONG) record('simulate', simulated(report, first));
  expect(complaintsOf(report)).toBe('');
  if (!Number.isFinite(MINUTES)) expect(report.played).toBe(count);
});

/** What random schedules come by once in a hundred thousand, at every system call that a run makes. */
const SWEEPS: readonly (readonly [
  sentence: string,
  proof: Proof,
  mistake: Mutation,
  stepsAt: (call: number) => readonly Step[],
])[] = [
  [
    'the disk is full from a call on while several connections wait for it: no run goes on for ever',
    'etag',
    {
      file: 'engine/fetch/segment-receiver.js',
      from: 'object.scatter.throwFailure();',
      to: '',
    },
    (call) => [{ do: 'run', options: { connections: 4 }, fail: { call, errno: 'ENOSPC', lasting: true } }],
  ],
  [
    'a run fails at a call, the next one ends 0, and the power is cut: what it found is still there',
    'digest',
    {
      file: 'engine/download.js',
      from: 'await workspace.keepTarget();',
      to: '{ }',
    },
    (call) => [
      { do: 'run', options: { force: true }, fail: { call, errno: 'EIO', lasting: false } },
      { do: 'run' },
      { do: 'cut the power', seed: call },
    ],
  ],
  [
    'a run is killed at a call, and the next one, which may not remove a lock, waits for it: it does not wait for itself',
    'digest',
    {
      file: 'engine/download.js',
      from: '(isRefused || isSettled || isAsked) &&',
      to: "(isRefused || plan.kind === 'skip' || isAsked) &&",
    },
    (call) => [
      { do: 'run', death: { by: 'kill', beforeCall: call, seed: call } },
      { do: 'run', options: { receipt: true, onBusy: 'wait' }, fail: { call: 26, errno: 'ENOSPC', lasting: false } },
    ],
  ],
  [
    'a run waits for another one while the object changes: its receipt does not call the old bytes the new object',
    'etag',
    { file: 'engine/existing-target.js', from: 'isProven ? learned :', to: 'isProven !== undefined ? learned :' },
    (turns) => [
      {
        do: 'two runs',
        first: { changeAfter: 36_000 },
        second: { options: { receipt: true, onBusy: 'wait' } },
        turns,
      },
    ],
  ],
];
const CALLS = Array.from({ length: 100 }, (_, call) => call + 1);
const CALM = { opener: 'plain', chunk: 4000, paceMs: 40 } as const;

describe.runIf(!IS_LONG && AGAIN === undefined)('at every system call', () => {
  it.each(SWEEPS)('%s', { timeout: 300_000 }, async (_, proof, mistake, stepsAt) => {
    const schedules = CALLS.map((call): Schedule => ({ ...CALM, seed: call, proof, steps: stepsAt(call) }));
    const report = await simulator.playThese(schedules);
    expect(complaintsOf(report)).toBe('');
    expect(report.played).toBe(schedules.length);
    // The same of a copy that does it wrong.
    expect((await simulator.playThese(schedules, [mistake])).failures).toHaveLength(1);
  });
});

describe.runIf(!IS_LONG && AGAIN === undefined)('the simulation is not blind', () => {
  it.concurrent.each(MISTAKES)('$sentence: found', { timeout: 600_000 }, async ({ mutations, found }) => {
    const report = await simulator.play({ first: 1, count: FOUND_WITHIN, processes: 1, mutations });
    expect(report.complaints).toEqual([]);
    const [failure] = report.failures;
    expect(failure?.wrong.join('\n'), `${report.played} schedules`).toMatch(found);
  });
});

function simulated({ played, failures }: SimulationReport, first: number): string {
  const lines = [
    `\`npm run simulate\`: ${played.toLocaleString('en')} schedules from seed ${first} on (${todayOnNode()}).`,
    failures.length === 0
      ? 'No file was spliced, truncated or unverified under its final name, and no download was stuck.'
      : `Seeds that went wrong: ${failures.map(({ seed }) => seed).join(', ')}.`,
    `Deliberate mistakes that it finds, each in a copy of the program: ${MISTAKES.map(({ sentence }) => sentence).join('; ')}.`,
  ];
  return lines.join('\n');
}
