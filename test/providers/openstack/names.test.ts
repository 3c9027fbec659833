import { describe, expect, it } from 'vitest';
import { AppError } from '#imgdl/core/errors.js';
import type { ImageRecord } from '#imgdl/providers/openstack/answers.js';
import type { ImageFilter } from '#imgdl/providers/openstack/image-filter.js';
import { findImage } from '#imgdl/providers/openstack/names.js';
import { parseWord } from '#imgdl/providers/openstack/word.js';
import type { Answer } from '../../support/keystone-fake.js';
import { fakeImage, type Given, givenGlance, givenImages, idOf } from './search.js';

const signal = new AbortController().signal;
const NO_FILTER: ImageFilter = { tags: [], properties: [] };
const A = 'aaaaaaaa-0000-4000-8000-000000000001';
const B = 'bbbbbbbb-0000-4000-8000-000000000002';

const image = (id: string, name: string | null = 'ubuntu', status = 'active') => ({
  id,
  name,
  status,
  size: 5,
  visibility: 'public',
});
const listed = (...images: readonly object[]): Answer => ({ status: 200, json: { images } });
const one = (id: string, name?: string): Answer => ({ status: 200, json: image(id, name) });

/** Answers by path and query below `/v2/images`; lists that are not there are empty, as Glance's are. */
function given(answers: Readonly<Record<string, Answer>>): Promise<Given> {
  return givenGlance(({ path }) => {
    const below = path.slice('/image/v2/images'.length);
    return answers[below] ?? (below.startsWith('?') ? listed() : { status: 404 });
  });
}

const find = ({ service }: Given, typed: string, filter = NO_FILTER): Promise<ImageRecord> =>
  findImage(service, parseWord(typed), { filter, newest: false, wait: false }, signal);

const failure = (work: Promise<unknown>): Promise<AppError | undefined> =>
  work.then(
    () => undefined,
    (error: AppError) => error,
  );

