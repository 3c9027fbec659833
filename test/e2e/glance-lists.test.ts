import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { ListItem } from '#imgdl/core/list.js';
import { PROVIDERS } from '#imgdl/providers/index.js';
import { OwnImages } from '#imgdl/providers/openstack/own-images.js';
import { imageId, PROJECT_IDS } from '#imgdl/sandbox/openstack/glance-image.js';
import { type Sandbox, startSandbox } from '#imgdl/sandbox/sandbox.js';
import type { ResultDocument } from '../support/imgdl.js';
import { type CommandLine, openCommandLine, type Said } from '../toy/command-line.js';
import { documentOf, documentsOf, validList } from './document.js';

/** Lists and names of Glance, from the command line to the sandbox and back. */

let sandbox: Sandbox;
let line: CommandLine;
beforeAll(async () => {
  // What takes its time to be made stays so: nothing depends on how long a test takes.
  sandbox = await startSandbox({ size: 3000, smallSize: 2048, generationMs: Number.MAX_SAFE_INTEGER });
});
afterAll(async () => {
  await sandbox.close();
});
afterEach(() => {
  vi.restoreAllMocks();
});

const say = (args: readonly string[]): Promise<Said> => {
  line = openCommandLine(PROVIDERS);
  return line.say(args, sandbox.environment);
};

async function listed(args: readonly string[]): Promise<readonly ListItem[]> {
  const { code, stdout, stderr } = await say(['glance', 'list', ...args, '--json']);
  expect([code, stderr]).toEqual([0, '']);
  validList(stdout);
  return (JSON.parse(stdout) as { readonly items: readonly ListItem[] }).items;
}

/** What would be downloaded, and the exit code. */
async function meant(args: readonly string[]): Promise<{ readonly code: number; readonly result: ResultDocument }> {
  const { code, stdout } = await say(['glance', 'image', ...args, '-n', '--json']);
  return { code, result: documentOf(stdout) };
}

const hashOf = (bytes: Buffer, algorithm: string): string => createHash(algorithm).update(bytes).digest('hex');

/** The store of the sandbox keeps these otherwise than their records say. */
const LIES = ['corrupt', 'truncated', 'truncated-no-hashes', 'stalled', 'lost-data', 'weird-algo'];

describe('an item of the list', () => {
  test('that is ready can be downloaded by its own command and arguments', async () => {
    const names = new Set(LIES);
    const items = (await listed(['--ready'])).filter(({ name }) => !names.has(name ?? '') && names.add(name ?? ''));
    expect(items.length).toBeGreaterThan(20);
    expect(new Set(items.map(({ command }) => command))).toEqual(new Set(['glance image']));
    const { code, stdout } = await say(['glance', 'image', ...items.flatMap(({ args }) => args), '-o', 'd/', '--json']);
    const { items: results } = documentsOf(stdout);
    expect([code, results.map(({ source }) => source?.ref)]).toEqual([0, items.map(({ id }) => id)]);
    for (const [at, { bytes, name, owner, digests }] of items.entries()) {
      const { path, source } = results[at] ?? {};
      const file = readFileSync(join(line.directory, path ?? ''));
      expect([name, file.length, source?.name, source?.owner]).toEqual([name, bytes, name, owner]);
      for (const { algorithm, hex } of digests) expect([name, hashOf(file, algorithm)]).toEqual([name, hex]);
    }
  });

  test('that is not ready ends with exit 5', async () => {
    const items = (await listed([])).filter(({ ready }) => !ready);
    const reasons = ['queued', 'saving', 'importing', 'deactivated', 'empty'];
    expect(new Set(items.map(({ reason }) => reason))).toEqual(new Set(reasons));
    const one = reasons.map((reason) => items.find((item) => item.reason === reason)?.id ?? '');
    const { code, stdout } = await say(['glance', 'image', ...one, '-n', '--json']);
    expect([code, documentsOf(stdout).items.map(({ error }) => error?.exit)]).toEqual([14, [5, 5, 5, 5, 5]]);
  });
});

