import * as fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { isAppError } from '#imgdl/core/errors.js';
import type { ImageFilter } from '#imgdl/providers/openstack/image-filter.js';
import { findImage } from '#imgdl/providers/openstack/names.js';
import { newestImage } from '#imgdl/providers/openstack/newest.js';
import { OwnImages } from '#imgdl/providers/openstack/own-images.js';
import { parseWord, type Word } from '#imgdl/providers/openstack/word.js';
import type { FakeImage, GlanceTraits } from '../../support/glance-fake.js';
import { fakeImage, givenImages, idOf } from './search.js';

const signal = new AbortController().signal;
const NO_FILTER: ImageFilter = { tags: [], properties: [] };
const BEING_MADE = ['queued', 'saving', 'uploading', 'importing'];

interface Case {
  readonly images: readonly FakeImage[];
  readonly traits: GlanceTraits;
  readonly typed: string;
  readonly filter: ImageFilter;
  readonly wait: boolean;
}

type Named = Exclude<Word, { readonly kind: 'id' }>;

/** The number of the image that is taken, or the code of the error. */
async function taken({ images, traits, typed, filter, wait }: Case): Promise<number | string> {
  const { service } = await givenImages(images, traits);
  try {
    const search = { service, doing: 'looking', signal };
    return Number((await newestImage(search, parseWord(typed) as Named, { filter, wait })).id.slice(0, 8));
  } catch (error) {
    if (isAppError(error)) return error.code;
    throw error;
  }
}

const take = (images: readonly FakeImage[], more: Partial<Case> = {}): Promise<number | string> =>
  taken({ images, traits: {}, typed: 'debian*', filter: NO_FILTER, wait: false, ...more });

afterEach(() => {
  vi.restoreAllMocks();
});

describe('of several images', () => {
  test.each<[string, readonly FakeImage[], Partial<Case>, number | string]>([
    ['the newest is taken', [fakeImage(1), fakeImage(3), fakeImage(2)], {}, 3],
    [
      'the newest is taken where the server does not sort',
      [fakeImage(1), fakeImage(3)],
      { traits: { careless: true } },
      3,
    ],
    ['the newest is taken over pages', [fakeImage(1), fakeImage(2), fakeImage(3)], { traits: { page: 1 } }, 3],
    [
      'of one second, it is the one that Glance lists first',
      [1, 2].map((n) => fakeImage(n, { created_at: 'x' })),
      {},
      2,
    ],
    ['the newest of this name', [fakeImage(1), fakeImage(2, { name: 'debian-12' })], { typed: 'debian-13' }, 1],
    ['a name: has no pattern', [fakeImage(1, { name: 'debian*' }), fakeImage(2)], { typed: 'name:debian*' }, 1],
    ['? is one character', [fakeImage(1), fakeImage(2, { name: 'debian-130' })], { typed: 'debian-1?' }, 1],
    ['case counts', [fakeImage(1), fakeImage(2, { name: 'Debian-13' })], {}, 1],
    ['the newest that has data', [fakeImage(1), fakeImage(2, { status: 'queued' })], {}, 1],
    ['a snapshot of volumes has none', [fakeImage(1), fakeImage(2, { size: 0, block_device_mapping: '[{}]' })], {}, 1],
    ['who waits gets the one that will have', [fakeImage(1), fakeImage(2, { status: 'saving' })], { wait: true }, 2],
    ['nobody waits for a deactivated one', [fakeImage(1), fakeImage(2, { status: 'deactivated' })], { wait: true }, 1],
    ['the newest where none has data', [1, 2].map((n) => fakeImage(n, { status: 'queued' })), {}, 2],
    ['none fits', [fakeImage(1)], { typed: 'ubuntu*' }, 'not-found.image'],
    ['a tag', [fakeImage(1, { tags: ['a', 'b'] }), fakeImage(2)], { filter: { ...NO_FILTER, tags: ['a'] } }, 1],
    [
      'a property',
      [fakeImage(1, { os_distro: 'debian' }), fakeImage(2, { os_distro: 'Debian' })],
      { filter: { ...NO_FILTER, properties: [{ key: 'os_distro', value: 'debian' }] } },
      1,
    ],
    [
      'a format in any case',
      [fakeImage(1), fakeImage(2, { disk_format: 'raw' })],
      { filter: { ...NO_FILTER, format: 'QCow2' } },
      1,
    ],
    ['a hidden one is not for a pattern', [fakeImage(1), fakeImage(2, { os_hidden: true })], {}, 1],
    ['a hidden one is for its name', [fakeImage(2, { os_hidden: true })], { typed: 'debian-13' }, 2],
    [
      'a hidden one comes after those of its name',
      [fakeImage(1), fakeImage(2, { os_hidden: true })],
      { typed: 'debian-13' },
      1,
    ],
  ])('%s', async (_, images, more, wanted) => {
    expect(await take(images, more)).toBe(wanted);
  });
});