describe('the image meant', () => {
  const found: readonly (readonly [string, string, Readonly<Record<string, Answer>>, string])[] = [
    ['by id', A, { [`/${A}`]: one(A) }, A],
    ['by an id in upper case, which Glance itself does not find', A.toUpperCase(), { [`/${A}`]: one(A) }, A],
    ['by id, though another is named like it', A, { [`/${A}`]: one(A), [`?name=${A}`]: listed(image(B, A)) }, A],
    ['by a name that looks like an id', A, { [`?name=${A}`]: listed(image(B, A)) }, B],
    ['by name', 'ubuntu', { '?name=ubuntu': listed(image(A)) }, A],
    ['by a forced id', `id:${A.toUpperCase()}`, { [`/${A}`]: one(A) }, A],
    [
      'by a forced name that looks like an id',
      `name:${A}`,
      { [`/${A}`]: one(A), [`?name=${A}`]: listed(image(B, A)) },
      B,
    ],
    ['by a forced name that looks like a pattern', 'name:u*?', { '?name=u*%3F': listed(image(A, 'u*?')) }, A],
    [
      'by a forced name that begins like a forced id',
      'name:id:5',
      { '?name=eq%3Aid%3A5': listed(image(A, 'id:5')) },
      A,
    ],
    [
      'by the exact name where the database does not care for case',
      'ubuntu',
      { '?name=ubuntu': listed(image(B, 'Ubuntu'), image(A)) },
      A,
    ],
    ['in the list of community images', 'ubuntu', { '?name=ubuntu&visibility=community': listed(image(A)) }, A],
    ['in the list of hidden images', 'ubuntu', { '?name=ubuntu&os_hidden=true': listed(image(A)) }, A],
    ['in the list of shares not accepted', 'ubuntu', { '?name=ubuntu&member_status=all': listed(image(A)) }, A],
    [
      'where the release does not know a filter',
      'ubuntu',
      { '?name=ubuntu&visibility=community': { status: 400 }, '?name=ubuntu&member_status=all': listed(image(A)) },
      A,
    ],
    [
      'by a name with a colon, which Glance would take for an operator',
      'ubuntu:24.04',
      { '?name=eq%3Aubuntu%3A24.04': listed(image(A, 'ubuntu:24.04')) },
      A,
    ],
    [
      'by a name with a colon, of a release that has no operators',
      'ubuntu:24.04',
      { '?name=ubuntu%3A24.04': listed(image(A, 'ubuntu:24.04')) },
      A,
    ],
    [
      'by a name with a colon, of a release that has no operators, among community images',
      'ubuntu:24.04',
      { '?name=ubuntu%3A24.04&visibility=community': listed(image(A, 'ubuntu:24.04')) },
      A,
    ],
    ['by a name that is a path and a query', '../x?y#z', { '?name=..%2Fx%3Fy%23z': listed(image(A, '../x?y#z')) }, A],
    ['by a name with CR LF', 'x\r\ny', { '?name=x%0D%0Ay': listed(image(A, 'x\r\ny')) }, A],
    [
      'on a later page',
      'ubuntu',
      {
        '?name=ubuntu': {
          status: 200,
          json: { images: [image(B, 'Ubuntu')], next: '/v2/images?name=ubuntu&marker=b' },
        },
        '?name=ubuntu&marker=b': listed(image(A)),
      },
      A,
    ],
    [
      'on a page whose address names another server',
      'ubuntu',
      {
        '?name=ubuntu': { status: 200, json: { images: [], next: 'http://evil/v2/images?marker=b' } },
        '?marker=b': listed(image(A)),
      },
      A,
    ],
    [
      'beside records that are none',
      'ubuntu',
      { '?name=ubuntu': listed({ id: '../tokens', name: 'ubuntu', status: 'active' }, image(A)) },
      A,
    ],
  ];
  it.each(found)('is found %s', async (_name, wanted, answers, id) => {
    const glance = await given(answers);
    expect((await find(glance, wanted)).id).toBe(id);
    for (const call of glance.ports.calls)
      expect(call.url.href).toMatch(/^http:\/\/(keystone:5000\/v3\/auth|glance:9292\/image\/v2\/images)/);
  });

  const not: readonly (readonly [string, string, Readonly<Record<string, Answer>>, string, RegExp])[] = [
    ['there is none', 'ubuntu', {}, 'not-found.image', /"ubuntu"/],
    [
      'there is none of a forced id, but one of that name',
      `id:${A}`,
      { [`?name=${A}`]: listed(image(B, A)) },
      'not-found.image',
      /does not exist/,
    ],
    [
      'there is none with a colon: the release says that it has operators',
      'ubuntu:24.04',
      { '?name=ubuntu%3A24.04': { status: 400, json: { message: 'Unable to filter by unknown operator' } } },
      'not-found.image',
      /"ubuntu:24.04"/,
    ],
    [
      'only the case differs: names are exact',
      'ubuntu',
      { '?name=ubuntu': listed(image(A, 'Ubuntu')) },
      'not-found.image',
      /"Ubuntu"/,
    ],
    [
      'two have the name: their ids are listed',
      'ubuntu',
      { '?name=ubuntu': listed(image(A), image(B, 'ubuntu', 'queued')) },
      'not-found.ambiguous',
      new RegExp(`${B} \\(queued\\), ${A} \\(active\\)`),
    ],
    [
      'two have it on two pages',
      'ubuntu',
      { '?name=ubuntu': { status: 200, json: { images: [image(A)], next: '?m' } }, '?m': listed(image(B)) },
      'not-found.ambiguous',
      /2 images/,
    ],
    [
      'the pages go round',
      'ubuntu',
      { '?name=ubuntu': { status: 200, json: { images: [], next: '/v2/images?name=ubuntu' } } },
      'proto.answer',
      /loop/,
    ],
    [
      'the list is a web page',
      'ubuntu',
      { '?name=ubuntu': { status: 200, body: '<html><body>Log in' } },
      'proto.answer',
      /web page/,
    ],
    ['the list is no list', 'ubuntu', { '?name=ubuntu': { status: 200, json: [] } }, 'proto.answer', /not a list/],
    [
      'the first list is a 400',
      'ubuntu',
      { '?name=ubuntu': { status: 400, json: { message: 'bad' } } },
      'proto.status',
      /400: "bad"/,
    ],
  ];
  it.each(not)('is not guessed when %s', async (_name, wanted, answers, code, text) => {
    const error = await failure(find(await given(answers), wanted));
    expect(error?.code).toBe(code);
    expect(`${error?.message}\n${error?.hint}`).toMatch(text);
  });
});

describe('a name with a colon', () => {
  it('is asked for as it is only where the operator found nothing', async () => {
    const glance = await givenImages([fakeImage(1, { name: 'a:b' })]);
    await find(glance, 'a:b');
    expect(glance.asked()).toEqual(['?name=eq%3Aa%3Ab']);
  });

  it.each([true, false])('is decided by the exact name, operators unknown: %s', async (literal) => {
    const images = [fakeImage(1, { name: 'a:b' }), fakeImage(2, { name: 'eq:a:b' })];
    expect((await find(await givenImages(images, { literal }), 'a:b')).id).toBe(idOf(1));
    expect((await find(await givenImages(images, { literal }), 'eq:a:b')).id).toBe(idOf(2));
  });
});

