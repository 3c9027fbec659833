import { describe, expect, test } from 'vitest';
import { provider } from '#imgdl/providers/uforge/index.js';
import { listOf, visit } from '../../support/uforge-catalog.js';
import { type Fields, generating, imageOf, type Lists, thing, uforgeLists } from '../../support/uforge-lists.js';

const CANARY = 'cloud-secret-canary';
const APPLIANCE = 'appliances/747';
const OTHER = 'appliances/748';
const TEMPLATE = 'mysoftware/718/templates/130';
const SCAN = 'scannedinstances/12/scans/34';
const published = (id: number, more: Fields = {}): Fields =>
  imageOf(APPLIANCE, id, { credAccount: { name: 'lab', password: CANARY }, ...more }, 'pimages');

/** A user with everything, in every list that has it. */
const ALL: Lists['lists'] = {
  images: [
    imageOf(APPLIANCE, 1095),
    imageOf(OTHER, 1120, { name: 'web', version: '2.0' }),
    imageOf(SCAN, 56, { name: 'web-server', version: 'Scan #1' }),
    imageOf(TEMPLATE, 590, { name: 'nginx' }),
  ],
  pimages: [
    published(88, { uri: `users/alice/${APPLIANCE}/images/1095/pimages/88` }),
    imageOf(SCAN, 57, { uri: `users/alice/${SCAN}/images/56/pimages/57` }, 'pimages'),
    imageOf(TEMPLATE, 591, { uri: `users/alice/${TEMPLATE}/images/590/pimages/591` }, 'pimages'),
  ],
  appliances: [thing(APPLIANCE, 'dev-env', { version: '1.0', revision: 1 }), thing(OTHER, 'web', { version: '2.0' })],
  [`${APPLIANCE}/images`]: [imageOf(APPLIANCE, 1095)],
  [`${OTHER}/images`]: [imageOf(OTHER, 1120, { name: 'web', version: '2.0' })],
  [`${APPLIANCE}/pimages`]: [published(88)],
  [`${OTHER}/pimages`]: [],
  mysoftware: [thing('mysoftware/718', 'nginx', { version: '1.14' })],
  'mysoftware/718/templates': [thing(TEMPLATE, undefined, { images: { image: [imageOf(TEMPLATE, 590)] } })],
  scannedinstances: [thing('scannedinstances/12', 'web-server', { scans: { scan: [thing(SCAN, 'Scan #1')] } })],
  'scannedinstances/12/scans': [thing(SCAN, 'Scan #1')],
  [`${SCAN}/images`]: [imageOf(SCAN, 56)],
};

const words = (text: string): readonly string[] => text.split(' ');
const told = (items: readonly { command: string | null; args: readonly string[] }[]): readonly string[] =>
  items.map(({ command, args }) => `${command} ${args.join(' ')}`).sort();

const WIDE = ['appliance image 747 1095', 'appliance image 748 1120', 'appliance pimage 747 88'];

describe.each([
  ['XML', false],
  ['JSON', true],
])('in %s', (_form, json) => {
  test.each<[string, readonly string[], readonly string[]]>([
    ['appliance list', WIDE, ['images', 'pimages']],
    ['container list', ['container image 718 130 590'], ['images']],
    ['scan list', ['scan image 12 34 56'], ['images']],
    ['appliance list 748', ['appliance image 748 1120'], [`${OTHER}/images`, `${OTHER}/pimages`]],
    [
      'appliance list web',
      ['appliance image 748 1120'],
      ["appliances?query=name=='web'", `${OTHER}/images`, `${OTHER}/pimages`],
    ],
    ['container list 718', ['container image 718 130 590'], ['mysoftware/718/templates', TEMPLATE]],
    ['container list 718 130', ['container image 718 130 590'], [TEMPLATE]],
    ['container list 718 latest', ['container image 718 130 590'], ['mysoftware/718/templates', TEMPLATE]],
    ['scan list 12', ['scan image 12 34 56'], ['scannedinstances/12/scans', `${SCAN}/images`]],
    ['scan list web-server 34', ['scan image 12 34 56'], ['scannedinstances', `${SCAN}/images`]],
  ])('%s', async (line, found, asked) => {
    const one = visit(uforgeLists({ lists: ALL, json }));
    expect(told(await listOf(one, words(line)))).toEqual(found);
    expect(one.asked()).toEqual(asked);
    expect([one.ports.notes, one.ports.warnings]).toEqual([[], []]);
  });
});

