import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cleanEnvironment, IMGDL } from '../support/imgdl.js';
import { listening } from '../support/listening.js';
import { ended } from '../support/processes.js';

const MIB = 2 ** 20;
const IMAGES = 10_000;
const PAGE = 500;
const MOST = 200 * MIB;

/** At its exit the process tells its own peak, in KiB. */
const TELL_PEAK = `data:text/javascript,process.on('exit',()=>console.error('peak',process.resourceUsage().maxRSS))`;

/** A record as Zed writes it, with a kilobyte of properties. */
const record = (n: number): string =>
  JSON.stringify({
    id: `${String(n).padStart(8, '0')}-0000-4000-8000-000000000000`,
    name: `image-${n}`,
    status: 'active',
    size: 2_361_393_152,
    disk_format: 'qcow2',
    container_format: 'bare',
    visibility: 'public',
    owner: 'eb3f75cd53c44132b0db4948cf9cfb3a',
    checksum: 'ee20785a2dad89480c622c3291fd1831',
    os_hash_algo: 'sha512',
    os_hash_value: 'ab'.repeat(64),
    os_hidden: false,
    created_at: '2026-11-21T07:24:12Z',
    updated_at: '2026-11-21T07:24:12Z',
    tags: [],
    description: 'x'.repeat(1000),
  });

let server: Awaited<ReturnType<typeof listening>>;
beforeAll(async () => {
  server = await listening(
    createServer(({ url = '' }, response) => {
      const from = Number(new URL(url, 'http://host').searchParams.get('marker') ?? 0);
      const records = Array.from({ length: PAGE }, (_, n) => record(from + n));
      const next = from + PAGE < IMAGES ? `, "next": "/v2/images?marker=${from + PAGE}"` : '';
      response.end(`{"images": [${records.join(', ')}]${next}}`);
    }),
  );
});
afterAll(async () => {
  await server.close();
});

test.each([
  ['a list', ['list', '--json']],
  ['the newest of many', ['image', '*', '--newest', '-n', '--json']],
])(`${IMAGES} images take less than 200 MiB: %s`, async (_, args) => {
  const env = { ...cleanEnvironment(), OS_AUTH_TYPE: 'none', OS_ENDPOINT: `http://127.0.0.1:${server.port}` };
  const child = spawn(process.execPath, ['--import', TELL_PEAK, IMGDL, 'glance', ...args], { env });
  let out = 0;
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.length;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const { code } = await ended(child);
  expect(code, said).toBe(0);
  expect(out).toBeGreaterThan(args[0] === 'list' ? IMAGES * 500 : 100);
  const peak = Number(/^peak (\d+)$/m.exec(said)?.[1]) * 1024;
  expect(peak).toBeGreaterThan(20 * MIB);
  expect(peak).toBeLessThanOrEqual(MOST);
});
