import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Sandbox, startSandbox } from '#imgdl/sandbox/sandbox.js';
import { askUforge, entries, field } from './asking.js';

const IMAGE = 'users/alice/appliances/752/images/1136';
let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox({ size: 3000, smallSize: 2000 });
});
afterEach(async () => {
  expect(sandbox.control.failures).toEqual([]);
  await sandbox.close();
});

const ask = async (path: string): Promise<string> => (await askUforge(sandbox, path)).text;
const listed = async (): Promise<string> =>
  entries(await ask('users/alice/appliances/752/images'), 'image').find((xml) => field(xml, 'dbId') === '1136') ?? '';

describe('an image that takes time', () => {
  test('begins when somebody first asks for it, not for a list', async () => {
    sandbox.control.modes.generationMs = 0;
    for (let time = 0; time < 2; time += 1) expect(field(await listed(), 'percentage')).toBe('0');
    expect(field(await ask(`${IMAGE}/status`), 'complete')).toBe('true');
    expect(field(await listed(), 'complete')).toBe('true');
  });

  test('may begin with the sandbox', async () => {
    Object.assign(sandbox.control.modes, { generationMs: 0, generationStarts: 'start' });
    expect(field(await listed(), 'complete')).toBe('true');
  });

  test.each(['error', 'cancelled'] as const)('may end as %s', async (end) => {
    Object.assign(sandbox.control.modes, { generationMs: 0, generationEnds: end });
    const text = await ask(IMAGE);
    expect([field(text, end), field(text, 'complete'), field(text, 'downloadUri')]).toEqual([
      'true',
      'false',
      undefined,
    ]);
  });

  test('has key, link and bytes only when it is finished', async () => {
    sandbox.control.modes.generationMs = 1e9;
    const before = await ask(IMAGE);
    expect([field(before, 'downloadKey'), field(before, 'fileSize')]).toEqual([undefined, '0']);
    expect((await askUforge(sandbox, `${IMAGE}/downloads`)).status).toBe(404);
    sandbox.control.modes.generationMs = 0;
    expect((await ask(String(field(await ask(IMAGE), 'downloadUri')))).length).toBeGreaterThan(0);
    expect((await askUforge(sandbox, `${IMAGE}/downloads`)).body.length).toBe(2000);
  });
});

describe('stages that a test sets', () => {
  const statuses = async (path: string, times: number): Promise<readonly (string | undefined)[]> => {
    const seen: (string | undefined)[] = [];
    for (let time = 0; time < times; time += 1) {
      const text = await ask(path);
      seen.push(field(text, 'complete') === 'true' ? 'complete' : field(text, 'percentage'));
    }
    return seen;
  };

  test.each([
    ['an image', 'images/1095', 'users/alice/appliances/747/images/1095'],
    ['its status', 'images/1095', 'users/alice/appliances/747/images/1095/status'],
    ['its status in the list', 'images/1095', 'users/alice/images/status?img=users/alice/appliances/747/images/1095'],
    ['a published image', 'pimages/88', 'users/alice/appliances/747/images/1095/pimages/88'],
    ['a scan image', 'scan-images/56', 'users/alice/scannedinstances/12/scans/34/images/56'],
    ['a container image', 'container-images/590', 'users/alice/mysoftware/718/templates/130/images/590'],
  ])('of %s: one for each look, the last stays', async (_, name, path) => {
    sandbox.control.stages(name, ['queued', 7, 99, 'complete']);
    expect(await statuses(path, 5)).toEqual(['0', '7', '99', 'complete', 'complete']);
  });

  test('are not taken further by a list', async () => {
    sandbox.control.stages('images/1095', [7, 'complete']);
    expect(await statuses('users/alice/images?img=users/alice/appliances/747/images/1095', 3)).toEqual(['7', '7', '7']);
  });
});