describe('where a list is refused', () => {
  const narrow = (kind: string): readonly string[] => [`${APPLIANCE}/${kind}`, `${OTHER}/${kind}`];
  const refused = (status: number, ...paths: readonly string[]) => ({
    lists: ALL,
    answers: Object.fromEntries(paths.map((path) => [path, { status, body: 'no' }])),
  });

  test.each([403, 404])('%i for all images: those of everything that has some are read', async (status) => {
    const one = visit(uforgeLists(refused(status, 'images', 'pimages')));
    expect(told(await listOf(one, words('appliance list')))).toEqual(WIDE);
    expect(one.asked()).toEqual([
      'images',
      'appliances',
      ...narrow('images'),
      'pimages',
      'appliances',
      ...narrow('pimages'),
    ]);
    for (const [line, found] of [
      ['container list', 'container image 718 130 590'],
      ['scan list', 'scan image 12 34 56'],
    ] as const) {
      expect(told(await listOf(visit(uforgeLists(refused(status, 'images'))), words(line)))).toEqual([found]);
    }
  });

  test('403 for one thing: its images are looked for among all', async () => {
    const one = visit(uforgeLists(refused(403, `${OTHER}/images`)));
    expect(told(await listOf(one, words('appliance list 748')))).toEqual(['appliance image 748 1120']);
    expect(one.asked()).toEqual([`${OTHER}/images`, 'images', `${OTHER}/pimages`]);
  });

  test.each<[string, string, number, readonly string[], string, RegExp]>([
    ['both ways', 'appliance list', 403, ['images', 'appliances'], 'auth.forbidden', /^listing the images of alice: /],
    [
      'a thing that is not there',
      'appliance list 9',
      404,
      [],
      'not-found.image',
      /there is no appliance 9 on the server/,
    ],
    ['a template that is not there', 'container list 718 9', 404, [], 'not-found.image', /no container template 9/],
    ['the credentials', 'appliance list', 401, ['images'], 'auth.refused', /^listing the images of alice: /],
    ['while the server is down', 'scan list', 503, ['images'], 'http.unavailable', /^listing the images of alice: /],
  ])('%s: the first refusal is told', async (_what, line, status, paths, code, message) => {
    const one = visit(uforgeLists(refused(status, ...paths)));
    await expect(listOf(one, words(line))).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });
});

