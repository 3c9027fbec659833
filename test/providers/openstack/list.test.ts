import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { NAME } from '#imgdl/core/choice-options.js';
import type { ListItem } from '#imgdl/core/list.js';
import type { ListCommand } from '#imgdl/core/provider.js';
import { selected } from '#imgdl/core/selection.js';
import { provider } from '#imgdl/providers/openstack/index.js';
import { listDocument } from '#imgdl/ui/document/list.js';
import { type FakeImage, type GlanceTraits, glanceAnswers } from '../../support/glance-fake.js';
import { fakeCloud, fakePorts, PASSWORD_ENV } from '../../support/keystone-fake.js';
import { fakeImage, idOf } from './search.js';

const signal = new AbortController().signal;
const SHA = 'ab'.repeat(64);
const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(
  JSON.parse(readFileSync(new URL('../../../schema/list.json', import.meta.url), 'utf8')),
);

const LIST = provider.commands.find((command): command is ListCommand => command.kind === 'list');

type Options = Readonly<Record<string, string | readonly string[]>>;

interface Listed {
  readonly items: readonly ListItem[];
  /** The last question to the image service. */
  readonly asked: URLSearchParams;
}

async function list(
  images: readonly FakeImage[],
  options: Options = {},
  args: readonly string[] = [],
  traits: GlanceTraits = {},
): Promise<Listed> {
  const cloud = fakeCloud();
  const answers = glanceAnswers(images, traits);
  const ports = fakePorts({
    env: PASSWORD_ENV,
    options,
    handler: (call) => (call.url.host === 'glance:9292' ? answers(call) : cloud.handler(call)),
  });
  if (LIST === undefined || provider.list === undefined) throw new Error('no list');
  const items: ListItem[] = [];
  const name = ports.settings.get(NAME);
  const selection = { ready: false, ...(name === undefined ? {} : { name }) };
  for await (const item of selected(provider.list(LIST, args, ports, signal), selection)) items.push(item);
  return { items, asked: ports.calls.at(-1)?.url.searchParams ?? new URLSearchParams() };
}

const numbers = ({ items }: Listed): readonly number[] => items.map(({ id }) => Number(id?.slice(0, 8)));

describe('an item', () => {
  test('is what its record says, by the schema', async () => {
    const { items } = await list([
      fakeImage(1, {
        name: 'debian 13',
        size: 42,
        os_hash_algo: 'sha512',
        os_hash_value: SHA.toUpperCase(),
        checksum: 'cd'.repeat(16),
        updated_at: '2026-01-02T00:00:00Z',
        owner: 'p1',
        direct_url: 'rbd://secret',
        locations: [{ url: 'swift+config://secret' }],
      }),
    ]);
    expect(items).toEqual([
      {
        command: 'glance image',
        args: [idOf(1)],
        id: idOf(1),
        name: 'debian 13',
        version: null,
        revision: null,
        format: 'qcow2',
        bytes: 42,
        created: '2026-01-01T00:00:01.000Z',
        updated: '2026-01-02T00:00:00.000Z',
        ready: true,
        reason: null,
        digests: [
          { algorithm: 'sha512', hex: SHA },
          { algorithm: 'md5', hex: 'cd'.repeat(16) },
        ],
        percent: null,
        visibility: 'public',
        owner: 'p1',
      },
    ]);
    expect([validate(listDocument(items)), validate.errors]).toEqual([true, null]);
  });

  test('of a record with next to nothing has null for the rest', async () => {
    const bare = { id: idOf(1), status: 'some thing' } as unknown as FakeImage;
    const { items } = await list([bare], {}, [], { careless: true });
    expect(items).toMatchObject([
      {
        name: null,
        format: null,
        bytes: null,
        created: null,
        updated: null,
        digests: [],
        visibility: null,
        owner: null,
      },
    ]);
    expect([validate(listDocument(items)), validate.errors]).toEqual([true, null]);
  });

  const BDM = '[{"snapshot_id": "3f1c2a9e-7a51-4f3e-9c67-0a3e5e6f1b22"}]';
  test.each<[string, Partial<FakeImage>, string | null]>([
    ['an active one', {}, null],
    ['an active one without bytes', { size: 0 }, null],
    ['an active one without bytes and with an empty mapping', { size: 0, block_device_mapping: '[]' }, null],
    ['an active one with a mapping and bytes of its own', { block_device_mapping: BDM }, null],
    ['a snapshot of volumes', { size: 0, block_device_mapping: BDM }, 'empty'],
    ['a snapshot of volumes without a size', { size: null, block_device_mapping: BDM }, 'empty'],
    ...['queued', 'saving', 'importing', 'deactivated', 'uploading', 'killed', 'pending_delete', 'galactic'].map(
      (status): [string, Partial<FakeImage>, string] => [`a ${status} one`, { status, size: null }, status],
    ),
  ])('says of %s whether it is ready and why not', async (_, traits, reason) => {
    const { items } = await list([fakeImage(1, traits)]);
    expect(items).toMatchObject([{ ready: reason === null, reason }]);
  });
});

