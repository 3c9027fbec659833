import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ListItem } from '#imgdl/core/list.js';
import { PROVIDERS } from '#imgdl/providers/index.js';
import { type Sandbox, startSandbox } from '#imgdl/sandbox/sandbox.js';
import { makeWorkbench, type Workbench } from '../support/workbench.js';
import { openCommandLine } from '../toy/command-line.js';
import { clients, noClients } from './clients.js';
import { password } from './credentials.js';
import { noOpenStack, realOpenStack, whyNoOpenStack } from './service.js';

/** The same questions to imgdl and to OpenStack's own clients, of a real Glance and of the one in the sandbox. */

/** What `openstack image list --long` says of an image. */
interface Row {
  readonly ID: string;
  readonly Name: string;
  readonly 'Disk Format': string | null;
  readonly Size: number | null;
  readonly Checksum: string | null;
  readonly Status: string;
  readonly Visibility: string;
  readonly Project: string;
}

const LISTS: readonly (readonly [ours: readonly string[], theirs: readonly string[]])[] = [
  [[], []],
  [['--visibility', 'public'], ['--public']],
  [['--visibility', 'private'], ['--private']],
  [['--visibility', 'community'], ['--community']],
  [
    ['--visibility', 'shared'],
    ['--shared', '--member-status', 'all'],
  ],
  [
    ['--visibility', 'all'],
    ['--all', '--member-status', 'all'],
  ],
  [['--hidden'], ['--hidden']],
  [
    ['--status', 'queued'],
    ['--status', 'queued'],
  ],
  [['small-raw'], ['--name', 'small-raw']],
  [
    ['--tag', 'choice'],
    ['--tag', 'choice'],
  ],
  [
    ['--property', 'os_distro=choice'],
    ['--property', 'os_distro=choice'],
  ],
  [
    ['--limit', '3'],
    ['--limit', '3'],
  ],
];

/** The exit of an image that is not as its record says. One that is not ready is exit 5. */
const EXITS: Readonly<Record<string, number>> = {
  'lost-data': 5,
  corrupt: 9,
  'weird-algo': 9,
  truncated: 6,
  'truncated-no-hashes': 6,
};
const LARGEST = 10_000_000;
/** Of images that differ in nothing that a download depends on, one. */
function oneOfEach(items: readonly ListItem[]): readonly ListItem[] {
  const kindOf = ({ name, ready, reason, bytes, digests }: ListItem): string =>
    JSON.stringify([ready, reason, bytes, digests.map(({ algorithm }) => algorithm), EXITS[name ?? '']]);
  return [...new Map(items.map((item) => [kindOf(item), item])).values()];
}

/** Thirty are there to fill the pages of a list. */
const isOfItsOwn = ({ name }: ListItem): boolean => name?.startsWith('page-') !== true;

interface Server {
  readonly env: () => Readonly<Record<string, string>>;
  /** Before the tests. */
  open(): Promise<void>;
  close(): Promise<void>;
}

function realServer(): Server {
  let env: Readonly<Record<string, string>> = {};
  return {
    env: () => env,
    async open() {
      // Of a file that is too short, uWSGI ends the connection; eventlet would let the clients wait for a quarter of an hour.
      env = password(await realOpenStack(), { OS_REGION_NAME: 'RegionUwsgi' });
    },
    close: async () => {},
  };
}

function sandboxServer(): Server {
  let sandbox: Sandbox | undefined;
  return {
    env: () => sandbox?.environment ?? {},
    async open() {
      sandbox = await startSandbox({ size: 3000, smallSize: 2048, generationMs: Number.MAX_SAFE_INTEGER });
    },
    close: async () => sandbox?.close(),
  };
}

const SERVERS: readonly (readonly [name: string, skipped: boolean, isReal: boolean, server: Server])[] = [
  [`a real Glance${whyNoOpenStack}`, noOpenStack, true, realServer()],
  ['the sandbox', false, false, sandboxServer()],
];