describe('an item', () => {
  const first = async (line: string, lists: Lists['lists'] = ALL, more: Partial<Lists> = {}) =>
    (await listOf(visit(uforgeLists({ lists, ...more })), words(line)))[0];
  const image = (more: Fields): Lists['lists'] => ({ ...ALL, images: [imageOf(APPLIANCE, 1095, more)], pimages: [] });

  test('has every fact of its image, and no secret', async () => {
    expect(await first('appliance list', image({}))).toEqual({
      command: 'appliance image',
      args: ['747', '1095'],
      id: '1095',
      name: 'dev-env',
      version: '1.0',
      revision: '1',
      format: 'targz',
      formatTitle: 'Tar archive',
      bytes: 734003200,
      created: '2019-05-02T08:15:15.000Z',
      updated: '2019-05-02T08:21:07.000Z',
      ready: true,
      reason: null,
      digests: [{ algorithm: 'md5', hex: '9e107d9d372bb6826bd81d3542a419d6' }],
      percent: null,
      visibility: null,
      owner: 'alice',
    });
    const items = await listOf(visit(uforgeLists({ lists: ALL })), words('appliance list'));
    expect(JSON.stringify(items)).not.toMatch(new RegExp(`${CANARY}|eeee|downloadId`));
  });

  test('has nothing that the server does not say', async () => {
    const bare = { ...ALL, images: [{ dbId: 7, uri: 'users/al%40x/appliances/1/images/7' }], pimages: [] };
    const item = await first('appliance list', bare);
    expect(item).toMatchObject({ args: ['1', '7'], owner: 'al@x', ready: false, reason: 'generating', percent: null });
    for (const key of ['name', 'version', 'revision', 'format', 'bytes', 'created', 'updated'] as const) {
      expect(item?.[key]).toBeNull();
    }
  });

  test.each<[string, Fields, string | null, number | null]>([
    ['ready', {}, null, null],
    ['still generated', generating(42), 'generating', 42],
    ['about to be generated', generating(0), 'generating', 0],
    ['not compressed', { compress: false }, 'not-compressed', null],
    ['failed', { status: { complete: true, error: true, percentage: 42 } }, 'error', null],
    ['cancelled', { status: { cancelled: true } }, 'cancelled', null],
    ['a simulation', { simulated: true }, 'simulated', null],
    ['in a registry', { format: { name: 'docker' }, registeringName: 'h/x' }, 'registry', null],
    ['not created', { imageCreated: false }, 'generating', 100],
  ])('%s', async (_what, more, reason, percent) => {
    expect(await first('appliance list', image(more))).toMatchObject({ ready: reason === null, reason, percent });
  });

  test.each<[string, Fields]>([
    ['its parent', { uri: undefined }],
    ['its parent, where its own path is strange', { uri: 'users/alice/vms/1095' }],
    ['a path with a slash in front', { uri: `/users/alice/${APPLIANCE}/images/1095`, parentUri: undefined }],
    ['a whole URL', { uri: `https://h/api/users/alice/${APPLIANCE}/images/1095`, parentUri: undefined }],
  ])('says what it is an image of by %s', async (_what, more) => {
    expect(await first('appliance list', image(more))).toMatchObject({ args: ['747', '1095'] });
  });

  test('is one of what was asked for, where it says nothing itself', async () => {
    const own = {
      ...ALL,
      [`${APPLIANCE}/pimages`]: [],
      [`${APPLIANCE}/images`]: [imageOf(APPLIANCE, 1095, { uri: undefined, parentUri: undefined })],
    };
    expect(await first('appliance list 747', own)).toMatchObject({ args: ['747', '1095'] });
  });

  test.each<[string, Fields, RegExp]>([
    ['a size that is none', { fileSize: 'big' }, /one entry is not readable .* its fileSize has the wrong form/],
    ['no id', { dbId: undefined, uri: undefined }, /it has no id/],
    ['no place', { uri: undefined, parentUri: 'users/alice/vms/1' }, /does not say what it is an image of/],
    ['an id that is none', { uri: 'users/alice/appliances/01/images/2', dbId: undefined }, /does not say what/],
  ])('that cannot be used (%s) is left out with a word, and the rest is there', async (_what, more, message) => {
    const one = visit(
      uforgeLists({ lists: { images: [imageOf(APPLIANCE, 1, more), imageOf(APPLIANCE, 2)], pimages: [] } }),
    );
    expect(told(await listOf(one, words('appliance list')))).toEqual(['appliance image 747 2']);
    expect(one.ports.warnings).toEqual([{ code: 'uforge.list-entry', message: expect.stringMatching(message) }]);
  });
});

test('the newest comes first, of whatever kind', async () => {
  const at = (created: string): Fields => ({ created });
  const lists = {
    images: [
      imageOf(APPLIANCE, 1, at('2019-05-02T08:00:00Z')),
      imageOf(APPLIANCE, 2, at('2021-05-02T08:00:00Z')),
      imageOf(APPLIANCE, 3, { created: undefined }),
    ],
    pimages: [imageOf(APPLIANCE, 4, at('2020-05-02T08:00:00+02:00'), 'pimages')],
  };
  const items = await listOf(visit(uforgeLists({ lists })), words('appliance list'));
  expect(items.map(({ id }) => id)).toEqual(['2', '4', '1', '3']);
});

