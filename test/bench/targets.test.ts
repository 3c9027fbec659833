import { describe, expect, test } from 'vitest';
import { bench, type Judged, measured, type Row, result, type Target } from './modules.js';

const { judge, TARGETS } = await bench('targets.mjs');
const { SCENARIOS } = await bench('scenarios.mjs');

const target = (more: Partial<Target> = {}): Target => ({
  name: 'fast',
  scenario: 'plain',
  figure: 'wallMs',
  numerator: 'imgdl',
  denominator: { row: 'curl' },
  bar: 0.6,
  aim: 0.5,
  ...more,
});
const first = (wanted: Target, rows: readonly Row[], more = {}): Judged | undefined =>
  judge([wanted], [result(rows, more)])[0];

describe('a target', () => {
  const without = (name: string, state: Row['state'], why: string): Row => ({
    name,
    tool: name,
    verified: '',
    state,
    why,
    runs: [],
  });
  const cases: readonly (readonly [string, Target, readonly Row[], Partial<Judged>])[] = [
    [
      'below its bar is met',
      target(),
      [measured('imgdl', 58), measured('curl', 100)],
      { verdict: 'met', ratio: 0.58, why: 'the aim is 0.50' },
    ],
    [
      'at its bar is met',
      target({ bar: 0.5 }),
      [measured('imgdl', 50), measured('curl', 100)],
      { verdict: 'met', why: 'the aim too' },
    ],
    [
      'above its bar is missed',
      target(),
      [measured('imgdl', 61), measured('curl', 100)],
      { verdict: 'missed', ratio: 0.61 },
    ],
    [
      'of the slower of two takes the slower',
      target({ denominator: { largest: ['curl', 'md5sum'] } }),
      [measured('imgdl', 50), measured('curl', 10), measured('md5sum', 100)],
      { verdict: 'met', ratio: 0.5, denominator: 'max(curl, md5sum)' },
    ],
    [
      'of a fixed amount needs no other row',
      target({ denominator: { value: 100, text: '100 ms' } }),
      [measured('imgdl', 70)],
      { verdict: 'missed', ratio: 0.7, denominator: '100 ms' },
    ],
    [
      'of an amount that depends on the size is told the size',
      target({ denominator: (bytes) => ({ value: bytes / 2 ** 20, text: 'size' }) }),
      [measured('imgdl', 512)],
      { verdict: 'met', ratio: 0.5 },
    ],
    [
      'without a bar is never missed',
      // Only the aim is wanted.
      { name: 'x', scenario: 'plain', figure: 'wallMs', numerator: 'imgdl', denominator: { row: 'curl' }, aim: 1 },
      [measured('imgdl', 200), measured('curl', 100)],
      { verdict: 'met', ratio: 2, why: 'the aim is 1.00' },
    ],
    [
      'that waits for a feature is not missed',
      target(),
      [without('imgdl', 'not yet', 'connections'), measured('curl', 100)],
      { verdict: 'not yet', ratio: null },
    ],
    [
      'that imgdl failed at is missed',
      target(),
      [without('imgdl', 'failed', '6: no network'), measured('curl', 100)],
      { verdict: 'missed', ratio: null, why: 'imgdl failed: 6: no network' },
    ],
    [
      'whose rival failed is not measured',
      target(),
      [measured('imgdl', 50), without('curl', 'failed', '7: refused')],
      { verdict: 'not measured', ratio: null },
    ],
    [
      'whose rival is not installed is not measured',
      target(),
      [measured('imgdl', 50), without('curl', 'not installed', 'apt-get install curl')],
      { verdict: 'not measured', why: 'curl: apt-get install curl' },
    ],
    [
      'of a figure that nobody took is not measured',
      target({ figure: 'cpuMs' }),
      [{ ...measured('imgdl', 50), median: { ...measured('imgdl', 50).median!, cpuMs: null } }, measured('curl', 100)],
      { verdict: 'not measured', ratio: null },
    ],
    [
      'divided by nothing is not measured',
      target(),
      [measured('imgdl', 50), measured('curl', 0)],
      { verdict: 'not measured', ratio: null },
    ],
  ];
  test.each(cases)('%s', (_, wanted, rows, expected) => {
    expect(first(wanted, rows)).toMatchObject(expected);
  });

  test('of a scenario that could not run is not measured, and says why', () => {
    expect(first(target(), [], { skipped: 'no nginx' })).toMatchObject({ verdict: 'not measured', why: 'no nginx' });
  });

  test('of a scenario that was not asked for is left out', () => {
    expect(judge([target({ scenario: 'tls' })], [result([])])).toEqual([]);
  });
});

test.each(TARGETS.map((each) => [`${each.name} (${each.scenario})`, each] as const))(
  'the target "%s" speaks of rows that are there',
  (_, { scenario, numerator, denominator }) => {
    const rows = SCENARIOS.find(({ name }) => name === scenario)?.contestants.map(({ name }) => name);
    const given = typeof denominator === 'function' ? denominator(1) : denominator;
    const others = 'largest' in given ? given.largest : 'row' in given ? [given.row] : [];
    expect(rows).toEqual(expect.arrayContaining([numerator, ...others]));
  },
);
