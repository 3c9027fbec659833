import { describe, expect, test } from 'vitest';
import type { AppError } from '#imgdl/core/errors.js';
import type { ListItem } from '#imgdl/core/list.js';
import { provider } from '#imgdl/providers/uforge/index.js';
import { SHAPES } from '#imgdl/providers/uforge/kinds.js';
import { fitting } from '#imgdl/providers/uforge/names.js';
import { nameFilter } from '#imgdl/providers/uforge/parents.js';
import { providerPorts } from '../../support/provider-ports.js';
import { describedBy, type Visit, visit } from '../../support/uforge-catalog.js';
import { type Fields, generating, imageOf, type Lists, thing, uforgeLists } from '../../support/uforge-lists.js';
import { BASIC, signal } from '../../support/uforge-play.js';

const version = (text: string, revision: number): Fields => ({ version: text, revision });

const TEMPLATE = 'mysoftware/718/templates/130';
const NEWER = 'mysoftware/718/templates/131';
const SCAN = 'scannedinstances/12/scans/34';

/** What names are for: twins, an `@` of its own, and images in every state. */
const LISTS: Lists['lists'] = {
  appliances: [
    thing('appliances/747', 'dev-env', version('1.0', 1)),
    thing('appliances/748', 'web', version('2.0', 1)),
    thing('appliances/749', 'web', version('2.1', 3)),
    thing('appliances/750', 'web-server', version('1.0', 1)),
    thing('appliances/751', 'web-server', version('1.0', 2)),
    thing('appliances/752', 'web-server', version('1.2', 1)),
    thing('appliances/753', 'empty', version('0.1', 1)),
    thing('appliances/754', 'mail@home', version('1.0', 1)),
    thing('appliances/755', 'mail', version('home', 1)),
    thing('appliances/756', "it's", version('1.0', 1)),
    thing('appliances/757', '747', version('1.0', 1)),
    thing('appliances/758', 'mail@home', version('2.0:beta', 4)),
  ],
  images: [imageOf('appliances/747', 1095), imageOf(SCAN, 56), imageOf(TEMPLATE, 590)],
  pimages: [imageOf('appliances/747', 88, {}, 'pimages')],
  'appliances/747/images': [imageOf('appliances/747', 1095)],
  'appliances/747/pimages': [imageOf('appliances/747', 88, {}, 'pimages')],
  'appliances/753/images': [],
  mysoftware: [thing('mysoftware/718', 'nginx', version('1.14', 1)), thing('mysoftware/719', 'redis')],
  'mysoftware/718/templates': [
    thing(TEMPLATE, undefined),
    thing(NEWER, undefined, { images: { image: [imageOf(NEWER, 600)] } }),
  ],
  [`${NEWER}/images`]: [imageOf(NEWER, 600)],
  'mysoftware/719/templates': [],
  scannedinstances: [thing('scannedinstances/12', 'web-server')],
  'scannedinstances/12/scans': [thing(SCAN, 'Scan #1'), thing('scannedinstances/12/scans/35', 'nightly')],
  [`${SCAN}/images`]: [imageOf(SCAN, 55), imageOf(SCAN, 56)],
};
for (const id of [748, 749, 750, 751, 752, 754, 755, 756, 757, 758]) {
  Object.assign(LISTS, { [`appliances/${id}/images`]: [imageOf(`appliances/${id}`, 1000 + id)] });
}

function at(
  lists: Lists['lists'] = LISTS,
  options: Readonly<Record<string, string>> = {},
  more: Partial<Lists> = {},
): Visit {
  return visit(uforgeLists({ lists, ...more }), options);
}