describe('a list', () => {
  const several = [
    fakeImage(1, { name: 'debian-12', tags: ['a', 'b'], os_distro: 'debian' }),
    fakeImage(3, { name: 'Debian-13', tags: ['a'], owner: 'p1', visibility: 'private', min_ram: 512 }),
    fakeImage(2, { name: 'ubuntu', disk_format: 'raw', status: 'queued', size: null, numa_min: '2' }),
    fakeImage(4, { name: 'old', os_hidden: true }),
    fakeImage(5, { name: 'theirs', visibility: 'community', owner: 'p2' }),
    fakeImage(6, { name: 'shared', visibility: 'shared', owner: 'p2', members: { p1: 'accepted' } }),
    fakeImage(7, { name: 'offered', visibility: 'shared', owner: 'p2', members: { p1: 'pending' } }),
    fakeImage(8, { name: 'a:b', owner: 'p3' }),
  ];

  test.each<[string, Options, readonly string[], readonly number[]]>([
    ['of all that a plain list has, the newest first', {}, [], [8, 6, 3, 2, 1]],
    ['by a pattern', {}, ['*ebian*'], [3, 1]],
    ['by two patterns', {}, ['debian*', 'u?untu'], [2, 1]],
    ['by a name', {}, ['ubuntu'], [2]],
    ['by a name with a colon', {}, ['a:b'], [8]],
    ['by a name in another case', {}, ['Ubuntu'], []],
    ['by an id', {}, [idOf(1)], [1]],
    ['by a forced id and a forced name', {}, [`id:${idOf(1)}`, 'name:ubuntu'], [2, 1]],
    ['by --name without a pattern', { name: 'ubuntu' }, [], [2]],
    ['by --tag', { tag: 'a' }, [], [3, 1]],
    ['by several --tag', { tag: ['a', 'b'] }, [], [1]],
    ['by --property', { property: 'os_distro=debian' }, [], [1]],
    ['by --property of another value', { property: 'os_distro=Debian' }, [], []],
    ['by --property that is a number in the record', { property: 'min_ram=512' }, [], [3]],
    ['by --property that Glance would take for a limit', { property: 'numa_min=2' }, [], [2]],
    ['by --property that no image has', { property: '__proto__=x' }, [], []],
    ['by several --property', { property: ['os_distro=debian', 'min_ram=512'] }, [], []],
    ['by --format', { format: 'RAW' }, [], [2]],
    ['by --status', { status: 'queued' }, [], [2]],
    ['by --owner', { owner: 'p3' }, [], [8]],
    ['by --owner, who also offers', { owner: 'p2' }, [], [7, 6, 5]],
    ['by --visibility private', { visibility: 'private' }, [], [3]],
    ['by --visibility community', { visibility: 'community' }, [], [5]],
    ['by --visibility shared', { visibility: 'shared' }, [], [7, 6]],
    ['by --visibility all', { visibility: 'all' }, [], [8, 7, 6, 5, 3, 2, 1]],
    ['of --hidden', { hidden: 'true' }, [], [4]],
    ['of nothing', {}, ['nobody-has-this'], []],
  ])('%s', async (_, options, args, wanted) => {
    expect(numbers(await list(several, options, args))).toEqual(wanted);
    // A server that has not heard of a filter gives more, and what it gives more of is left out.
    const careless = numbers(await list(several, options, args, { careless: true }));
    const unseen = options['visibility'] === undefined && options['owner'] === undefined ? [7, 5] : [];
    expect(careless.filter((n) => !unseen.includes(n)).sort()).toEqual([...wanted].sort());
    // A release that does not know --visibility all gives its parts.
    expect(numbers(await list(several, options, args, { unknown: ['all'] }))).toEqual(wanted);
  });

  test.each<[string, Options, readonly string[], string]>([
    ['the order, and pages that are large', {}, [], 'sort=created_at:desc&limit=500'],
    ['no more than is to be shown', { limit: '40' }, [], 'sort=created_at:desc&limit=40'],
    ['not one by one', { limit: '1' }, [], 'sort=created_at:desc&limit=25'],
    ['a name', {}, ['x y'], 'name=x y&sort=created_at:desc&limit=500'],
    ['no pattern', {}, ['x*'], 'sort=created_at:desc&limit=500'],
    ['not one of two names', {}, ['x', 'y'], 'sort=created_at:desc&limit=500'],
    ['not what may be an id', {}, [idOf(1)], 'sort=created_at:desc&limit=500'],
    ['what is ready', { ready: 'true' }, [], 'status=active&sort=created_at:desc&limit=500'],
    [
      'a status rather than what is ready',
      { ready: 'true', status: 'x' },
      [],
      'status=x&sort=created_at:desc&limit=500',
    ],
    ['a status that is an operator not at all', { status: 'in:x' }, [], 'sort=created_at:desc&limit=500'],
    [
      'tags and a format',
      { tag: ['a', 'b'], format: 'QCOW2' },
      [],
      'disk_format=qcow2&tag=a&tag=b&sort=created_at:desc&limit=500',
    ],
    [
      'an owner wherever that has images',
      { owner: 'p2' },
      [],
      'visibility=all&member_status=all&owner=p2&sort=created_at:desc&limit=500',
    ],
    ['hidden ones', { hidden: 'true' }, [], 'os_hidden=true&sort=created_at:desc&limit=500'],
    ['a property', { property: 'os_distro=debian' }, [], 'os_distro=debian&sort=created_at:desc&limit=500'],
    [
      'a property with a colon',
      { property: 'trait:X=required' },
      [],
      'trait:X=required&sort=created_at:desc&limit=500',
    ],
    ...[
      'metadata',
      'members',
      'limit',
      'sort_key',
      'os_hidden',
      'min_ram',
      'numa_min',
      'numa_max',
      '_sa_class_manager',
      'to_dict',
      'ä_ö',
    ].map((key): [string, Options, readonly string[], string] => [
      `nothing of ${key}, which Glance may not take for a property`,
      { property: `${key}=1` },
      [],
      'sort=created_at:desc&limit=500',
    ]),
  ])('asks the server for %s', async (_, options, args, wanted) => {
    const { asked } = await list([fakeImage(1)], options, args);
    expect([...asked].map(([key, value]) => `${key}=${value}`).join('&')).toBe(wanted);
  });
});