const why = noClients ? ' [skipped: python3-openstackclient and python3-glanceclient are not installed]' : '';
describe.each(SERVERS)(
  `beside the clients of OpenStack${why}: %s`,
  { timeout: 300_000 },
  (_, skipped, isReal, server) => {
    describe.skipIf(noClients || skipped)('imgdl', () => {
      let bench: Workbench;
      beforeAll(async () => {
        await server.open();
        bench = makeWorkbench();
      }, 180_000);
      afterAll(async () => {
        bench.clear();
        await server.close();
      });

      const say = async (args: readonly string[]): Promise<{ readonly code: number; readonly document: unknown }> => {
        const { code, stdout } = await openCommandLine(PROVIDERS).say(['glance', ...args, '--json'], server.env());
        return { code, document: JSON.parse(stdout) };
      };
      const listed = async (args: readonly string[]): Promise<readonly ListItem[]> =>
        ((await say(['list', ...args])).document as { readonly items: readonly ListItem[] }).items;
      const asRow = (item: ListItem): Row => ({
        ID: item.id ?? '',
        Name: item.name ?? '',
        'Disk Format': item.format,
        Size: item.bytes,
        Checksum: item.digests.find(({ algorithm }) => algorithm === 'md5')?.hex ?? null,
        Status: item.ready || item.reason === 'empty' ? 'active' : (item.reason ?? ''),
        Visibility: item.visibility ?? '',
        Project: item.owner ?? '',
      });

      test('lists what they list', async () => {
        const sorted = ['--sort', 'created_at:desc'];
        const printed = await clients(
          [
            ...LISTS.map(([, theirs]) => ['openstack', 'image', 'list', '--long', '-f', 'json', ...sorted, ...theirs]),
            ['glance', 'image-list', ...sorted],
          ],
          server.env(),
          bench.directory,
        );
        for (const [at, [ours, theirs]] of LISTS.entries()) {
          const { code, stdout, stderr } = printed[at] ?? {};
          expect([theirs, code, stderr]).toEqual([theirs, 0, '']);
          const rows = (JSON.parse(stdout ?? '') as readonly Row[]).map((row) => [row.ID, row]);
          const expected = new Map(rows as [string, Row][]);
          const items = await listed(ours);
          expect([ours, items.map(({ id }) => id)]).toEqual([ours, [...expected.keys()]]);
          for (const item of items) expect(expected.get(item.id ?? '')).toMatchObject(asRow(item));
        }
        const ids = printed.at(-1)?.stdout.match(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?= \|)/g);
        const firsts = new Set(ids);
        for (const { id } of await listed([])) expect(firsts).toContain(id);
      });

      test('says of an image what they say', async () => {
        const items = (await listed(['--visibility', 'all'])).filter(isOfItsOwn);
        const printed = await clients(
          items.map(({ id }) => ['openstack', 'image', 'show', '-f', 'json', id ?? '']),
          server.env(),
          bench.directory,
        );
        for (const [at, item] of items.entries()) {
          const { code, stdout } = printed[at] ?? {};
          const shown = code === 0 ? JSON.parse(stdout ?? '') : { code };
          const { name, bytes: size, format, visibility, owner, created } = item;
          expect(shown).toMatchObject({ id: item.id, name, visibility, owner });
          expect([shown.disk_format ?? null, shown.size ?? null]).toEqual([format, size]);
          expect(shown.created_at).toBe(created?.replace('.000Z', 'Z'));
        }
      });

      test('downloads the bytes that they download, and leaves nothing where there are none', async () => {
        // For a stalled one they wait for ever; those of one name differ in who may have them, which is not asked here.
        const all = (await listed(['--visibility', 'all'])).filter(
          (item) => isOfItsOwn(item) && !/^(?:stalled$|choice)/.test(item.name ?? '') && (item.bytes ?? 0) < LARGEST,
        );
        const items = isReal ? all : oneOfEach(all);
        const file = (by: string, id: string | null): string => join(bench.directory, `${by}-${id}`);
        const printed = await clients(
          items.flatMap(({ id }) => [
            ['openstack', 'image', 'save', '--file', file('openstack', id), id ?? ''],
            ['glance', 'image-download', '--file', file('glance', id), id ?? ''],
          ]),
          server.env(),
          bench.directory,
        );
        for (const [at, { id, name, ready }] of items.entries()) {
          const target = file('imgdl', id);
          const { code } = await say(['image', id ?? '', '-o', target, '--retries', '1']);
          const exit = ready ? (EXITS[name ?? ''] ?? 0) : 5;
          expect([name, code, existsSync(target)]).toEqual([name, exit, exit === 0]);
          if (exit !== 0) continue;
          for (const [by, client] of ['openstack', 'glance'].entries()) {
            const { code: theirs, stderr } = printed[2 * at + by] ?? {};
            expect([name, client, theirs, stderr]).toEqual([name, client, 0, expect.anything()]);
            expect(readFileSync(file(client, id)).equals(readFileSync(target)), `${name} by ${client}`).toBe(true);
          }
        }
        expect(items.length).toBeGreaterThan(isReal ? 20 : 8);
      });
    });
  },
);
