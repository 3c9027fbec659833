import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { ScriptStep } from '#imgdl/sandbox/server/http-server.js';
import { spawnImgdl } from '../support/imgdl.js';
import { ended, until } from '../support/processes.js';
import { afterwards, names, type Stage, stage } from './stage.js';

const MIB = 1024 * 1024;
/** Compared before a resume that nothing better proves. */
const OVERLAP = 256 * 1024;
const IMAGE = ['appliance', 'image', '747', '1095', '-o', 'x', '--json'] as const;

/** A run that a cut ended: a part of the image is there. */
async function cutShort(options: Parameters<typeof stage>[0] = {}): Promise<Stage> {
  const place = await stage({ size: MIB, cutAfter: 400_000, ...options });
  const result = await place.imgdl([...IMAGE, '--retries', '0']);
  expect([result.code, result.json().error?.code]).toEqual([6, 'net.truncated']);
  expect(names(place.directory).map((name) => name.replace(/[0-9a-f]{16}/, 'HEX'))).toEqual([
    '.imgdl-HEX.journal',
    '.imgdl-HEX.part',
  ]);
  place.sandbox.control.modes.cutAfter = undefined;
  place.sandbox.control.requests.length = 0;
  return place;
}

describe('a partial download', () => {
  test.each([
    ['with credentials', {}],
    ['with one-time download ids only', { keysOnly: true }],
  ])('is continued by the same command, %s', async (_, options) => {
    const place = await cutShort(options);
    const { status, resumedFrom, received } = (await place.imgdl(IMAGE)).json();
    expect([status, resumedFrom]).toEqual(['resumed', 400_000]);
    expect(received).toBeLessThanOrEqual(MIB - 400_000 + 256 * 1024);
    expect(place.sha256('x')).toBe(place.expected('images/1095'));
    expect(names(place.directory)).toEqual(['x']);
  });

  test('of which a later checkpoint is bad is resumed at the one before, also in the document of a failure', async () => {
    const place = await cutShort();
    place.sandbox.control.modes.cutAfter = 600_000;
    expect((await place.imgdl([...IMAGE, '--retries', '0'])).json().resumedFrom).toBe(400_000);
    const part = names(place.directory).find((name) => name.endsWith('.part')) ?? '';
    const bytes = readFileSync(place.path(part));
    bytes[500_000] = 255 - (bytes[500_000] ?? 0);
    writeFileSync(place.path(part), bytes);
    // The overlap shows it at once; what must come again is cut.
    place.sandbox.control.modes.cutAfter = 400_000;
    const failed = await place.imgdl([...IMAGE, '--retries', '0']);
    expect([failed.code, failed.json().status, failed.json().resumedFrom]).toEqual([6, 'failed', 400_000]);
    expect(failed.stderr).toContain('resuming at 390.6 KiB');
    place.sandbox.control.modes.cutAfter = undefined;
    const { status, resumedFrom } = (await place.imgdl(IMAGE)).json();
    expect([status, resumedFrom]).toEqual(['resumed', 800_000 - OVERLAP]);
    expect(place.sha256('x')).toBe(place.expected('images/1095'));
  });

  test('is given up by --restart', async () => {
    const place = await cutShort();
    const result = await place.imgdl([...IMAGE, '--restart']);
    expect(result.json()).toMatchObject({ status: 'downloaded', received: MIB, resumedFrom: null });
    expect(names(place.directory)).toEqual(['x']);
  });

  test('starts anew where the server ignores Range, and says so', async () => {
    const place = await cutShort();
    place.sandbox.control.modes.ranges = false;
    const result = await place.imgdl(IMAGE);
    expect([result.code, result.json().received]).toEqual([0, MIB]);
    expect(place.sha256('x')).toBe(place.expected('images/1095'));
    expect(result.stderr).toMatch(/Range|zero|start/);
  });

  test('of an image that changed is given up', async () => {
    const place = await cutShort();
    place.sandbox.control.replace('images/1095');
    const result = await place.imgdl(IMAGE);
    expect([result.code, result.json().status]).toEqual([0, 'downloaded']);
    expect(place.sha256('x')).toBe(place.expected('images/1095'));
  });

  test('of an image that changed is exit 10 with --on-change fail, and kept', async () => {
    const place = await cutShort();
    const before = names(place.directory);
    place.sandbox.control.replace('images/1095');
    const result = await place.imgdl([...IMAGE, '--on-change', 'fail']);
    expect([result.code, result.json().error?.code]).toEqual([10, 'changed.remote']);
    expect(names(place.directory)).toEqual(before);
  });

  test('of another source is exit 12, and kept', async () => {
    const place = await cutShort();
    const before = names(place.directory);
    const result = await place.imgdl(['appliance', 'image', '747', '1096', ...IMAGE.slice(4)]);
    expect([result.code, result.json().error?.code]).toEqual([12, 'fs.other-part']);
    expect(result.json().error?.hint).toContain('--restart');
    expect(names(place.directory)).toEqual(before);
  });
});