/** The ids that the words mean. */
async function idsOf(one: Visit, line: string): Promise<string> {
  const { ref } = await describedBy(
    one,
    line.split(' | ').flatMap((part, at) => (at === 0 ? part.split(' ') : [part])),
  );
  return ref.ref
    .replace(/^users\/alice\//, '')
    .replace(/[a-z]+\//g, '')
    .replaceAll('/', ' ');
}

async function failure(one: Visit, line: string): Promise<AppError> {
  return await idsOf(one, line).then(
    (ids) => Promise.reject(new Error(`found ${ids}`)),
    (error: AppError) => error,
  );
}

describe('a name means', () => {
  test.each<[string, string, string]>([
    ['the one that has it', 'appliance image dev-env 1095', '747 1095'],
    ['an id, where it is digits', 'appliance image 747 1095', '747 1095'],
    ['what is forced', 'appliance image name:747 latest', '757 1757'],
    ['the version behind the @', 'appliance image web@2.1 latest', '749 1749'],
    ['the revision behind the colon', 'appliance image web-server@1.0:2 latest', '751 1751'],
    ['the whole, before its @ parts it', 'appliance image mail@home@1.0 latest', '754 1754'],
    ['the version with a colon of its own', 'appliance image mail@home@2.0:beta latest', '758 1758'],
    ['that version and its revision', 'appliance image mail@home@2.0:beta:4 latest', '758 1758'],
    ['one with a quote, which no server is asked for', "appliance image it's latest", '756 1756'],
    ['a published image of the appliance', 'appliance pimage dev-env latest', '747 88'],
    ['a bundle, and the latest template', 'container image nginx latest latest', '718 131 600'],
    ['a bundle with its version', 'container image nginx@1.14 131 600', '718 131 600'],
    ['a scanned instance and a scan', 'scan image web-server | Scan #1 | latest', '12 34 56'],
    ['a scan by its id', 'scan image web-server | 34 | 55', '12 34 55'],
  ])('%s', async (_what, line, ids) => {
    const one = at();
    expect(await idsOf(one, line)).toBe(ids);
    for (const text of one.asked()) expect(text).not.toMatch(/query=.*it's/);
  });

  test('the newest of several, with --newest', async () => {
    expect(await idsOf(at(LISTS, { newest: 'true' }), 'appliance image web-server latest')).toBe('752 1752');
    expect(await idsOf(at(LISTS, { newest: 'true' }), 'appliance image web-server@1.0 latest')).toBe('751 1751');
  });

  test.each<[string, Lists['filters']]>([
    ['compares names in another way', 'empty'],
    ['does not choose', 'ignored'],
    ['knows no conditions', 'refused'],
    ['trips over conditions', 'broken'],
  ])('the same where the server %s', async (_what, filters) => {
    const one = at(LISTS, {}, filters === undefined ? {} : { filters });
    expect(await idsOf(one, 'appliance image web@2.0 latest')).toBe('748 1748');
  });
});

describe('a name that fits several: exit 4', () => {
  test('names all of them, the newest first, in words and as items of a list', async () => {
    const error = await failure(at(), 'appliance image web-server latest');
    expect(error).toMatchObject({ code: 'not-found.ambiguous', exit: 4 });
    expect(error.message).toBe(
      'looking for the appliance "web-server": 3 appliances have this name: 752 (web-server@1.2:1, 2019-05-01), ' +
        '751 (web-server@1.0:2, 2019-05-01), 750 (web-server@1.0:1, 2019-05-01)',
    );
    expect(error.hint).toBe('use an id, the exact NAME@VERSION:REVISION, or --newest');
    expect(error.details['ids']).toEqual(['752', '751', '750']);
    const candidates = error.details['candidates'] as readonly ListItem[];
    expect(candidates.map(({ command, args, version, revision }) => ({ command, args, version, revision }))).toEqual([
      { command: null, args: ['752'], version: '1.2', revision: '1' },
      { command: null, args: ['751'], version: '1.0', revision: '2' },
      { command: null, args: ['750'], version: '1.0', revision: '1' },
    ]);
    for (const candidate of candidates) expect(candidate).toMatchObject({ ready: false, reason: null, owner: 'alice' });
  });

  test('does not offer a name where that does not tell them apart', async () => {
    const twins = [thing('appliances/1', 'x'), thing('appliances/2', 'x')];
    const error = await failure(at({ appliances: twins }), 'appliance image x 7');
    expect(error).toMatchObject({ code: 'not-found.ambiguous', hint: 'use an id, or --newest' });
  });

  test('tells twenty, and how many more', async () => {
    const many = Array.from({ length: 30 }, (_, id) => thing(`appliances/${id + 1}`, 'x'));
    const error = await failure(at({ appliances: many }), 'appliance image x 7');
    expect(error.message).toMatch(/ and 10 more$/);
    expect(error.details['candidates']).toHaveLength(30);
  });
});

describe('what is not there: exit 4', () => {
  test.each<[string, string, RegExp, RegExp]>([
    ['a slip', 'appliance image wbe-server latest', /has none of that name/, /there is "web-server"/],
    ['other letters', 'appliance image Web latest', /has none of that name/, /there are "web", "web-server"/],
    ['a part', 'appliance image env latest', /has none/, /"dev-env"/],
    ['another version', 'appliance image web@3.0 latest', /has none/, /there are "web@2\.0:1", "web@2\.1:3"/],
    ['another revision', 'appliance image web@2.1:9 latest', /has none/, /"web@2\.1:3"/],
    ['nothing like it', 'appliance image zebra latest', /has none/, /^check the name/],
    ['a bundle', 'container image ngin latest latest', /looking for the software bundle "ngin"/, /"nginx"/],
    ['a scan', 'scan image web-server | Scan #2 | latest', /scanned instance 12 has none/, /"Scan #1"/],
    [
      'a template',
      'container image redis latest latest',
      /the latest container template: software bundle 719 has none$/,
      /./,
    ],
    [
      'an image',
      'appliance image empty latest',
      /looking for appliance image empty latest: appliance 753 has no image$/,
      /./,
    ],
    ['an appliance of an id', 'appliance image 9 latest', /there is no appliance 9 on the server/, /./],
    ['an image of an id', 'appliance image 1234', /alice has no image with this id/, /imgdl appliance list/],
    ['an image of that kind', 'appliance image 56', /alice has no image with this id/, /^use imgdl scan image 56$/],
    ['an image of that kind, published', 'appliance image 88', /no image with/, /^use imgdl appliance pimage 88$/],
    ['a published image', 'appliance pimage 590', /no published image/, /^use imgdl container image 590$/],
  ])('%s', async (_what, line, message, hint) => {
    const error = await failure(at(), line);
    expect(error).toMatchObject({
      code: 'not-found.image',
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
  });
});

describe('the latest image', () => {
  const APPLIANCE = 'appliances/747';
  const qcow2 = { format: { name: 'openstackqcow2' }, targetFormat: { name: 'OpenStack QCOW2' } };
  const states: Readonly<Record<string, Fields>> = {
    ready: imageOf(APPLIANCE, 10),
    'ready, newer': imageOf(APPLIANCE, 11, { revision: 2 }),
    qcow2: imageOf(APPLIANCE, 5, qcow2),
    generating: imageOf(APPLIANCE, 20, generating(42)),
    failed: imageOf(APPLIANCE, 30, { status: { complete: true, error: true } }),
    'not compressed': imageOf(APPLIANCE, 31, { compress: false }),
    registry: imageOf(APPLIANCE, 32, { format: { name: 'docker' }, registeringName: 'h/x' }),
  };
  const of = (names: readonly string[], options: Readonly<Record<string, string>> = {}): Visit =>
    at({ [`${APPLIANCE}/images`]: names.map((name) => states[name] ?? {}) }, options);
  const ALL = Object.keys(states);

  test.each<[string, readonly string[], Readonly<Record<string, string>>, string]>([
    ['is the newest one that is ready', ALL, {}, '11'],
    ['is of the format that is asked for', ALL, { format: 'OpenStackQcow2' }, '5'],
    ['is of the format by its title', ALL, { format: 'openstack qcow2' }, '5'],
    ['is of the revision that is asked for', ALL, { revision: '1' }, '10'],
    [
      'is ready, although somebody would wait, when that is the newest',
      ['ready', 'qcow2', 'failed'],
      { wait: '1h' },
      '10',
    ],
  ])('%s', async (_what, names, options, id) => {
    expect(await idsOf(of(names, options), 'appliance image 747 latest')).toBe(`747 ${id}`);
  });

  test.each<[string, readonly string[], Readonly<Record<string, string>>, string, number, RegExp]>([
    [
      'is still being made',
      ['generating', 'failed'],
      {},
      'not-ready.generating',
      5,
      /^looking for appliance image 747 latest: none of the 2 images of appliance 747 that fit is ready: 20 is still being generated \(42 %\)$/,
    ],
    [
      'failed',
      ['failed'],
      {},
      'not-ready.failed',
      5,
      /the only one of the images of appliance 747 that fits is not ready: 30 could not be generated$/,
    ],
    [
      'is not compressed',
      ['not compressed', 'failed'],
      {},
      'not-ready.not-compressed',
      5,
      /none of the 2 .* is ready: 31 was/,
    ],
    [
      'is in a registry',
      ['registry'],
      { format: 'docker' },
      'not-ready.registry',
      5,
      /lives in the container registry/,
    ],
    ['failed, although somebody would wait', ['failed'], { wait: '1h' }, 'not-ready.failed', 5, /could not be/],
    [
      'is of another format',
      ['ready'],
      { format: 'qcow2' },
      'not-found.image',
      4,
      /: no image of appliance 747 has format "qcow2"$/,
    ],
    ['is of another revision', ['ready'], { revision: '7' }, 'not-found.image', 4, /has revision 7$/],
    ['is not there', [], {}, 'not-found.image', 4, /appliance 747 has no image$/],
  ])('that %s: its own exit', async (_what, names, options, code, exit, message) => {
    const error = await failure(of(names, options), 'appliance image 747 latest');
    expect(error).toMatchObject({ code, exit, message: expect.stringMatching(message) });
  });

  test('that is still being made is waited for with --wait, although an older one is ready', async () => {
    const error = await failure(of(['ready', 'generating', 'failed'], { wait: '1h' }), 'appliance image 747 latest');
    expect(error).toMatchObject({ code: 'not-ready.generating', pending: { percent: 42 } });
    expect(error.message).toBe(
      'downloading appliance image 747 latest (747 20): the image is still being generated (42 %)',
    );
  });

  test('stays the one that it was, whatever comes later', async () => {
    const path = `${APPLIANCE}/images`;
    let newer = false;
    const lists = { [path]: [imageOf(APPLIANCE, 20, generating(42))] };
    const before: Lists['before'] = (_request, known) =>
      newer ? { [path]: [...(known[path] ?? []), imageOf(APPLIANCE, 99)] } : undefined;
    const { ports } = at(lists, { wait: '1h' }, { before });
    const source = await provider.source(SHAPES.image.command, ['747', 'latest'], ports);
    await expect(source.describe(signal())).rejects.toMatchObject({ code: 'not-ready.generating' });
    newer = true;
    await expect(source.describe(signal())).rejects.toMatchObject({ message: expect.stringContaining('(747 20)') });
  });
});

describe('an image alone, by its id', () => {
  test.each<[string, string, readonly string[]]>([
    ['appliance image 1095', '747 1095', ['images', 'appliances/747/images/1095']],
    ['appliance pimage 88', '747 88', ['pimages', 'appliances/747/pimages']],
    ['container image id:590', '718 130 590', ['images', `${TEMPLATE}/images/590`]],
    ['scan image 56', '12 34 56', ['images', `${SCAN}/images/56`]],
  ])('%s', async (line, ids, asked) => {
    const one = at();
    expect(await idsOf(one, line)).toBe(ids);
    expect(one.asked()).toEqual(asked);
  });

  test('is looked for in everything that has images where the list of all is refused', async () => {
    const appliances = (LISTS['appliances'] ?? []).slice(0, 2);
    const answers = { images: { status: 403, body: 'no' } };
    const one = at({ ...LISTS, appliances }, {}, { answers });
    expect(await idsOf(one, 'appliance image 1748')).toBe('748 1748');
    expect(one.asked().slice(0, 4)).toEqual(['images', 'appliances', 'appliances/747/images', 'appliances/748/images']);
  });

  test('of a thousand, the list is read once for all of a run', async () => {
    const one = at();
    await Promise.all([idsOf(one, 'appliance image 1095'), idsOf(one, 'appliance image 1095')]);
    await failure(one, 'appliance image 4');
    expect(one.asked().filter((path) => path === 'images')).toHaveLength(3);
  });
});

test('a name is looked up once for all images of a run; after a failure again', async () => {
  let down = true;
  const before: Lists['before'] = () => (down ? {} : LISTS);
  const one = at(LISTS, {}, { before });
  const both = (): Promise<readonly string[]> =>
    Promise.all([idsOf(one, 'appliance image dev-env 1095'), idsOf(one, 'appliance image dev-env 1095')]);
  await expect(both()).rejects.toMatchObject({ code: 'not-found.image' });
  const failed = one.asked().length;
  down = false;
  await both();
  expect(
    one
      .asked()
      .slice(failed)
      .filter((path) => path.startsWith('appliances?')),
  ).toHaveLength(1);
});

test('what was typed, and what it is: in the reference, for -v, and in errors', async () => {
  const one = at({ ...LISTS, 'appliances/747/images': [imageOf('appliances/747', 1095)] });
  const source = await provider.source(SHAPES.image.command, ['dev-env@1.0', 'latest'], one.ports);
  expect(source.ref.ref).toBe('users/alice/appliances/name%3Adev-env%401.0/images/latest');
  expect((await source.describe(signal())).ref.ref).toBe('users/alice/appliances/747/images/1095');
  expect(one.ports.notes).toEqual(['appliance image dev-env@1.0 latest is appliance image 747 1095']);
  const refusal = { status: 403, headers: new Map(), text: '' };
  expect(source.explain?.(refusal)?.message).toMatch(/^downloading appliance image dev-env@1\.0 latest \(747 1095\): /);
});

describe('before anybody is asked', () => {
  test('a source is made', async () => {
    const one = at();
    await provider.source(SHAPES.scan.command, ['web-server', 'Scan #1', 'latest'], one.ports);
    expect(one.asked()).toEqual([]);
  });

  test('a one-time download id without credentials needs all ids: exit 2', async () => {
    const { transport, requests } = uforgeLists({ lists: LISTS });
    const options = { url: 'https://h/api', uid: 'alice', 'download-id': 'GIVENKEY' };
    const ports = providerPorts({ transport, options });
    const source = provider.source(SHAPES.image.command, ['1095'], ports);
    await expect(source).rejects.toMatchObject({
      code: 'usage.missing',
      hint: expect.stringMatching(/all of its ids/),
    });
    expect(requests).toEqual([]);
    await provider.source(SHAPES.image.command, ['747', '1095'], ports);
  });

  test('a one-time download id with credentials may come with a name', async () => {
    const one = at(LISTS, { ...BASIC, 'download-id': 'GIVENKEY' });
    const source = await provider.source(SHAPES.image.command, ['dev-env', 'latest'], one.ports);
    await source.describe(signal());
    const ticket = await source.ticket({ reason: 'first' }, signal());
    expect([ticket.by, ticket.url.pathname]).toEqual([
      'one-time key',
      '/api/users/alice/appliances/747/images/1095/downloads',
    ]);
  });
});

describe('a condition for a name', () => {
  test.each([
    ['web', "name=='web'"],
    ['web-server_1.0+x', "name=='web-server_1.0+x'"],
    ['Scan #1', "name=='Scan #1'"],
    ['サーバー', "name=='サーバー'"],
    ['web@2.0', "name=='web*'"],
    ['mail@home@2.0', "name=='mail@home*'"],
    ['@2.0', "name=='@2.0'"],
    ["it's", undefined],
    ["x'@2", undefined],
    ['a;b', undefined],
    ['a,b', undefined],
    ['a*b', undefined],
    ['a"b', undefined],
    ['a(b)', undefined],
    ['a==b', undefined],
    ['a\\b', undefined],
    ['a%27b', undefined],
  ])('%s', (name, filter) => {
    expect(nameFilter(name)).toBe(filter);
  });
});

test('a name that looks like NAME@VERSION goes before what it looks like', () => {
  const named = (id: string, name: string, text: string) =>
    ({ id, name, version: text, revision: '1', created: null, updated: null }) as const;
  const things = [named('1', 'mail', 'home'), named('2', 'mail@home', '1.0'), named('3', 'mail', 'home:1')];
  expect(fitting(things, 'mail@home').map(({ id }) => id)).toEqual(['2']);
  expect(fitting(things.slice(0, 1), 'mail@home').map(({ id }) => id)).toEqual(['1']);
  expect(fitting(things, 'mail@home:1').map(({ id }) => id)).toEqual(['3']);
  expect(fitting(things.slice(0, 1), 'mail@home:1').map(({ id }) => id)).toEqual(['1']);
  expect(fitting(things, 'mail@')).toEqual([]);
});
