/** What becomes of an image whose header names other files, or is of another format than it is said to be. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Outcome, stream, type TransferEvent, urlImage } from '#imgdl/index.js';
import { bytesOf, masterBootRecord, qcow2, vhdFooter, vhdx } from '../inspect/fixtures.js';
import { run } from '../support/imgdl.js';
import { scratch } from '../support/scratch.js';
import { sendFile, sendText, startWebServer } from '../support/web-server.js';
import { afterwards, names } from './stage.js';

const padded = (bytes: Buffer, size: number): Buffer =>
  Buffer.concat([bytes, Buffer.alloc(size - bytes.byteLength, 7)]);

/** Small, and of more than one checkpoint's least. */
const BACKED = qcow2({ backing: '/etc/passwd' });
const LARGE = padded(BACKED, 400_000);
const PLAIN = padded(qcow2({}), 200_000);
const VHDX = bytesOf({ size: 3 * 1024 * 1024, pieces: vhdx({ flags: 2, locator: { volume_path: 'base.vhdx' } }) });
const sha256 = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

const ID = '6a1d3c52-8f0e-4b7a-9d21-0c5e4f3b2a19';

async function serve(bytes: Buffer, record: Readonly<Record<string, unknown>> = {}) {
  const server = await startWebServer((request, response) => {
    const image = { id: ID, status: 'active', size: bytes.byteLength, created_at: '2026-01-01T00:00:00Z', ...record };
    if (request.url === `/v2/images/${ID}`) sendText(response, 200, JSON.stringify(image));
    else sendFile(request, response, bytes, { ETag: '"one"' });
  });
  afterwards(() => server.close());
  const directory = scratch();
  const target = join(directory, 'x.img');
  const get = (options: Partial<Parameters<typeof urlImage>[0]> = {}) =>
    urlImage({ url: `${server.url}/x.img`, target, retries: 0, ...options }).then(
      (outcome: Outcome) => ({ ...outcome, codes: outcome.warnings.map(({ code }) => code) }),
      (error: { exit: number; code: string; message: string; hint: string; details: object }) => ({
        error: [error.exit, error.code],
        said: `${error.message}\n${error.hint}`,
        details: error.details,
      }),
    );
  return { server, directory, target, get };
}

describe('an image with a backing file', () => {
  test('is saved, with a warning', async () => {
    const { target, get } = await serve(BACKED);
    const outcome = await get();
    expect(outcome).toMatchObject({ status: 'downloaded', codes: expect.arrayContaining(['inspect.backing-file']) });
    expect(readFileSync(target).equals(BACKED)).toBe(true);
  });

  test('is saved without a word where nobody looks', async () => {
    const { get } = await serve(BACKED);
    expect(await get({ inspect: 'off' })).toMatchObject({ status: 'downloaded', codes: ['verify.size-only'] });
  });

  test('an image without one is saved without a word', async () => {
    const { get } = await serve(PLAIN);
    expect(await get({ inspect: 'fail' })).toMatchObject({ status: 'downloaded', codes: ['verify.size-only'] });
  });

  const sizes: readonly (readonly [string, Buffer, readonly string[]])[] = [
    ['small', BACKED, []],
    ['large', LARGE, []],
    ['small, with a checksum', BACKED, [sha256(BACKED)]],
    ['large, with a checksum', LARGE, [sha256(LARGE)]],
  ];
  test.each(sizes)('is refused and kept, and comes only once: %s', async (_, bytes, checksum) => {
    const { target, directory, server, get } = await serve(bytes);
    const refused = await get({ inspect: 'fail', checksum });
    expect(refused).toMatchObject({
      error: [8, 'inspect.backing-file'],
      said: expect.stringMatching(
        /^verifying \S+x\.img from .*: the qcow2 image has a backing file, "\/etc\/passwd".*\nuse --inspect warn to accept it; the partial download is kept$/,
      ),
      details: { findings: ['inspect.backing-file'] },
    });
    expect(existsSync(target)).toBe(false);
    expect(names(directory).map((name) => name.replace(/.*\./, '.'))).toEqual(['.journal', '.part']);
    const asked = server.requests.length;
    expect(await get({ inspect: 'fail', checksum })).toMatchObject({ error: [8, 'inspect.backing-file'] });
    const accepted = await get({ checksum });
    expect(accepted).toMatchObject({ status: 'resumed', resumedFrom: bytes.byteLength, bytes: bytes.byteLength });
    expect(readFileSync(target).equals(bytes)).toBe(true);
    expect(names(directory)).toEqual(['x.img']);
    // Without a digest the end is compared; with one there is nothing to ask.
    if (checksum.length > 0) expect(server.requests).toHaveLength(asked);
  });

  test('does not replace what was there', async () => {
    const { target, get } = await serve(BACKED);
    writeFileSync(target, 'old');
    expect(await get({ inspect: 'fail', force: true })).toMatchObject({ error: [8, 'inspect.backing-file'] });
    expect(readFileSync(target, 'utf8')).toBe('old');
  });

  test('is refused where it was saved before, and stays there', async () => {
    const { target, get } = await serve(BACKED);
    const checksum = [sha256(BACKED)];
    await get({ checksum });
    expect(await get({ checksum })).toMatchObject({ status: 'complete', codes: [] });
    const refusal = { error: [8, 'inspect.backing-file'], said: expect.stringContaining('; the file was not touched') };
    expect(await get({ checksum, inspect: 'fail' })).toMatchObject(refusal);
    expect(await get({ checksum, inspect: 'fail', dryRun: true })).toMatchObject(refusal);
    expect(await get({ checksum, inspect: 'fail', update: true })).toMatchObject(refusal);
    expect(readFileSync(target).equals(BACKED)).toBe(true);
  });
});