describe('a server that is unwell', () => {
  test.each([
    ['cuts twice', { cutAfter: 400_000, cuts: 2 }, 3],
    ['cuts by reset', { cutAfter: 700_000, cuts: 1, cutBy: 'reset' }, 2],
    ['stalls', { stallAfter: 400_000, stalls: 1 }, 2],
    ['is busy', { unavailable: 1, retryAfter: '0' }, 1],
  ] as const)('%s: the image comes in the same run', async (_, options, attempts) => {
    const place = await stage({ size: MIB, ...options });
    const result = await place.imgdl([...IMAGE, '--timeout', '1s']);
    expect([result.code, result.json().attempts]).toEqual([0, attempts]);
    expect(place.sha256('x')).toBe(place.expected('images/1095'));
  });

  test('and cuts at once, again and again, is left after --retries', async () => {
    const place = await stage({ size: MIB, cutAfter: 1000 });
    const result = await place.imgdl([...IMAGE, '--retries', '2']);
    expect([result.code, result.json().attempts]).toEqual([6, 3]);
  });

  test('and slow is left when the --deadline is over, and what came is kept', async () => {
    const place = await stage({ size: MIB, rate: 100_000 });
    const result = await place.imgdl([...IMAGE, '--deadline', '5s']);
    expect([result.code, result.json().error?.code]).toEqual([6, 'net.deadline']);
    place.sandbox.control.modes.rate = undefined;
    const next = (await place.imgdl(IMAGE)).json();
    expect(next.status).toBe('resumed');
    expect(next.resumedFrom).toBeGreaterThan(50_000);
    expect(place.sha256('x')).toBe(place.expected('images/1095'));
  });
});

describe('two at once', () => {
  /** One that is busy with the target until the server goes on, however long the other one takes. */
  async function busy(): Promise<{ place: Stage; goOn: () => void; over: Promise<unknown> }> {
    const place = await stage({ size: MIB });
    const image = place.sandbox.control.object('images/1095');
    let goOn = () => {};
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const half: ScriptStep = async ({ response }) => {
      response.writeHead(200, { 'Content-Length': MIB });
      response.write(image.bytes(0, MIB / 2));
      await held;
      response.end(image.bytes(MIB / 2, MIB));
    };
    place.sandbox.control.script('/api/users/alice/appliances/747/images/1095/downloads', [half]);
    afterwards(() => goOn());
    const first = spawnImgdl(IMAGE, { cwd: place.directory, env: place.env });
    first.stdout.resume();
    first.stderr.resume();
    afterwards(() => void first.kill('SIGKILL'));
    const over = ended(first);
    await until('a part, which is made under the lock', 50_000, () =>
      names(place.directory).some((name) => name.endsWith('.part')) ? true : undefined,
    );
    return { place, goOn, over };
  }

  test('the second is exit 13 and says who is first', async () => {
    const { place, goOn, over } = await busy();
    const result = await place.imgdl(IMAGE);
    expect([result.code, result.json().error?.code]).toEqual([13, 'lock.held']);
    expect(`${result.json().error?.message} ${result.json().error?.hint}`).toMatch(/\d+.*--on-busy wait/);
    goOn();
    expect(await over).toMatchObject({ code: 0 });
  });

  test('the second waits with --on-busy wait, and finds it complete', async () => {
    const { place, goOn, over } = await busy();
    const asked = place.sandbox.control.requests.length;
    const second = place.imgdl([...IMAGE, '--on-busy', 'wait']);
    await until('a question of the second', 50_000, () =>
      place.sandbox.control.requests.length > asked ? true : undefined,
    );
    goOn();
    const result = await second;
    expect([result.code, result.json().status, result.json().received]).toEqual([0, 'complete', 0]);
    await over;
  });
});
