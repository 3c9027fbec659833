import { afterAll, expect, it } from 'vitest';
import { record, todayOnNode } from '../support/record.js';
import { killAtRandom } from './random-kills.js';
import { endOfPart, IS_CUT_SHORT, LONG, randomOf, SEED } from './scale.js';
import { killSmallVictims, type SmallKills } from './small-kills.js';
import { VictimBench } from './small-victims.js';
import { WAYS } from './victim.js';

const MIB = 1024 * 1024;
const KILLS = LONG ? 5_000 : 200;
/** Of the whole command line, by each way to the bytes. */
const WHOLE_KILLS = LONG ? 40 : 3;

const bench = new VictimBench();
afterAll(() => bench.remove());

it(`${KILLS} processes with four downloads each, killed at any time, show no wrong byte and lose nothing claimed`, {
  timeout: 7_200_000,
}, async () => {
  const report = await killSmallVictims(bench, {
    product: bench.product(),
    kills: KILLS,
    chains: 4,
    random: randomOf(SEED),
    until: endOfPart(),
  });
  if (LONG) record('kills', told(report));
  expect(report.wrong, `IMGDL_SEED=${SEED}`).toEqual([]);
  if (!IS_CUT_SHORT) expect(report.kills).toBeGreaterThanOrEqual(KILLS);
  expect(report.finished).toBeGreaterThan(0);
});

it.concurrent.each(WAYS.map((way, index) => [way.name, way, index] as const))(
  '%s: the whole command line, killed, never shows a wrong byte, never claims too much, never loses more than 64 MiB',
  { timeout: 7_200_000 },
  async (_, way, index) => {
    const report = await killAtRandom({
      way,
      size: 96 * MIB + 4321,
      rate: 100 * MIB,
      kills: WHOLE_KILLS,
      random: randomOf(SEED + index * 7919),
      until: endOfPart(),
    });
    expect(report.wrong, `IMGDL_SEED=${SEED}`).toEqual([]);
    if (!IS_CUT_SHORT) expect(report.kills).toBeGreaterThanOrEqual(WHOLE_KILLS);
    expect(report.finished).toBeGreaterThan(0);
  },
);

function told({ kills, finished, wrong }: SmallKills): string {
  return [
    `\`npm run crash\`: ${kills.toLocaleString('en')} processes with four downloads each killed at any time; ${finished} chains`,
    `of runs came to their end (${todayOnNode()}). Spliced, truncated or unverified files under a final name, claims that`,
    `did not hold, downloads that went on from further back: ${wrong.length === 0 ? 'none' : wrong.join('; ')}.`,
  ].join('\n');
}
