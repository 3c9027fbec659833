import { expect, it } from 'vitest';
import { killAtRandom } from './random-kills.js';
import { randomOf, SCALE, SEED } from './scale.js';
import { WAYS } from './victim.js';

const MIB = 1024 * 1024;
const KILLS = 50 * SCALE;
const BUDGET_MS = 180_000 * SCALE;

it.concurrent.each(WAYS.map((way, index) => [way.name, way, index] as const))(
  '%s: killed at any time, never shows a wrong byte, never claims too much, never loses more than 64 MiB',
  { timeout: BUDGET_MS + 60_000 },
  async (_, way, index) => {
    const report = await killAtRandom({
      way,
      size: 96 * MIB + 4321,
      rate: 100 * MIB,
      kills: KILLS,
      random: randomOf(SEED + index * 7919),
      until: performance.now() + BUDGET_MS,
    });
    expect(report.wrong, `IMGDL_SEED=${SEED}`).toEqual([]);
    // On a machine that is busy with other things fewer fit into the time.
    expect(report.kills, JSON.stringify(report)).toBeGreaterThanOrEqual(KILLS / 2);
    expect(report.finished).toBeGreaterThan(0);
    expect(Object.keys(report.moments).length, JSON.stringify(report.moments)).toBeGreaterThanOrEqual(3);
  },
);