describe('a list', () => {
  test('is a table in words, the newest first', async () => {
    const { code, stdout, stderr } = await say(['glance', 'list', 'ubuntu*', 'signed', 'snap*', 'nobody']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.split('\n').map((row) => row.replace(/^[0-9a-f-]{36}/, '…'))).toEqual([
      'ID                                    NAME                   STATUS     SIZE  FORMAT  VISIBILITY  CREATED',
      '…  ubuntu-24.04-20190615  active  2.0 KiB  qcow2   public      2019-06-15 10:00',
      '…  ubuntu-24.04-20190601  active  2.0 KiB  qcow2   public      2019-06-01 10:00',
      '…  signed                 active  2.0 KiB  raw     public      2019-05-02 09:20',
      '…  snapshot-of-volume     empty       0 B  raw     private     2019-05-02 09:19',
      '',
    ]);
  });

  test.each<[string, readonly string[], readonly string[]]>([
    ['a pattern', ['*-20190615'], ['ubuntu-24.04-20190615']],
    ['a name with what Glance takes for an operator', ['in:the-name'], ['in:the-name']],
    ['an id', [imageId('signed')], ['signed']],
    ['--tag', ['--tag', 'lts'], ['ubuntu-24.04-20190615', 'ubuntu-24.04-20190601']],
    ['--property', ['--property', 'os_distro=debian'], ['debian-13']],
    ['--property twice', ['--property', 'os_distro=ubuntu', '--property', 'os_version=13'], []],
    ['--format', ['--format', 'QCOW2', '--limit', '1'], ['ubuntu-24.04-20190615']],
    ['--status', ['--status', 'importing'], ['importing']],
    ['--ready', ['nightly', '--ready'], ['nightly', 'nightly']],
    ['--owner, and what that offers', ['--owner', PROJECT_IDS.other, 'debian*'], ['debian-13', 'debian-13']],
    ['--visibility', ['--visibility', 'community', '--tag', 'rule'], ['community-foreign', 'community-own']],
    ['--hidden', ['--hidden', '--tag', 'rule'], ['hidden-own']],
    [
      '--limit over pages',
      ['--tag', 'page', '--limit', '27', '--name', 'page-0*'],
      [9, 8, 7, 6, 5, 4, 3, 2, 1, 0].map((n) => `page-0${n}`),
    ],
    ['nothing that fits', ['nobody-has-this'], []],
  ])('by %s', async (_, args, names) => {
    expect((await listed(args)).map(({ name }) => name)).toEqual(names);
  });

  test.each<[string, readonly string[]]>([
    ['a visibility that is none', ['--visibility', 'Public']],
    ['a property without a value', ['--property', 'os_distro']],
    ['an empty tag', ['--tag', '']],
    ['an empty pattern', ['']],
    ['what is not a list’s', ['--newest']],
  ])('refuses %s with exit 2', async (_, args) => {
    expect((await say(['glance', 'list', ...args])).code).toBe(2);
  });
});

describe('an image is meant by', () => {
  const id = (object: string): string => imageId(`glance/${object}`);
  test.each<[string, readonly string[], string]>([
    ['its name', ['ubuntu-24.04-20190601'], imageId('ubuntu-24.04-20190601')],
    ['the newest of a pattern', ['ubuntu-24.04*', '--newest'], imageId('ubuntu-24.04-20190615')],
    ['the newest of a name', ['nightly', '--newest'], id('nightly-2')],
    ['the newest of all with a tag', ['*', '--newest', '--tag', 'lts'], imageId('ubuntu-24.04-20190615')],
    ['the newest with a property', ['*', '--newest', '--property', 'os_version=13'], imageId('debian-13')],
    ['a forced name', ['name:in:the-name'], imageId('in:the-name')],
    ['a forced id', [`id:${imageId('signed').toUpperCase()}`], imageId('signed')],
    ['its id, whatever else is said', [imageId('signed'), '--newest', '--tag', 'lts'], imageId('signed')],
    ['its name and its owner', ['debian-13', '--owner', PROJECT_IDS.admin], imageId('debian-13')],
    ['the newest of an owner', ['debian*', '--newest', '--owner', PROJECT_IDS.other], id('debian-13-pending')],
    ['the newest of a visibility', ['debian*', '--newest', '--visibility', 'community'], id('debian-13-community')],
  ])('%s', async (_, args, wanted) => {
    const { code, result } = await meant(args);
    expect([code, result.error, result.source?.ref]).toEqual([0, undefined, wanted]);
  });

  test.each<[string, readonly string[], number, string, RegExp]>([
    ['a pattern without --newest', ['ubuntu*'], 2, 'usage.id', /--newest/],
    ['a name that fits several', ['nightly'], 4, 'not-found.ambiguous', /--newest/],
    ['a pattern that fits none', ['bsd*', '--newest'], 4, 'not-found.image', /imgdl glance list/],
    ['a forced id that is none', ['id:debian'], 2, 'usage.id', /./],
    [
      'a name whose image is in volumes',
      ['snapshot-of-volume'],
      5,
      'not-ready.volume-snapshot',
      /volume create --snapshot 4f6a0e5c-/,
    ],
    ['the newest of what is all in volumes', ['snap*', '--newest'], 5, 'not-ready.volume-snapshot', /./],
    [
      'the newest that somebody would wait for',
      ['nightly', '--newest', '--wait', '1m'],
      5,
      'not-ready.queued',
      /waits/,
    ],
  ])('is an error: %s', async (_, args, exit, code, hint) => {
    const { code: got, result } = await meant(args);
    expect([got, result.error?.code]).toEqual([exit, code]);
    expect(result.error?.hint).toMatch(hint);
  });

  test('candidates are items of the list, each of which can be downloaded', async () => {
    const { result } = await meant(['nightly']);
    const candidates = result.error?.details['candidates'] as readonly ListItem[];
    expect(candidates).toEqual(await listed(['nightly']));
    expect(candidates.map(({ ready }) => ready)).toEqual([false, true, true]);
    expect((await meant(candidates[1]?.args ?? [])).code).toBe(0);
  });
});

