/** --wait: what is being made is waited for, whoever makes it. */
import { describe, expect, test } from 'vitest';
import type { Stage as Making } from '#imgdl/sandbox/stages.js';
import { complaint, names, stage } from './stage.js';

interface Made {
  readonly args: readonly string[];
  readonly object: string;
  /** What it is while it is being made, and when that is over. */
  readonly making: Making;
  readonly ready: Making;
  readonly failed: Making;
}

const IMAGE: Made = {
  args: ['appliance', 'image', '747', '1095'],
  object: 'images/1095',
  making: 42,
  ready: 'complete',
  failed: 'error',
};
const GLANCE: Made = {
  args: ['glance', 'image', 'big-raw'],
  object: 'glance/big-raw',
  making: 'saving',
  ready: 'active',
  failed: 'killed',
};

describe.each([
  ['UForge', IMAGE],
  ['Glance', GLANCE],
])('an image of %s', (_, { args, object, making, ready, failed }) => {
  test('that is being made is waited for', async () => {
    const place = await stage();
    place.sandbox.control.stages(object, [making, ready]);
    const { code, stderr, stdout } = await place.imgdl([...args, '--wait', '1m', '-o', 'x']);
    expect([code, stdout.toString(), place.sha256('x')]).toEqual([0, 'x\n', place.expected(object)]);
    expect(stderr).toMatch(/^imgdl: downloading .*; waiting for up to 1 min$/m);
  });

  test('whose making fails ends the wait at once', async () => {
    const place = await stage();
    place.sandbox.control.stages(object, [making, failed]);
    const started = performance.now();
    const { code, stderr } = await place.imgdl([...args, '--wait', '10m']);
    expect([code, complaint(stderr).code]).toEqual([5, expect.stringMatching(/^not-ready\.(?:failed|no-data)$/)]);
    expect(performance.now() - started).toBeLessThan(50_000);
    expect(names(place.directory)).toEqual([]);
  });

  test('that takes longer is exit 5, with how long imgdl waited', async () => {
    const place = await stage();
    place.sandbox.control.stages(object, [making]);
    const { code, stderr } = await place.imgdl([...args, '--wait', '1s']);
    expect([code, complaint(stderr)]).toMatchObject([
      5,
      { message: expect.stringMatching(/; imgdl waited 1s$/), hint: expect.stringContaining('--wait') },
    ]);
  });

  test('is not waited for without it, and the hint names it', async () => {
    const place = await stage();
    place.sandbox.control.stages(object, [making]);
    const { code, stderr } = await place.imgdl(args);
    expect([code, complaint(stderr).hint]).toEqual([5, expect.stringMatching(/, or use --wait 30m$/)]);
  });
});

test('of several images those that are ready do not wait for the others', async () => {
  const place = await stage();
  place.sandbox.control.stages('images/1095', [0, 'complete']);
  const args = ['appliance', 'image', '747', '1095', '1096', '-o', './', '--wait', '1m', '--progress', 'json'];
  const { code, stderr } = await place.imgdl(args);
  const events = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { readonly type: string; readonly image: string });
  const ends = events.filter(({ type }) => type === 'end').map(({ image }) => image);
  expect([code, ends]).toEqual([0, ['1096', '1095']]);
});
