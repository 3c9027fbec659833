import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { SandboxModes } from '#imgdl/sandbox/modes.js';
import { imageId, PROJECT_IDS } from '#imgdl/sandbox/openstack/glance-image.js';
import { UUID_NAME } from '#imgdl/sandbox/openstack/glance-images.js';
import { type Sandbox, startSandbox } from '#imgdl/sandbox/sandbox.js';
import { type Got, get, tokenOf } from '../client.js';

interface Listed {
  readonly images: readonly { readonly id: string; readonly name: string; readonly status: string }[];
  readonly first: string;
  readonly next?: string;
}

let sandbox: Sandbox;
let token: string;
beforeAll(async () => {
  sandbox = await startSandbox({ size: 3000, smallSize: 2000 });
  token = await tokenOf(sandbox.urls.keystone);
});
afterEach(() => sandbox.control.clearOverrides());
afterAll(async () => {
  expect(sandbox.control.failures).toEqual([]);
  await sandbox.close();
});

const ask = (path: string): Promise<Got> =>
  get(`${sandbox.urls.glance}${path}`, { headers: { 'x-auth-token': token } });
const list = async (query: string): Promise<Listed> => JSON.parse((await ask(`/v2/images?${query}`)).text);
const names = async (query: string): Promise<readonly string[]> => (await list(query)).images.map(({ name }) => name);
const mode = (modes: Partial<SandboxModes>): void => sandbox.control.override('/image', modes);

describe('a list of', () => {
  test.each([
    ['an exact name', 'name=small-raw', ['small-raw']],
    ['a name in other letters', 'name=Small-Raw', []],
    ['a name twice', 'name=duplicate', ['duplicate', 'duplicate']],
    ['two names', 'name=in:small-raw,big-raw&sort=name:asc', ['big-raw', 'small-raw']],
    ['an empty name: it is one', 'name=', []],
    ['a name with a comma', `name=in:${encodeURIComponent('"a name, with a comma"')}`, ['a name, with a comma']],
    ['a name that looks like an operator, escaped', 'name=eq:in:the-name', ['in:the-name']],
    ['a name that looks like an operator, as it is', 'name=in:the-name', []],
    ['a name with another word before a colon, escaped', 'name=eq:odd:operator', ['odd:operator']],
    ['a name that is the UUID of another image', `name=${UUID_NAME}`, [UUID_NAME]],
    ['a name with Unicode', `name=${encodeURIComponent('spaces and/slash é✓')}`, ['spaces and/slash é✓']],
    ['a hidden image by name', 'name=hidden-public', []],
    ['hidden images', 'os_hidden=true', ['hidden-own', 'hidden-public']],
    ['a community image by name', 'name=community-other', []],
    ['community images', 'visibility=community&name=community-other', ['community-other']],
    ['a shared image by name', 'name=shared-other', []],
    ['shared ones with any membership', 'name=shared-other&member_status=all', ['shared-other']],
    ['a private image of another project', 'name=private-other', []],
    ['the newest of a name first', 'name=nightly', ['nightly', 'nightly', 'nightly']],
    ['a tag', 'tag=lts', ['ubuntu-24.04-20190615', 'ubuntu-24.04-20190601']],
    ['a property', 'os_distro=debian', ['debian-13']],
    ['a property that nobody has', 'os_secure_boot=required', []],
    ['a disk format', 'disk_format=qcow2&name=in:small-raw,small-qcow2', ['small-qcow2']],
    ['a status', 'status=in:saving,importing&sort=name:asc', ['importing', 'saving']],
    ['an owner', `owner=${PROJECT_IDS.other}`, ['shared-accepted']],
    ['a size', 'size_max=0&sort=name:asc', ['empty', 'snapshot-of-volume']],
    ['a time', 'created_at=gte:2019-06-15T10:00:00Z', ['ubuntu-24.04-20190615']],
    ['of two names the last', 'name=small-raw&name=big-raw', ['big-raw']],
  ])('%s', async (_, query, expected) => {
    expect(await names(query)).toEqual(expected);
  });

  test.each([
    ['everything', '', ['community-own', 'shared-accepted', 'shared-own']],
    ['community', '&visibility=community', ['community-foreign', 'community-own']],
    ['shared', '&visibility=shared', ['shared-accepted', 'shared-own']],
    ['all', '&visibility=all', ['community-foreign', 'community-own', 'shared-accepted', 'shared-own']],
    ['pending', '&visibility=shared&member_status=pending', ['shared-own', 'shared-pending']],
    [
      'any membership',
      '&visibility=shared&member_status=all',
      ['shared-accepted', 'shared-own', 'shared-pending', 'shared-rejected'],
    ],
  ])('%s: what is foreign is there only when it was asked for or accepted', async (_, query, expected) => {
    const found = await names(`tag=rule&sort=name:asc${query}`);
    expect(found.filter((name) => /^(community|shared|private)-/.test(name))).toEqual(expected);
  });

  // All words that Glance has for such mistakes are compared with a real one in test/openstack.
  test.each([
    ['a name with an unknown word before a colon', 'name=odd:operator', "unknown operator 'odd'"],
    ['a status with one', 'status=foo:active', "unknown operator 'foo'"],
    ['an unclosed quote', `name=in:${encodeURIComponent('"a')}`, 'The quote is not closed'],
    ['an unknown visibility', 'visibility=everybody', 'Invalid visibility value'],
    ['an unknown membership', 'member_status=maybe', 'Invalid status'],
    ['a marker of an image that one may not see', `marker=${imageId('private-other')}`, 'No image found with ID'],
  ])('%s is refused', async (_, query, words) => {
    const { status, text } = await ask(`/v2/images?${query}`);
    expect([status, text]).toEqual([400, expect.stringContaining(words)]);
  });

  test('nothing is as recorded', async () => {
    expect((await ask('/v2/images?name=nope')).text).toBe(
      '{"images": [], "first": "/v2/images?name=nope", "schema": "/v2/schemas/images"}',
    );
  });

  test('a share can be had by its id while it is pending, not without a membership', async () => {
    for (const [name, status] of [
      ['shared-pending', 200],
      ['shared-with-nobody', 404],
      ['private-foreign', 404],
    ] as const) {
      expect((await ask(`/v2/images/${imageId(name)}`)).status).toBe(status);
    }
  });
});

