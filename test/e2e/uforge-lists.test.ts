import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ListItem } from '#imgdl/core/list.js';
import { PROVIDERS } from '#imgdl/providers/index.js';
import { DEFAULT_MODES, type SandboxModes } from '#imgdl/sandbox/modes.js';
import { type Sandbox, startSandbox } from '#imgdl/sandbox/sandbox.js';
import { CANARIES } from '#imgdl/sandbox/uforge/objects.js';
import { type CommandLine, openCommandLine, type Said } from '../toy/command-line.js';
import { documentOf, validList } from './document.js';
import { sha256 } from './stage.js';

/** Lists and names of UForge, from the command line to the sandbox and back. */

/** What is being generated stays so: nothing depends on how long a test takes. */
const MODES: SandboxModes = { ...DEFAULT_MODES, generationMs: Number.MAX_SAFE_INTEGER };

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ ...MODES, size: 3000, smallSize: 2048 });
});
afterAll(async () => {
  await sandbox.close();
});

const LISTS = ['appliance list', 'container list', 'scan list'] as const;
/** The sandbox says something of these that is not true. */
const LIES: Readonly<Record<string, number>> = { '1108': 9, '1110': 8 };

function say(line: CommandLine, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Said> {
  return line.say(args, { ...sandbox.environment, ...env });
}

async function listed(line: CommandLine, args: readonly string[]): Promise<readonly ListItem[]> {
  const { code, stdout, stderr } = await say(line, [...args, '--json']);
  expect([code, stderr]).toEqual([0, '']);
  validList(stdout);
  for (const secret of Object.values(CANARIES)) expect(stdout).not.toContain(secret);
  expect(stdout).not.toMatch(/\b[0-9a-f]{32}\b.*downloadId|downloadKey/);
  return (JSON.parse(stdout) as { readonly items: readonly ListItem[] }).items;
}

const told = (items: readonly ListItem[]): readonly string[] =>
  items.map(({ command, args, ready, reason }) => `${command} ${args.join(' ')}: ${ready ? 'ready' : reason}`);

/** What the sandbox calls the bytes. */
function objectOf({ command, id }: ListItem): string {
  const folder = command === 'scan image' ? 'scan-images' : command === 'container image' ? 'container-images' : '';
  return `${folder || `${command?.split(' ')[1]}s`}/${id}`;
}

describe('every item that is ready can be downloaded by its own command and arguments', () => {
  test.each(LISTS)('%s', async (list) => {
    const line = openCommandLine(PROVIDERS);
    const items = await listed(line, list.split(' '));
    const ready = items.filter((item) => item.ready);
    expect(ready.length).toBeGreaterThan(0);
    for (const item of ready) {
      const { code, stdout, stderr } = await say(line, [...(item.command ?? '').split(' '), ...item.args]);
      expect([item.id, code, code === 0 ? stderr : ''], stderr).toEqual([
        item.id,
        LIES[item.id ?? ''] ?? 0,
        expect.anything(),
      ]);
      if (code !== 0) continue;
      const path = join(line.directory, stdout.trimEnd());
      const bytes = readFileSync(path);
      expect([item.id, sha256(bytes)]).toEqual([item.id, sandbox.control.object(objectOf(item)).digest('sha256')]);
      if (item.bytes !== null) expect(bytes).toHaveLength(item.bytes);
      rmSync(path);
    }
  });

  test.each(LISTS)('%s: those that are not end with exit 5', async (list) => {
    const line = openCommandLine(PROVIDERS);
    const items = (await listed(line, list.split(' '))).filter((item) => !item.ready);
    expect(items.length).toBeGreaterThan(0);
    for (const { command, args, id } of items) {
      const { code } = await say(line, [...(command ?? '').split(' '), ...args, '-n']);
      expect([id, code]).toEqual([id, 5]);
    }
  });
});

describe('a list is the same, whatever the server is like:', () => {
  const usual = new Map<string, readonly string[]>();
  beforeAll(async () => {
    const line = openCommandLine(PROVIDERS);
    for (const list of LISTS) usual.set(list, told(await listed(line, list.split(' '))));
  });

  const modes: readonly (readonly [string, Partial<SandboxModes>])[] = [
    ['no list of all', { wideLists: 404 }],
    ['no permission for the list of all', { wideLists: 403 }],
    ['pages of three', { pageCap: 3 }],
    ['pages of three, and no list of all', { pageCap: 3, wideLists: 403 }],
    ['no total', { listTotal: 'absent' }],
    ['a total of the page', { listTotal: 'page' }],
    ['long entries', { entryPadding: 200_000 }],
    ['a list that is one short, once', { shortLists: 1 }],
    ['another key at every look', { keyMint: 'per-get' }],
  ];
  test.each(modes)('%s', async (_what, changed) => {
    const line = openCommandLine(PROVIDERS);
    Object.assign(sandbox.control.modes, changed);
    try {
      for (const list of LISTS) expect(told(await listed(line, list.split(' ')))).toEqual(usual.get(list));
    } finally {
      Object.assign(sandbox.control.modes, MODES);
    }
  });

  test.each<[string, Partial<SandboxModes>, number]>([
    ['always one short', { shortLists: 99 }, 8],
    ['always one more', { listTotal: 'more' }, 8],
    ['the same page for ever', { pageCap: 3, paging: 'repeats' }, 8],
    ['entries of a megabyte', { entryPadding: 1024 * 1024 }, 8],
    ['down', { unavailable: 99 }, 6],
  ])('unless it is %s', async (_what, changed, exit) => {
    const line = openCommandLine(PROVIDERS);
    Object.assign(sandbox.control.modes, changed);
    try {
      expect((await say(line, ['appliance', 'list', '747'])).code).toBe(exit);
    } finally {
      Object.assign(sandbox.control.modes, MODES);
    }
  });
});

describe('a list of', () => {
  test.each<[string, readonly string[], readonly string[]]>([
    ['an appliance', ['appliance', 'list', '748'], ['1120']],
    ['an appliance by its name', ['appliance', 'list', 'web-server@1.0:2'], ['1131']],
    ['several of one name', ['appliance', 'list', 'web'], ['1121', '1120']],
    ['a name with an @', ['appliance', 'list', 'mail@home'], ['1140']],
    ['an appliance without images', ['appliance', 'list', 'empty'], []],
    ['a format by its title', ['appliance', 'list', 'web-server@1.2', '--format', 'VirtualBox'], ['1135']],
    ['a format in any case', ['appliance', 'list', 'web-server@1.2', '--format', 'VBOX'], ['1135']],
    ['a pattern', ['appliance', 'list', '--name', 'mail*'], ['1140']],
    ['a pattern, asked of the server', ['appliance', 'list', '748', '--name', 'w?b'], ['1120']],
    ['what is ready, and the newest of that', ['appliance', 'list', '752', '--ready', '--limit', '1'], ['95']],
    ['a scan by its name', ['scan', 'list', 'web-server', 'Scan #2'], ['58']],
    ['a scanned instance', ['scan', 'list', 'database'], ['59']],
    ['a bundle', ['container', 'list', 'nginx', '130', '--ready'], ['590']],
    ['a template without images', ['container', 'list', 'nginx', 'latest'], []],
  ])('%s', async (_what, args, ids) => {
    expect((await listed(openCommandLine(PROVIDERS), args)).map(({ id }) => id)).toEqual(ids);
  });

  test('the user, in words', async () => {
    const { code, stdout } = await say(openCommandLine(PROVIDERS), ['appliance', 'list', '748']);
    expect([code, stdout]).toEqual([
      0,
      'APPLIANCE  IMAGE  KIND   NAME  VERSION  REV  FORMAT     SIZE  CREATED           READY\n' +
        '748        1120   image  web   2.0      1    targz   2.0 KiB  2019-05-03 03:15  yes\n',
    ]);
  });
});

describe('an image by name', () => {
  test.each<[string, readonly string[], string]>([
    ['the latest that is ready', ['appliance', 'image', 'web-server@1.2', 'latest'], 'images/1135'],
    ['the latest of a format', ['appliance', 'image', 'web-server@1.2', 'latest', '--format', 'qcow2'], 'images/1134'],
    ['the latest of a revision', ['appliance', 'image', 'web-server@1.2', 'latest', '--revision', '1'], 'images/1132'],
    ['the newest appliance of the name', ['appliance', 'image', 'web-server', 'latest', '--newest'], 'images/1135'],
    ['the latest that is published', ['appliance', 'pimage', 'web-server@1.2', 'latest'], 'pimages/95'],
    ['an id without its appliance', ['appliance', 'image', '1095'], 'images/1095'],
    ['an id without its template', ['container', 'image', '590'], 'container-images/590'],
    ['a bundle and an id', ['container', 'image', 'nginx', '130', '590'], 'container-images/590'],
    ['a scan', ['scan', 'image', 'web-server', 'Scan #1', 'latest'], 'scan-images/56'],
  ])('%s', async (_what, args, object) => {
    const line = openCommandLine(PROVIDERS);
    const { code, stdout, stderr } = await say(line, args);
    expect([code, stderr.includes('hint: ')], stderr).toEqual([0, false]);
    const bytes = readFileSync(join(line.directory, stdout.trimEnd()));
    expect(sha256(bytes)).toBe(sandbox.control.object(object).digest('sha256'));
  });

  test('several of one appliance: all but the last argument are shared, as ever', async () => {
    const line = openCommandLine(PROVIDERS);
    const { code, stdout } = await say(line, ['appliance', 'image', 'dev-env', '1095', '1096', '1112']);
    expect([code, stdout.trimEnd().split('\n')]).toEqual([
      0,
      [expect.stringMatching('rev1_targz'), expect.stringMatching('vmware'), expect.stringMatching('rev2')],
    ]);
  });

  test('several fit: exit 4, with candidates for programs', async () => {
    const line = openCommandLine(PROVIDERS);
    const { code, stdout } = await say(line, ['appliance', 'image', 'web-server', 'latest', '--json']);
    documentOf(stdout);
    const { error } = JSON.parse(stdout) as { error: { code: string; details: { candidates: readonly ListItem[] } } };
    expect([code, error.code]).toEqual([4, 'not-found.ambiguous']);
    for (const { command, args } of error.details.candidates) {
      expect(command).toBeNull();
      expect((await say(line, ['appliance', 'image', ...args, 'latest', '-n'])).code).toBe(0);
    }
  });

  test('is waited for with --wait: the newest of all', async () => {
    const own = await startSandbox({ size: 3000, smallSize: 2048 });
    try {
      own.control.stages('images/1136', [42, 'complete']);
      const line = openCommandLine(PROVIDERS);
      const args = ['appliance', 'image', 'web-server@1.2', 'latest', '--wait', '1m', '-o', 'x'];
      const { code, stdout } = await line.say(args, own.environment);
      expect([code, stdout]).toEqual([0, 'x\n']);
      expect(sha256(readFileSync(join(line.directory, 'x')))).toBe(own.control.object('images/1136').digest('sha256'));
    } finally {
      await own.close();
    }
  });

  test.each(['ignored', 'refused'] as const)('where conditions are %s', async (fiql) => {
    Object.assign(sandbox.control.modes, { fiql });
    try {
      const line = openCommandLine(PROVIDERS);
      expect((await say(line, ['appliance', 'image', 'web@2.0', 'latest', '-n'])).code).toBe(0);
      expect(existsSync(join(line.directory, 'x'))).toBe(false);
    } finally {
      Object.assign(sandbox.control.modes, MODES);
    }
  });

  test('and a list, with API keys', async () => {
    const { environment: env } = sandbox;
    const keys = { IMGDL_PASSWORD: '', IMGDL_PUBLIC_KEY: env['SANDBOX_PUBLIC_KEY'] ?? '' };
    const line = openCommandLine(PROVIDERS);
    const more = { ...keys, IMGDL_SECRET_KEY: env['SANDBOX_SECRET_KEY'] ?? '' };
    expect((await say(line, ['appliance', 'image', 'web@2.0', 'latest', '-n'], more)).code).toBe(0);
    const { code, stdout } = await say(
      line,
      ['scan', 'list', 'web-server', 'Scan #2', '--name', 'web*', '--json'],
      more,
    );
    expect([code, (JSON.parse(stdout) as { items: readonly ListItem[] }).items.map(({ id }) => id)]).toEqual([
      0,
      ['58'],
    ]);
  });

  test('a base URL without /api is named in the hint', async () => {
    const line = openCommandLine(PROVIDERS);
    const { origin } = sandbox.urls;
    for (const args of [
      ['appliance', 'list'],
      ['appliance', 'image', '747', '1095'],
      ['scan', 'image', '56'],
    ]) {
      const { code, stderr } = await say(line, args, { IMGDL_URL: origin });
      expect([code, stderr]).toEqual([4, expect.stringContaining(`hint: use --url ${origin}/api\n`)]);
    }
  });
});