describe('--name is asked of the server where it knows conditions', () => {
  const lists = {
    ...ALL,
    [`${APPLIANCE}/images`]: [imageOf(APPLIANCE, 1, { name: 'a' }), imageOf(APPLIANCE, 2, { name: 'b' })],
  };
  const named = async (name: string, filters?: Lists['filters']) => {
    const one = visit(uforgeLists({ lists, ...(filters === undefined ? {} : { filters }) }), { name });
    const items = await listOf(one, words('appliance list 747'));
    return {
      ids: items.map(({ id }) => id),
      asked: one.asked().filter((path) => path.startsWith(`${APPLIANCE}/images`)),
    };
  };
  test.each<[string, string, Lists['filters'], readonly string[]]>([
    ['a name', 'b', 'obeyed', [`query=name=='b'`]],
    ['a pattern', 'b*', 'obeyed', [`query=name=='b*'`]],
    ['a pattern that it does not know', 'b?', 'obeyed', ['']],
    ['a quote, which nobody knows how to write', "b'*", 'obeyed', ['']],
    ['an operator', 'b;c==*', 'obeyed', ['']],
    ['what it refuses', 'b', 'refused', [`query=name=='b'`, '']],
    ['what it trips over', 'b', 'broken', [`query=name=='b'`, '']],
    ['what it finds nothing for', 'b', 'empty', [`query=name=='b'`, '']],
    ['what it does not obey', 'b', 'ignored', [`query=name=='b'`]],
  ])('%s', async (_what, name, filters, queries) => {
    const { ids, asked } = await named(name, filters);
    expect(asked).toEqual(queries.map((query) => `${APPLIANCE}/images${query === '' ? '' : `?${query}`}`));
    expect(ids).toContain('2');
  });
  test('but not of lists that do not', async () => {
    const one = visit(uforgeLists({ lists: ALL }), { name: 'web' });
    await listOf(one, words('appliance list'));
    expect(one.asked()).toEqual(['images', 'pimages']);
  });
});

describe('what is asked for is checked before anybody is asked', () => {
  test.each([
    ['appliance list 007', 'usage.id'],
    ['appliance list name:', 'usage.id'],
    ['container list 718 web', 'usage.id'],
    ['scan list id:x', 'usage.id'],
  ])('%s', async (line, code) => {
    const one = visit(uforgeLists({ lists: ALL }));
    await expect(listOf(one, words(line))).rejects.toMatchObject({ code });
    expect(one.asked()).toEqual([]);
  });

  test.each([
    ['without a server', { url: '' }, 'usage.missing'],
    ['without a user', { user: '' }, 'usage.missing'],
  ])('%s', async (_what, options, code) => {
    const { ports } = visit(uforgeLists({ lists: ALL }));
    const settings = {
      ...ports.settings,
      get: (option: { key: string }) => (option.key in options ? undefined : ports.settings.get(option as never)),
    };
    const one = { asked: () => [], ports: { ...ports, settings: settings as typeof ports.settings } };
    await expect(listOf(one, words('appliance list'))).rejects.toMatchObject({ code });
  });
});

test('the columns begin with the words to type', () => {
  const titles = provider.commands.flatMap((command) =>
    command.kind === 'list' ? [[command.path.join(' '), command.columns.map(({ title }) => title).join(' ')]] : [],
  );
  const rest = 'NAME VERSION REV FORMAT SIZE CREATED READY';
  expect(Object.fromEntries(titles)).toEqual({
    'appliance list': `APPLIANCE IMAGE KIND ${rest}`,
    'container list': `BUNDLE TEMPLATE IMAGE ${rest}`,
    'scan list': `INSTANCE SCAN IMAGE ${rest}`,
  });
});