describe('pages', () => {
  const walk = async (start: string): Promise<readonly string[]> => {
    const seen: string[] = [];
    let next: string | undefined = start;
    for (let page = 0; next !== undefined && page < 99; page += 1) {
      const document: Listed = JSON.parse((await ask(next)).text);
      seen.push(...document.images.map(({ name }) => name));
      expect(document.next ?? '/v2/').toMatch(/^\/v2\//);
      next = document.next;
    }
    return seen;
  };

  test('are walked by `next`, whose path has lost the prefix of the endpoint', async () => {
    expect(await walk('/v2/images?limit=7&sort=name:asc&tag=page')).toEqual(
      Array.from({ length: 30 }, (_, page) => `page-${String(page).padStart(2, '0')}`),
    );
  });

  test.each(['limit=1', 'limit=7', 'limit=3&sort=size:asc,name:desc', 'limit=5&sort_key=status&sort_dir=asc'])(
    'of %s have every image once',
    async (query) => {
      const all = await names('limit=1000');
      expect([...(await walk(`/v2/images?${query}`))].sort()).toEqual([...all].sort());
    },
  );

  test('that end on a full one have a `next` that leads to an empty one', async () => {
    const { next } = await list('limit=1&name=small-raw');
    expect(JSON.parse((await ask(String(next))).text)).toMatchObject({ images: [] });
  });

  test('have 25 images, at most 1000, and none for a limit of 0', async () => {
    expect(await names('')).toHaveLength(25);
    expect(await names('limit=0')).toEqual([]);
    const large = await startSandbox({ size: 1000, images: 1100, imageSize: 10, digests: false });
    const answer = await get(`${large.urls.glance}/v2/images?limit=5000`, {
      headers: { 'x-auth-token': await tokenOf(large.urls.keystone) },
    });
    expect(JSON.parse(answer.text).images).toHaveLength(1000);
    await large.close();
  });

  test('keep the last of two tags only in their links, as the real service does', async () => {
    const { first, next } = await list('tag=rule&tag=rule2&limit=1');
    expect([first, next]).toEqual(['/v2/images?tag=rule2&limit=1', undefined]);
  });

  test.each<[string, Partial<SandboxModes>, RegExp]>([
    ['repeats', { next: 'repeats' }, /^\/v2\/images\?limit=2$/],
    ['leads elsewhere', { next: 'elsewhere' }, /^http:\/\/elsewhere\.example\/v2\/images\?limit=2&marker=/],
  ])('by mode, `next` %s', async (_, modes, expected) => {
    mode(modes);
    expect((await list('limit=2')).next).toMatch(expected);
  });

  test('by mode, are smaller than asked for', async () => {
    mode({ pageCap: 3 });
    const { images, next } = await list('limit=100');
    expect([images.length, typeof next]).toEqual([3, 'string']);
  });
});

describe('an old Glance', () => {
  test.each([
    ['in:the-name', ['in:the-name']],
    ['odd:operator', ['odd:operator']],
    ['eq:small-raw', []],
    ['in:small-raw,big-raw', []],
  ])('takes the name %s literally', async (name, expected) => {
    mode({ nameOperators: 'literal' });
    expect(await names(`name=${name}`)).toEqual(expected);
  });
});

describe('records', () => {
  const record = async (name: string): Promise<Readonly<Record<string, unknown>>> =>
    JSON.parse((await ask(`/v2/images/${imageId(name)}`)).text);

  test('of a snapshot of a volume have no bytes, and say where these are', async () => {
    expect(await record('snapshot-of-volume')).toMatchObject({
      status: 'active',
      size: 0,
      checksum: 'd41d8cd98f00b204e9800998ecf8427e',
      block_device_mapping: expect.stringContaining('"snapshot_id"'),
    });
  });

  test('of a signed image have the four properties, before all other members', async () => {
    const names = Object.keys(await record('signed'));
    expect(names.slice(0, 4).every((name) => name.startsWith('img_signature'))).toBe(true);
  });

  test('of three images of one name have three times', async () => {
    const times = (await Promise.all([1, 2, 3].map((index) => record(`glance/nightly-${index}`)))).map(
      (image) => image['created_at'],
    );
    expect(times).toEqual(['2019-06-03T02:00:00Z', '2019-06-04T02:00:00Z', '2019-06-05T02:00:00Z']);
  });
});

describe('an image that takes time', () => {
  const path = `/v2/images/${imageId('glance/nightly-3')}`;
  const status = async (): Promise<string> => JSON.parse((await ask(path)).text).status;
  const listed = async (): Promise<string | undefined> => (await list('name=nightly')).images[0]?.status;

  test('is queued until somebody asks for it, then saved, then active with its bytes', async () => {
    mode({ generationMs: 1e9 });
    expect([await listed(), await status()]).toEqual(['queued', 'queued']);
    expect((await ask(`${path}/file`)).status).toBe(204);
    mode({ generationMs: 0, generationEnds: 'error' });
    expect(await status()).toBe('killed');
    mode({ generationMs: 0, generationEnds: 'complete' });
    expect([await status(), await listed()]).toEqual(['active', 'active']);
    expect((await ask(`${path}/file`)).body.length).toBe(2000);
  });

  test('goes through the stages of a test, one for each look', async () => {
    sandbox.control.stages('glance/small-raw', ['queued', 'importing', 'active']);
    const seen: string[] = [];
    for (let look = 0; look < 4; look += 1) {
      seen.push(JSON.parse((await ask(`/v2/images/${imageId('small-raw')}`)).text).status);
    }
    expect(seen).toEqual(['queued', 'importing', 'active', 'active']);
  });
});

test('a long catalog is walked in pages of a thousand', async () => {
  const large = await startSandbox({ size: 1000, images: 3000, imageSize: 10, digests: false });
  const headers = { 'x-auth-token': await tokenOf(large.urls.keystone) };
  const ids = new Set<string>();
  let next: string | undefined = '/v2/images?limit=1000';
  while (next !== undefined) {
    const answer = await get(`${large.urls.glance}${next}`, { headers, timeoutMs: 60_000 });
    const document: Listed = JSON.parse(answer.text);
    for (const { id } of document.images) ids.add(id);
    next = document.next;
  }
  expect(ids.size).toBeGreaterThan(3000);
  const last = large.control.object('glance/image-2999');
  const file = await get(`${large.urls.glance}/v2/images/${imageId('image-2999')}/file`, { headers });
  expect(file.body.equals(last.bytes(0, 10))).toBe(true);
  await large.close();
});