describe('the rows of the options', () => {
  const parsed = (key: string, raw: string): unknown => {
    const row = provider.options.find((one) => one.key === key);
    try {
      return row?.parse(raw);
    } catch (error) {
      return (error as { code?: string }).code;
    }
  };
  test.each<[string, string, unknown]>([
    ['property', 'a=b', { key: 'a', value: 'b' }],
    ['property', 'a=b=c', { key: 'a', value: 'b=c' }],
    ['property', 'a=', { key: 'a', value: '' }],
    ['property', 'a', 'usage.option'],
    ['property', '=b', 'usage.option'],
    ['property', '', 'usage.option'],
    ['tag', ' ', 'usage.option'],
    ['owner', '', 'usage.option'],
    ['status', '', 'usage.option'],
    ['visibility', 'all', 'all'],
    ['visibility', 'Public', 'usage.option'],
    ['hidden', 'yes', true],
  ])('--%s "%s"', (key, raw, wanted) => {
    expect(parsed(key, raw)).toEqual(wanted);
  });

  test('a property of a library is judged by its text', () => {
    const row = provider.options.find(({ key }) => key === 'property');
    expect(
      [{ key: 'a', value: 'b' }, { key: 'a' }, { key: 1, value: 'b' }, null, 7].map((one) => row?.text?.(one)),
    ).toEqual(['a=b', undefined, undefined, undefined, undefined]);
  });
});