describe('what is to be known of an image', () => {
  test('its owner is in the result', async () => {
    const { result } = await meant(['debian*', '--newest']);
    expect(result.source).toMatchObject({ owner: PROJECT_IDS.admin, name: 'debian-13' });
  });

  test('that nobody checked its signature is in the result and on the screen', async () => {
    const { code, stdout, stderr } = await say(['glance', 'image', 'signed', '--json']);
    expect([code, documentOf(stdout).warnings.map((warning) => warning.code)]).toEqual([0, ['signature.unchecked']]);
    expect(stderr).toMatch(/warning: image .* is signed \(img_signature\), and imgdl does not check the signature/);
  });

  test('whose it is, where only somebody else has an image of the name', async () => {
    const { result } = await meant(['community-other']);
    expect(result.error).toMatchObject({
      code: 'not-found.image',
      message: expect.stringContaining(PROJECT_IDS.other),
      hint: expect.stringContaining('--owner ID'),
    });
    expect((await meant(['community-other', '--visibility', 'community'])).result.error).toBeUndefined();
  });
});

describe("nobody else's image slips in", () => {
  const RULE: readonly (readonly [pattern: string, taken: string | undefined])[] = [
    ['debian-13', imageId('debian-13')],
    ['debian*', imageId('debian-13')],
    ['community-*', imageId('community-own')],
    ['shared-*', imageId('shared-accepted')],
    ['shared-pending', undefined],
    ['shared-pend*', undefined],
    ['shared-rejected', undefined],
    ['community-foreign', undefined],
    ['community-f*', undefined],
    ['private-foreign', undefined],
  ];
  const taken = async (
    words: readonly string[],
    as: Readonly<Record<string, string>> = {},
  ): Promise<readonly unknown[]> => {
    const refs: unknown[] = [];
    for (const word of words) {
      const { code, stdout } = await openCommandLine(PROVIDERS).say(
        ['glance', 'image', word, '--newest', '-n', '--json'],
        { ...sandbox.environment, ...as },
      );
      refs.push(code === 0 ? documentOf(stdout).source?.ref : undefined);
    }
    return refs;
  };
  const words = RULE.map(([word]) => word);
  const right = RULE.map(([, ref]) => ref);
  /** To an administrator the lists show the images of all projects. */
  const admin = { OS_USERNAME: 'admin', OS_PASSWORD: 'admin-pw', OS_PROJECT_NAME: 'admin' };

  test('whatever the name', async () => {
    expect(await taken(words)).toEqual(right);
  });

  test('to an administrator, either', async () => {
    expect(await taken(['nightly', 'private*', 'shared*', 'debian*'], admin)).toEqual([
      undefined,
      undefined,
      undefined,
      imageId('debian-13'),
    ]);
  });

  test('without the rule it does', async () => {
    vi.spyOn(OwnImages.prototype, 'includes').mockResolvedValue(true);
    expect(await taken(['nightly', 'private*', 'shared*'], admin)).not.toContain(undefined);
  });
});