describe("somebody else's image", () => {
  const community = { visibility: 'community', owner: 'p2' };
  const share = (status?: string) => ({
    visibility: 'shared',
    owner: 'p2',
    members: { p7: 'accepted', ...(status === undefined ? {} : { p1: status }) },
  });
  const owner = { filter: { ...NO_FILTER, owner: 'p2' } };
  const seeing = (visibility: 'private' | 'shared' | 'community' | 'all') => ({
    filter: { ...NO_FILTER, visibility },
  });
  const admin = { traits: { admin: true } };
  test.each<[string, Partial<FakeImage>, Partial<Case>, boolean]>([
    ['a community image', community, {}, false],
    ['a community image of this very name', community, { typed: 'debian-13' }, false],
    ['a community image with --owner', community, owner, true],
    ['a community image with --visibility community', community, seeing('community'), true],
    ['a community image with --visibility all', community, seeing('all'), true],
    ['a community image with --visibility shared', community, seeing('shared'), false],
    ['a community image of our own', { ...community, owner: 'p1' }, {}, true],
    ['an accepted share', share('accepted'), {}, true],
    ['a pending share', share('pending'), {}, false],
    ['an accepted share where nobody may ask', share('accepted'), { traits: { discreet: true } }, true],
    ['a pending share where nobody may ask', share('pending'), { traits: { discreet: true } }, false],
    [
      'an accepted share where nobody may ask, as an administrator',
      share('accepted'),
      { traits: { discreet: true, admin: true } },
      false,
    ],
    ['a pending share with --owner', share('pending'), owner, true],
    ['a pending share with --visibility shared', share('pending'), seeing('shared'), true],
    ['a pending share with --visibility all', share('pending'), seeing('all'), true],
    ['a rejected share', share('rejected'), {}, false],
    ['a rejected share with --visibility shared', share('rejected'), seeing('shared'), false],
    ['a share with others, as an administrator', share(), admin, false],
    ['a share with others, as an administrator, with --visibility all', share(), { ...admin, ...seeing('all') }, false],
    ['an accepted share, as an administrator', share('accepted'), admin, true],
    ['a pending share, as an administrator', share('pending'), admin, false],
    ['a private image, as an administrator', { visibility: 'private', owner: 'p2' }, admin, false],
    [
      'a private image, as an administrator, with --visibility',
      { visibility: 'private', owner: 'p2' },
      { ...admin, ...seeing('private') },
      false,
    ],
    [
      'a private image, as an administrator, with --owner',
      { visibility: 'private', owner: 'p2' },
      { ...admin, ...owner },
      true,
    ],
    [
      'a private share of a release without shared ones',
      { visibility: 'private', owner: 'p2', os_hidden: undefined, members: { p1: 'accepted' } },
      {},
      true,
    ],
    ['an image of a kind that nobody knows', { visibility: 'galactic', owner: 'p2' }, admin, false],
    ['an image without an owner', { visibility: 'private', owner: null }, admin, false],
  ])('%s: taken although ours is older: %s', async (_, traits, more, wanted) => {
    // Ours is one of those that any filter finds.
    const kind = more.filter?.visibility ?? 'private';
    const ours = fakeImage(1, { owner: more.filter?.owner ?? 'p1', visibility: kind === 'all' ? 'private' : kind });
    const visible = more.filter?.owner === undefined ? ours : { ...ours, visibility: 'public' };
    expect(await take([visible, fakeImage(2, traits)], more)).toBe(wanted ? 2 : 1);
  });

  test.each<[string, string, 'shared' | undefined, number | string]>([
    ['an accepted share', 'accepted', undefined, 2],
    ['a pending share', 'pending', undefined, 'not-found.image'],
    ['a pending share with --visibility shared', 'pending', 'shared', 2],
    ['a rejected share with --visibility shared', 'rejected', 'shared', 'not-found.image'],
  ])('%s that is hidden, where nobody may ask', async (_, status, visibility, wanted) => {
    const hidden = fakeImage(2, { ...share(status), os_hidden: true });
    const more = {
      typed: 'debian-13',
      traits: { discreet: true },
      filter: { ...NO_FILTER, ...(visibility && { visibility }) },
    };
    expect(await take([hidden], more)).toBe(wanted);
  });

  test('alone is not taken either; the message says whose it is, and how to get it', async () => {
    const { service } = await givenImages([fakeImage(1, community), fakeImage(2, share('pending'))]);
    const search = { service, doing: 'looking', signal };
    const error = await newestImage(search, parseWord('debian*') as Named, { filter: NO_FILTER, wait: false }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({
      code: 'not-found.image',
      message: expect.stringMatching(new RegExp(`^looking: all 2 .*${idOf(2)} \\(active, .*, owner p2\\), ${idOf(1)}`)),
      hint: expect.stringMatching(/--owner ID; --visibility community/),
      details: { candidates: [{ id: idOf(2) }, { id: idOf(1) }] },
    });
  });

  test.each<[string, Partial<FakeImage>, 'all' | 'shared']>([
    ['rejected with --visibility shared', share('rejected'), 'shared'],
    ['rejected with --visibility all', share('rejected'), 'all'],
  ])('that is %s: the hint does not name what was given in vain', async (_, traits, visibility) => {
    const { service } = await givenImages([fakeImage(1, traits)], { admin: true });
    const search = { service, doing: 'looking', signal };
    const filter = { ...NO_FILTER, visibility };
    const choices = [
      newestImage(search, parseWord('debian-13') as Named, { filter, wait: false }),
      findImage(service, parseWord('debian-13'), { filter, newest: false, wait: false }, signal),
    ];
    for (const choice of choices) {
      await expect(choice).rejects.toMatchObject({ hint: 'if you trust its owner, use its id or --owner ID' });
    }
  });

  test('is not asked about where it is older than ours', async () => {
    const { service, asked } = await givenImages([fakeImage(2), fakeImage(1, share('pending'))], { admin: true });
    const search = { service, doing: 'looking', signal };
    await newestImage(search, parseWord('debian*') as Named, { filter: NO_FILTER, wait: false });
    expect(asked().filter((path) => path.includes('/members/'))).toEqual([]);
  });
});

test('a note names the one that was taken and its owner', async () => {
  const { service, ports } = await givenImages([fakeImage(1), fakeImage(2)]);
  const search = { service, doing: 'looking', signal };
  await newestImage(search, parseWord('debian*') as Named, { filter: NO_FILTER, wait: false });
  expect(ports.notes.at(-1)).toBe(
    `looking: the newest of 2 that fit is ${idOf(2)} (active, 2026-01-01T00:00:02Z, owner p9)`,
  );
});

test('without Keystone, images of nobody are not those of somebody else', async () => {
  const { service } = await givenImages([fakeImage(1, { owner: null, visibility: 'shared' })], { admin: true });
  const { token } = await service.session.grant(signal);
  const grant = async () => ({ token, catalog: undefined, projectId: undefined });
  const nobody = { ...service, session: { by: 'token', grant, renewed: grant } as const };
  const search = { service: nobody, doing: 'looking', signal };
  expect((await newestImage(search, parseWord('*') as Named, { filter: NO_FILTER, wait: false })).id).toBe(idOf(1));
});

/** The rule in its own words, of all images at once. */
function expected({ images, traits, typed, filter, wait }: Case): number | string {
  const { owner, visibility } = filter;
  const ours = ({ owner: whose }: FakeImage): boolean => whose === 'p1';
  const status = ({ members = {} }: FakeImage): string | undefined => members['p1'];
  // Where nobody may ask and the lists tell nothing, a share is nobody's.
  const isTold = !(traits.discreet === true && (traits.admin === true || traits.careless === true));
  const isShown = (image: FakeImage): boolean =>
    traits.admin === true ||
    traits.careless === true ||
    ours(image) ||
    ['public', 'community'].includes(image.visibility) ||
    (image.visibility === 'shared' && status(image) !== undefined);
  const isAllowed = (image: FakeImage): boolean => {
    if (image.visibility === 'public' || ours(image) || image.owner === owner) return true;
    if (image.visibility === 'community') return visibility === 'community' || visibility === 'all';
    if (image.visibility !== 'shared' || !isTold) return false;
    return (
      status(image) === 'accepted' || (status(image) === 'pending' && (visibility === 'shared' || visibility === 'all'))
    );
  };
  const isPattern = /[*?]/.test(typed);
  const pattern = new RegExp(`^${typed.replaceAll('*', '.*').replaceAll('?', '.')}$`);
  const fitting = images.filter(
    (image) =>
      isShown(image) &&
      isAllowed(image) &&
      pattern.test(image.name ?? '') &&
      filter.tags.every((tag) => image.tags?.includes(tag)) &&
      (owner === undefined || image.owner === owner) &&
      (visibility === undefined || visibility === 'all' || image.visibility === visibility),
  );
  const age = (a: FakeImage, b: FakeImage): number =>
    b.created_at.localeCompare(a.created_at) || b.id.localeCompare(a.id);
  for (const hidden of isPattern ? [false] : [false, true]) {
    const among = fitting.filter(({ os_hidden }) => os_hidden === hidden).sort(age);
    const best = among.find(({ status: now }) => now === 'active' || (wait && BEING_MADE.includes(now))) ?? among[0];
    if (best !== undefined) return Number(best.id.slice(0, 8));
  }
  return 'not-found.image';
}

const anyImage = fc.record({
  name: fc.constantFrom('debian-13', 'debian-12', 'ubuntu'),
  status: fc.constantFrom('active', 'active', 'active', 'queued', 'importing', 'deactivated'),
  visibility: fc.constantFrom('public', 'private', 'shared', 'community'),
  owner: fc.constantFrom('p1', 'p2', 'p3'),
  members: fc.constantFrom({}, { p1: 'accepted' }, { p1: 'pending' }, { p1: 'rejected' }, { p7: 'accepted' }),
  os_hidden: fc.constantFrom(false, false, true),
  tags: fc.constantFrom([], ['golden']),
  created_at: fc.integer({ min: 10, max: 15 }).map((day) => `2026-01-${day}T00:00:00Z`),
});
const anyCase: fc.Arbitrary<Case> = fc.record({
  images: fc
    .array(anyImage, { maxLength: 8 })
    .map((all) => all.map((traits, at) => fakeImage(at + 1, traits as Partial<FakeImage>))),
  traits: fc.record({
    admin: fc.boolean(),
    careless: fc.boolean(),
    discreet: fc.boolean(),
    page: fc.constantFrom(1, 3, 500),
  }),
  typed: fc.constantFrom('debian-13', 'debian*', '*', 'debian-1?', 'ubuntu'),
  filter: fc
    .record({
      owner: fc.constantFrom(undefined, undefined, 'p1', 'p2'),
      visibility: fc.constantFrom(undefined, undefined, 'public', 'private', 'shared', 'community', 'all' as const),
      tags: fc.constantFrom([], [], ['golden']),
    })
    .map(({ owner, visibility, tags }) => ({
      ...NO_FILTER,
      tags,
      ...(owner === undefined ? {} : { owner }),
      ...(visibility === undefined ? {} : { visibility }),
    })) as fc.Arbitrary<ImageFilter>,
  wait: fc.boolean(),
});
const rule = fc.asyncProperty(anyCase, async (one) => {
  expect(await taken(one)).toBe(expected(one));
});

test('whatever images there are, whoever asks and whatever the server leaves out, the right one is taken', async () => {
  await fc.assert(rule, { numRuns: 200 });
});

test('without the rule, another one would be', async () => {
  vi.spyOn(OwnImages.prototype, 'includes').mockResolvedValue(true);
  await expect(fc.assert(rule, { numRuns: 200, endOnFailure: true })).rejects.toThrow();
});