describe('several images of a name', () => {
  const images = [
    fakeImage(1, { owner: 'p1', tags: ['a'] }),
    fakeImage(2, { status: 'queued', os_distro: 'debian', disk_format: 'raw' }),
  ];

  it('are told, the newest first, with status and date, and with the owner of those that are not ours', async () => {
    const error = await failure(find(await givenImages(images), 'debian-13'));
    expect(error).toMatchObject({
      code: 'not-found.ambiguous',
      exit: 4,
      message: `looking for image "debian-13": 2 images have this name: ${idOf(2)} (queued, 2026-01-01T00:00:02Z, owner p9), ${idOf(1)} (active, 2026-01-01T00:00:01Z)`,
      hint: 'use one of the ids, or --newest',
      details: { ids: [idOf(2), idOf(1)] },
    });
    expect(error?.details['candidates']).toEqual([
      expect.objectContaining({
        command: 'glance image',
        args: [idOf(2)],
        ready: false,
        reason: 'queued',
        owner: 'p9',
      }),
      expect.objectContaining({ command: 'glance image', args: [idOf(1)], ready: true, reason: null, owner: 'p1' }),
    ]);
  });

  it.each<[string, Partial<ImageFilter>, number]>([
    ['an owner', { owner: 'p1' }, 1],
    ['a tag', { tags: ['a'] }, 1],
    ['a property', { properties: [{ key: 'os_distro', value: 'debian' }] }, 2],
    ['a format', { format: 'RAW' }, 2],
  ])('are one with %s', async (_, filter, n) => {
    for (const careless of [false, true]) {
      const glance = await givenImages(images, { careless });
      expect((await find(glance, 'debian-13', { ...NO_FILTER, ...filter })).id).toBe(idOf(n));
    }
  });

  it('of which none fits are not found, and it is said why', async () => {
    const error = await failure(find(await givenImages(images), 'debian-13', { ...NO_FILTER, tags: ['b'] }));
    expect(error).toMatchObject({ code: 'not-found.image', message: expect.stringMatching(/fits the options given/) });
  });

  it.each(['community', 'private'])(
    'of which one is hidden and one is %s are found by who asks for both',
    async (visibility) => {
      const glance = await givenImages([fakeImage(1, { owner: 'p2', visibility, os_hidden: true })], { admin: true });
      expect((await find(glance, 'debian-13', { ...NO_FILTER, owner: 'p2' })).id).toBe(idOf(1));
    },
  );

  it('of an old release without --visibility all are looked for in its parts', async () => {
    const glance = await givenImages([fakeImage(1, { owner: 'p2', visibility: 'community' })], { unknown: ['all'] });
    expect((await find(glance, 'debian-13', { ...NO_FILTER, owner: 'p2' })).id).toBe(idOf(1));
  });
});

describe('an exact name', () => {
  const meant = async (traits: object, filter = NO_FILTER, admin = false): Promise<string> => {
    const glance = await givenImages([fakeImage(1, traits)], { admin });
    try {
      return (await find(glance, 'debian-13', filter)).id;
    } catch (error) {
      return error instanceof AppError ? `${error.code}: ${error.message}` : String(error);
    }
  };

  it.each<[string, object, RegExp | undefined]>([
    ['is public', {}, undefined],
    ['is public and hidden', { os_hidden: true }, undefined],
    ['is ours', { owner: 'p1', visibility: 'private' }, undefined],
    ['is ours and offered to everybody', { owner: 'p1', visibility: 'community' }, undefined],
    ['is a share that was accepted', { visibility: 'shared', members: { p1: 'accepted' } }, undefined],
    ['is a share that was not accepted', { visibility: 'shared', members: { p1: 'pending' } }, /owner p9/],
    ["is another project's community image", { visibility: 'community' }, /owner p9/],
  ])('of an image that %s', async (_, traits, refused) => {
    if (refused === undefined) expect(await meant(traits)).toBe(idOf(1));
    else expect(await meant(traits)).toMatch(/^not-found.image: .*the only image that fits is another project's/);
    // Who names the owner has asked for it.
    const owner = 'owner' in traits ? String(traits.owner) : 'p9';
    expect(await meant(traits, { ...NO_FILTER, owner })).toBe(idOf(1));
  });

  it("of an administrator means no other project's private image", async () => {
    expect(await meant({ visibility: 'private' }, NO_FILTER, true)).toMatch(/^not-found.image: .*owner p9/);
  });
});
