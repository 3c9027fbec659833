import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Sandbox, startSandbox } from '#imgdl/sandbox/sandbox.js';
import { basic, get } from '../client.js';
import { askUforge, entries, field } from './asking.js';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox({ size: 3000, smallSize: 200_000, exportMs: 0 });
});
afterEach(async () => {
  expect(sandbox.control.failures).toEqual([]);
  await sandbox.close();
});

const APPLIANCE = 'users/alice/appliances/752';
const BUNDLE = 'users/alice/mysoftware/718';
const FIRST = `${APPLIANCE}/exports/5001`;
const send = (method: string, path: string) => askUforge(sandbox, path, { method });
const make = (parent = APPLIANCE, format = '') => send('POST', `${parent}/exports${format}`);

describe('an export', () => {
  test.each([
    ['an appliance', APPLIANCE, 'applianceExport', 'web-server', '1.2'],
    ['a bundle', BUNDLE, 'softwareBundleExport', 'nginx', '1.14'],
  ])('of %s is made, waited for, downloaded and deleted', async (_, parent, root, name, version) => {
    sandbox.control.stages('exports/5001', [0, 42, 'complete']);
    const made = await make(parent);
    expect([made.status, made.headers.location]).toEqual([201, `${sandbox.urls.uforge}/${parent}/exports/5001`]);
    expect(made.text).toContain(`<ns0:${root} `);
    expect([field(made.text, 'dbId'), field(made.text, 'percentage')]).toEqual(['5001', '0']);
    const path = `${parent}/exports/${field(made.text, 'dbId')}`;
    expect(made.text).toContain(`Name>${name}<`);
    expect(made.text).toContain(`Version>${version}<`);
    const seen: (string | undefined)[] = [];
    for (let look = 0; look < 3; look += 1) seen.push(field((await send('GET', `${path}/status`)).text, 'percentage'));
    expect(seen).toEqual(['0', '42', '100']);
    expect(field((await send('GET', path)).text, 'downloadUri')).toBe(`${path}/downloads`);
    const archive = await send('GET', `${path}/downloads`);
    expect(archive.body.equals(sandbox.control.object('exports/5001').bytes(0, archive.body.length))).toBe(true);
    expect(archive.headers['content-length']).toBe(String(archive.body.length));
    const gone = await send('DELETE', path);
    expect([gone.status, gone.body.length]).toEqual([204, 0]);
    for (const tail of ['', '/status', '/downloads']) expect((await send('GET', path + tail)).status).toBe(404);
    expect(sandbox.control.exports).toMatchObject([{ id: 5001, name, deleted: true, cancelled: false, downloads: 1 }]);
  });

  test.each([
    ['', 'yaml', 'stack.yml', 'name: "web-server"'],
    ['?outputFormat=yaml', 'yaml', 'stack.yml', 'version: "1.2"'],
    ['?outputFormat=json', 'json', 'stack.json', '"name": "web-server"'],
  ])('asked for with "%s" is a tar.gz that says what it is of in %s', async (query, format, file, text) => {
    await make(APPLIANCE, query);
    await send('GET', `${FIRST}/status`);
    const { body } = await send('GET', `${FIRST}/downloads`);
    expect(body.length).toBeGreaterThan(200_000);
    const tar = (...args: readonly string[]) => spawnSync('tar', args, { input: body, encoding: 'utf8' }).stdout;
    expect(tar('tz').split('\n')).toEqual([file, 'files/content.bin', '']);
    expect(tar('xzO', file)).toContain(text);
    expect(sandbox.control.exports[0]?.outputFormat).toBe(format);
  });

  test('has its bytes by range, and for nobody without credentials, whatever key they have', async () => {
    await make();
    await send('GET', `${FIRST}/status`);
    const part = await askUforge(sandbox, `${FIRST}/downloads`, { headers: { range: 'bytes=10-19' } });
    expect([part.status, part.body.length]).toEqual([206, 10]);
    const url = `${sandbox.urls.uforge}/${FIRST}/downloads?downloadId=${sandbox.control.issueKey('exports/5001')}`;
    expect((await get(url)).status).toBe(401);
    expect((await get(url, { headers: basic('bob', 'builder') })).status).toBe(403);
  });

  test('of nothing that is there, or in an unknown format, is refused', async () => {
    expect((await make('users/alice/appliances/999')).status).toBe(404);
    expect((await make(APPLIANCE, '?outputFormat=xml')).status).toBe(400);
    expect((await get(`${sandbox.urls.uforge}/${APPLIANCE}/exports`, { method: 'POST' })).status).toBe(401);
    expect(sandbox.control.exports).toEqual([]);
  });

  test('that is not finished has no bytes yet', async () => {
    sandbox.control.stages('exports/5001', [42]);
    await make();
    const text = (await send('GET', FIRST)).text;
    expect([field(text, 'percentage'), field(text, 'downloadUri')]).toEqual(['42', undefined]);
    expect((await send('GET', `${FIRST}/downloads`)).status).toBe(404);
  });

  test('takes its time, from its first status on', async () => {
    sandbox.control.modes.exportMs = 1e9;
    await make();
    expect(field((await send('GET', `${FIRST}/status`)).text, 'complete')).toBe('false');
    sandbox.control.modes.exportMs = 0;
    expect(field((await send('GET', `${FIRST}/status`)).text, 'complete')).toBe('true');
  });

  test.each(['error', 'cancelled'] as const)('may end as %s', async (end) => {
    sandbox.control.modes.exportEnds = end;
    await make();
    const { text } = await send('GET', `${FIRST}/status`);
    expect([field(text, end), field(text, 'complete')]).toEqual(['true', 'false']);
    expect((await send('GET', `${FIRST}/downloads`)).status).toBe(404);
  });

  test('is cancelled by deleting its status', async () => {
    sandbox.control.modes.exportMs = 1e9;
    await make();
    await send('GET', `${FIRST}/status`);
    expect((await send('DELETE', `${FIRST}/status`)).status).toBe(204);
    expect(field((await send('GET', `${FIRST}/status`)).text, 'cancelled')).toBe('true');
    expect(sandbox.control.exports).toMatchObject([{ cancelled: true, deleted: false }]);
  });

  test.each([403, 404, 500] as const)('is not deleted where the answer is %i', async (status) => {
    sandbox.control.modes.exportDelete = status;
    await make();
    expect((await send('DELETE', FIRST)).status).toBe(status);
    expect(sandbox.control.exports).toMatchObject([{ deleted: false }]);
  });

  test.each(['PUT', 'POST'])('knows no %s', async (method) => {
    await make();
    expect((await send(method, FIRST)).status).toBe(405);
  });
});

test('exports of appliances are listed, those of bundles are not, nor what was deleted', async () => {
  for (const parent of [APPLIANCE, BUNDLE, 'users/alice/appliances/747', APPLIANCE]) await make(parent);
  await send('DELETE', FIRST);
  const ids = async (path: string, item: string, name: string): Promise<readonly (string | undefined)[]> =>
    entries((await send('GET', path)).text, item).map((xml) => field(xml, name));
  expect(await ids('users/alice/exports', 'applianceExport', 'dbId')).toEqual(['5003', '5004']);
  const one = 'users/alice/appliances/752/exports/5004';
  expect(await ids(`users/alice/exports/statuses?ae=${one}`, 'status', 'parentUri')).toEqual([one]);
  expect((await send('GET', `${APPLIANCE}/exports`)).status).toBe(405);
});
