import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { ListItem } from '#imgdl/core/list.js';
import { PROVIDERS } from '#imgdl/providers/index.js';
import { OwnImages } from '#imgdl/providers/openstack/own-images.js';
import { documentOf, validList } from '../e2e/document.js';
import type { ResultDocument } from '../support/imgdl.js';
import { openCommandLine, type Said } from '../toy/command-line.js';
import type { Cloud } from './cloud.js';
import { password } from './credentials.js';
import { noOpenStack, realOpenStack, whyNoOpenStack } from './service.js';

const REGIONS = ['RegionOne', 'RegionUwsgi'] as const;
/** To an administrator the lists show the images of all projects. */
const ADMIN = { OS_USERNAME: 'admin', OS_PASSWORD: 'admin-pw', OS_PROJECT_NAME: 'admin' };

describe.skipIf(noOpenStack)(`lists and names of a real Glance${whyNoOpenStack}`, { timeout: 60_000 }, () => {
  let cloud: Cloud;
  beforeAll(async () => {
    cloud = await realOpenStack();
  }, 180_000);
  afterEach(() => {
    vi.restoreAllMocks();
  });

  const say = (args: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<Said> =>
    openCommandLine(PROVIDERS).say(['glance', ...args, '--json'], password(cloud, more));
  const listed = async (
    args: readonly string[],
    more: Readonly<Record<string, string>> = {},
  ): Promise<readonly ListItem[]> => {
    const { code, stdout, stderr } = await say(['list', ...args], more);
    expect([code, stderr]).toEqual([0, '']);
    validList(stdout);
    return (JSON.parse(stdout) as { readonly items: readonly ListItem[] }).items;
  };
  const meant = async (
    args: readonly string[],
    more: Readonly<Record<string, string>> = {},
  ): Promise<{ readonly code: number; readonly result: ResultDocument }> => {
    const { code, stdout } = await say(['image', ...args, '-n'], more);
    return { code, result: documentOf(stdout) };
  };
  /** The key of the image that is taken, or the code of the error. */
  const taken = async (args: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<string> => {
    const { result } = await meant(args, more);
    return result.error?.code ?? keyOf(result.source?.ref ?? '');
  };
  const keyOf = (id: string | null): string =>
    Object.entries({ ...cloud.images, ...cloud.choices, ...cloud.rules }).find(([, image]) => image.id === id)?.[0] ??
    `${id}`;

  test.each(REGIONS)('a list has what a project sees, the newest first, by %s', async (region) => {
    const items = await listed([], { OS_REGION_NAME: region });
    const keys = items.map(({ id }) => keyOf(id));
    for (const key of ['small-raw', 'private-demo', 'queued', 'choice-own', 'choice-share', 'vm-snapshot'])
      expect(keys).toContain(key);
    for (const key of ['private-other', 'hidden-public', 'community-other', 'choice-pending', 'choice-rejected'])
      expect(keys).not.toContain(key);
    const times = items.map(({ created }) => created ?? '');
    expect(times).toEqual([...times].sort().reverse());
  });

  test('an item says what was uploaded, and what an image without data lacks', async () => {
    const items = await listed([]);
    const item = (key: string): ListItem | undefined => items.find(({ id }) => id === cloud.images[key]?.id);
    expect(item('odd-raw')).toMatchObject({
      bytes: cloud.images['odd-raw']?.size,
      format: 'raw',
      ready: true,
      owner: cloud.projects.admin,
      visibility: 'public',
      digests: [
        { algorithm: 'sha512', hex: cloud.images['odd-raw']?.sha512 },
        { algorithm: 'md5', hex: cloud.images['odd-raw']?.md5 },
      ],
    });
    const reasons = ['queued', 'deactivated', 'vm-snapshot', 'empty'].map((key) => item(key)?.reason);
    expect(reasons).toEqual(['queued', 'deactivated', 'empty', null]);
  });

  test.each<[string, readonly string[], readonly string[]]>([
    ['a pattern', ['choice*', '--ready'], ['choice-own', 'choice-share', 'choice-public', 'choice-share-old']],
    ['a name', ['choice-share'], ['choice-share', 'choice-share-old']],
    ['a name with a colon', ['colon:name'], ['colon:name']],
    ['--tag', ['--tag', 'choice'], ['choice-public']],
    ['--property', ['--property', 'os_distro=choice'], ['choice-own']],
    ['--property that is no property', ['--property', 'metadata=x', '--property', 'numa_min=x'], []],
    ['--status', ['choice', '--status', 'queued'], ['choice-queued']],
    ['--visibility community', ['choice', '--visibility', 'community'], ['choice-community']],
    ['--visibility shared', ['choice', '--visibility', 'shared'], ['choice-rejected', 'choice-pending']],
    [
      '--visibility all',
      ['choice', '--visibility', 'all', '--limit', '3'],
      ['choice-rejected', 'choice-pending', 'choice-community'],
    ],
    ['--hidden', ['--hidden'], ['hidden-public', 'hidden-own']],
    ['--format', ['choice', '--format', 'RAW', '--ready', '--limit', '1'], ['choice-own']],
    ['--format that no image has', ['--format', 'vmdk'], []],
  ])('is narrowed by %s', async (_, args, keys) => {
    expect((await listed(args)).map(({ id }) => keyOf(id))).toEqual(keys);
  });

  test('--owner shows all of an owner that a project may have', async () => {
    expect((await listed(['choice', '--owner', cloud.projects.other])).map(({ id }) => keyOf(id))).toEqual([
      'choice-rejected',
      'choice-pending',
      'choice-community',
    ]);
  });

  test('pages end', async () => {
    const one = await listed([], { OS_REGION_NAME: 'RegionOne' });
    // 25 of a page: the least that is asked for.
    expect((await listed(['--limit', '26'])).map(({ id }) => id)).toEqual(one.slice(0, 26).map(({ id }) => id));
  });

  test.each<[string, readonly string[], string]>([
    ['the newest of a name is ours', ['choice', '--newest'], 'choice-own'],
    ['the newest of a pattern is a share that was accepted', ['choice-*', '--newest'], 'choice-share'],
    ['the newest with a tag', ['*', '--newest', '--tag', 'choice'], 'choice-public'],
    ['the newest with a property', ['*', '--newest', '--property', 'os_distro=choice'], 'choice-own'],
    ['the newest that is public', ['choice', '--newest', '--visibility', 'public'], 'choice-public'],
    [
      'a community image when that is asked for',
      ['choice', '--newest', '--visibility', 'community'],
      'choice-community',
    ],
    ['a pending share when that is asked for', ['choice', '--newest', '--visibility', 'shared'], 'choice-pending'],
    ['a name with a colon', ['colon:name'], 'colon:name'],
    ['several without --newest', ['choice'], 'not-found.ambiguous'],
    ['a pattern without --newest', ['choice*'], 'usage.id'],
    ['a snapshot of volumes', ['vm-snapshot'], 'not-ready.volume-snapshot'],
    ['the newest, for which somebody waits', ['choice', '--newest', '--wait', '1m'], 'not-ready.queued'],
  ])('%s', async (_, args, wanted) => {
    expect(await taken(args)).toBe(wanted);
  });

  test('the newest of an owner', async () => {
    expect(await taken(['choice', '--newest', '--owner', cloud.projects.other])).toBe('choice-rejected');
  });

  test('the result names the owner, and that a signature was not checked', async () => {
    const { result } = await meant(['signed']);
    expect([result.source?.owner, result.warnings.map(({ code }) => code)]).toEqual([
      cloud.projects.admin,
      ['signature.unchecked'],
    ]);
  });

  describe("nobody else's image slips in", () => {
    const ASKED = ['choice', 'choice-*', 'cho?ce', 'private-oth*', 'community-oth*', 'shared-oth*'];
    const rightly = [
      'choice-own',
      'choice-share',
      'choice-own',
      'not-found.image',
      'not-found.image',
      'not-found.image',
    ];
    const all = async (more: Readonly<Record<string, string>> = {}): Promise<readonly string[]> => {
      const keys: string[] = [];
      for (const word of ASKED) keys.push(await taken([word, '--newest'], more));
      return keys;
    };

    test.each(REGIONS)('by %s', async (region) => {
      expect(await all({ OS_REGION_NAME: region })).toEqual(rightly);
    });

    test('to an administrator, who is shown those of all', async () => {
      expect(await all(ADMIN)).toEqual([
        'choice-public',
        'choice-share-old',
        'choice-public',
        'not-found.image',
        'not-found.image',
        'not-found.image',
      ]);
    });

    test('without the rule it does', async () => {
      vi.spyOn(OwnImages.prototype, 'includes').mockResolvedValue(true);
      expect((await all(ADMIN)).slice(0, 4)).toEqual([
        'choice-foreign',
        'choice-share',
        'choice-foreign',
        'private-other',
      ]);
    });
  });
});