describe('an image of another format than Glance has for it', () => {
  const record = { disk_format: 'raw', container_format: 'bare' };
  test('is saved, with a warning', async () => {
    const { server, get } = await serve(PLAIN, record);
    const outcome = await get({ url: `${server.url}/v2/images/${ID}/file` });
    expect(outcome).toMatchObject({ status: 'downloaded', codes: expect.arrayContaining(['inspect.format']) });
  });

  test('is refused', async () => {
    const { server, get } = await serve(PLAIN, record);
    const refused = await get({ url: `${server.url}/v2/images/${ID}/file`, inspect: 'fail' });
    expect(refused).toMatchObject({ error: [8, 'inspect.format'] });
  });

  test('is saved without a word in a container', async () => {
    const { server, get } = await serve(PLAIN, { ...record, container_format: 'ovf' });
    const outcome = await get({ url: `${server.url}/v2/images/${ID}/file`, inspect: 'fail' });
    expect(outcome).toMatchObject({ status: 'downloaded' });
  });
});

describe('to stdout', () => {
  const streamed = async (bytes: Buffer, inspect: 'warn' | 'fail' | 'off', name = 'x.img') => {
    const { server } = await serve(bytes);
    const events: TransferEvent[] = [];
    const download = stream(['url', `${server.url}/${name}`], { inspect, onEvent: (event) => void events.push(event) });
    const chunks: Uint8Array[] = [];
    const ended = await (async () => {
      for await (const chunk of download) chunks.push(chunk);
      return (await download.outcome).warnings.map(({ code }) => code);
    })().catch((error: { exit: number; code: string; hint: string }) => [error.exit, error.code, error.hint]);
    expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
    return ended;
  };

  test.each([
    ['a backing file', LARGE, 'x.img', 'inspect.backing-file'],
    ['a parent, named behind the first MiB', VHDX, 'x.vhdx', 'inspect.parent'],
    [
      'what the last bytes say',
      padded(Buffer.concat([masterBootRecord(), Buffer.alloc(900_000), vhdFooter(2)]), 901_024),
      'x.qcow2',
      'inspect.format',
    ],
  ])('%s is told at the end', async (_, bytes, name, code) => {
    expect(await streamed(bytes, 'warn', name)).toContain(code);
    expect(await streamed(bytes, 'off', name)).not.toContain(code);
    expect(await streamed(bytes, 'fail', name)).toEqual([
      8,
      code,
      'use --inspect warn to accept it; do not use what was written to stdout',
    ]);
  });

  test('the command ends with 8, and says why', async () => {
    const { server, directory } = await serve(BACKED);
    const { code, stdout, stderr } = await run(['url', `${server.url}/x.img`, '-o', '-', '--inspect', 'fail'], {
      cwd: directory,
    });
    expect(code).toBe(8);
    expect(stdout.equals(BACKED)).toBe(true);
    expect(stderr).toMatch(
      /^imgdl: inspect\.backing-file: verifying stdout from .*"\/etc\/passwd", which qemu would read on the host/m,
    );
  });
});
