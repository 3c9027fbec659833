import { parse, safeParse } from 'valibot';
import { describe, expect, it } from 'vitest';
import { Secret } from '#imgdl/core/secret.js';
import { tokenAnswer } from '#imgdl/providers/openstack/answers.js';
import { below, endpointBase, imageEndpoint, vouchedFor } from '#imgdl/providers/openstack/catalog.js';
import type { Cloud } from '#imgdl/providers/openstack/login/cloud.js';

const cloudWith = (rest: Partial<Cloud> = {}, authUrl = 'http://k/v3'): Cloud => ({
  where: 'cloud "lab"',
  from: 'own',
  login: { method: 'token', authUrl, token: new Secret('t') },
  interfaces: ['public'],
  regions: rest.region === undefined ? [] : [rest.region],
  ...rest,
});

type Row = readonly [interface_: string, region: string, url: string];
const grantOf = (rows: readonly Row[], type = 'image') => ({
  token: new Secret('t'),
  projectId: 'p1',
  catalog: [
    { type: 'compute', endpoints: [{ interface: 'public', region_id: rows[0]?.[1] ?? '', url: 'http://nova' }] },
    { type, name: 'glance', endpoints: rows.map(([face, region_id, url]) => ({ interface: face, region_id, url })) },
  ],
});

const BOTH: readonly Row[] = [
  ['internal', 'One', 'http://i1'],
  ['public', 'One', 'http://p1'],
  ['public', 'Two', 'http://p2'],
];

describe('the base of the image service', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['https://h:9292', 'https://h:9292/'],
    ['https://h:9292/', 'https://h:9292/'],
    ['https://h/image', 'https://h/image'],
    ['https://h/image/v2', 'https://h/image'],
    ['https://h/image/v2/', 'https://h/image'],
    ['https://h/image//v2.16//', 'https://h/image'],
    ['https://h:9292/v1', 'https://h:9292/'],
    ['https://h/image/v1/p1', 'https://h/image'],
    ['https://h/image/v2/AUTH_p1', 'https://h/image'],
    ['https://h/image/v2/images', 'https://h/image'],
    ['https://h/v2.16/images/', 'https://h/'],
    ['https://h/images', 'https://h/images'],
    ['https://h/v2images', 'https://h/v2images'],
    ['https://h/image?x=1#y', 'https://h/image'],
    ['ftp://h/image', undefined],
    ['https://u:p@h/image', undefined],
    ['h:9292', undefined],
    ['', undefined],
  ];
  it.each(cases)('of %j is %j', (text, expected) => {
    expect(endpointBase(text, 'p1')?.href).toBe(expected);
  });

  it('keeps its prefix for what is below it', () => {
    expect(below(new URL('https://h/image'), 'v2/images').href).toBe('https://h/image/v2/images');
    expect(below(new URL('https://h:9292/'), 'v2/images').href).toBe('https://h:9292/v2/images');
  });
});

describe('the endpoint chosen', () => {
  const cases: readonly (readonly [string, Partial<Cloud>, readonly Row[], string])[] = [
    ['by region', { region: 'Two' }, BOTH, 'http://p2/'],
    ['by interface', { region: 'One', interfaces: ['internal'] }, BOTH, 'http://i1/'],
    ['by the first interface there is', { region: 'Two', interfaces: ['internal', 'public'] }, BOTH, 'http://p2/'],
    ['without region when there is one', {}, [['public', 'One', 'http://p1']], 'http://p1/'],
    [
      'without region when all are one address',
      {},
      [
        ['public', 'One', 'http://p'],
        ['public', 'Two', 'http://p'],
      ],
      'http://p/',
    ],
    ['in the spelling of v2.0', {}, [['publicURL', 'One', 'http://p1']], 'http://p1/'],
    ['in capitals', {}, [['PUBLIC', 'One', 'http://p1']], 'http://p1/'],
    [
      'passing over an empty URL',
      {},
      [
        ['public', 'One', ''],
        ['public', 'Two', 'http://p2'],
      ],
      'http://p2/',
    ],
    ['by an override before the catalog', { imageEndpoint: 'http://mine/v2' }, [], 'http://mine/'],
    [
      'by an override for its own region, dead in the catalog',
      { imageEndpoint: 'http://mine', region: 'Six' },
      BOTH,
      'http://mine/',
    ],
    [
      'by an override for no region, in one of the catalog',
      { imageEndpoint: 'http://mine', region: 'Two', regions: [] },
      BOTH,
      'http://mine/',
    ],
    [
      'by an override for no region, without a catalog to look into',
      { imageEndpoint: 'http://mine', region: 'Two', regions: [] },
      [],
      'http://mine/',
    ],
    ['by region, where the description names another', { region: 'Two', regions: ['One'] }, BOTH, 'http://p2/'],
  ];
  it.each(cases)('%s', (_name, rest, rows, expected) => {
    expect(imageEndpoint(cloudWith(rest), grantOf(rows)).href).toBe(expected);
  });

  const refused: readonly (readonly [string, Partial<Cloud>, readonly Row[], string, RegExp])[] = [
    ['several regions, none chosen', {}, BOTH, 'usage.missing', /"One", "Two"/],
    ['a region in another case', { region: 'one' }, BOTH, 'not-found.region', /"One", "Two"/],
    [
      'an override for another region, though the catalog has the one asked for',
      { imageEndpoint: 'http://mine', region: 'Two', regions: ['One'] },
      BOTH,
      'not-found.region',
      /not for region "Two".*"One"/s,
    ],
    [
      'an override for no region, in one that the catalog does not have',
      { imageEndpoint: 'http://mine', region: 'Six', regions: [] },
      BOTH,
      'not-found.region',
      /"Six".*"One", "Two"/s,
    ],
    ['an interface that is not there', { region: 'Two', interfaces: ['admin'] }, BOTH, 'not-found.service', /"public"/],
    ['an image service without a URL', {}, [], 'not-found.service', /has no URL for it\n.*image_endpoint_override/s],
    [
      'endpoints that name no interface',
      {},
      [['', 'One', 'http://p1']],
      'not-found.service',
      /no interface: set image_endpoint_override/,
    ],
    ['a URL with a password in it', {}, [['public', 'One', 'http://u:hunter2@g']], 'proto.answer', /not an http/],
    ['an override that is no URL', { imageEndpoint: 'glance:9292' }, [], 'config.cloud', /https:\/\/HOST/],
  ];
  it.each(refused)('is refused for %s', (_name, rest, rows, code, text) => {
    let error: { code: string; message: string; hint: string } | undefined;
    try {
      imageEndpoint(cloudWith(rest), grantOf(rows));
    } catch (thrown) {
      error = thrown as typeof error;
    }
    expect(error?.code).toBe(code);
    expect(`${error?.message}\n${error?.hint}`).toMatch(text);
    expect(JSON.stringify(error)).not.toContain('hunter2');
  });

  const spelt: readonly (readonly [string, Partial<Cloud>, string, RegExp])[] = [
    [
      'of the OS_* variables',
      { where: 'the OS_* variables', from: 'environment' },
      'the catalog of the cloud has no',
      / set OS_IMAGE_ENDPOINT_OVERRIDE/,
    ],
    ['of a clouds.yaml', {}, 'the catalog of cloud "lab" has no', / set image_endpoint_override/],
  ];
  it.each(spelt)('that is missing in a cloud %s is told in its words', (_, whose, happened, hint) => {
    expect(() => imageEndpoint(cloudWith(whose), grantOf([], 'volumev3'))).toThrowError(
      expect.objectContaining({
        code: 'not-found.service',
        message: `looking for the image service: ${happened} image service`,
        hint: expect.stringMatching(new RegExp(`${hint.source}; the catalog has "compute", "volumev3"`)),
      }),
    );
    const unscoped = { token: new Secret('t'), projectId: undefined, catalog: undefined };
    expect(() => imageEndpoint(cloudWith(whose), unscoped)).toThrowError(
      expect.objectContaining({ hint: expect.stringMatching(hint) }),
    );
  });

  it('is refused for a token without scope, in words', () => {
    const unscoped = { token: new Secret('t'), projectId: undefined, catalog: undefined };
    expect(() => imageEndpoint(cloudWith(), unscoped)).toThrowError(/not scoped to a project/);
  });
});

const IMAGE = { type: 'image', endpoints: [{ interface: 'public', region_id: 'One', url: 'http://p1' }] };

describe('the catalog as Keystone sends it', () => {
  const catalogs: readonly (readonly [string, readonly unknown[], Partial<Cloud>])[] = [
    ['as it should be', [IMAGE], {}],
    ['with a service without a type', [{ endpoints: [] }, IMAGE], {}],
    ['with a service whose type is null', [{ type: null, endpoints: [] }, IMAGE], {}],
    ['with a service without endpoints', [{ type: 'compute' }, IMAGE], {}],
    ['with a service whose endpoints are null', [{ type: 'compute', endpoints: null }, IMAGE], {}],
    ['with an endpoint that is null', [{ type: 'compute', endpoints: [null] }, IMAGE], {}],
    ['with a URL that is a number', [{ type: 'compute', endpoints: [{ url: 5 }] }, IMAGE], {}],
    ['with something else than a service', ['x', null, [], IMAGE], {}],
    [
      'with regions that are numbers',
      [{ type: 'image', endpoints: [{ interface: 'public', region: 1, url: 'http://p1' }] }],
      {},
    ],
    [
      'with an empty region_id beside a region, the wanted one second',
      [
        {
          type: 'image',
          endpoints: [
            { interface: 'public', region_id: '', region: 'Two', url: 'http://p2' },
            { interface: 'public', region_id: '', region: 'One', url: 'http://p1' },
          ],
        },
      ],
      { region: 'One' },
    ],
    [
      'in the form of v2.0, one endpoint for all interfaces',
      [{ type: 'image', endpoints: [{ region: 'One', publicURL: 'http://p1', internalURL: 'http://i1' }] }],
      { region: 'One' },
    ],
    [
      'in the form of v2.0, by another interface',
      [{ type: 'image', endpoints: [{ region: 'One', publicURL: 'http://i1', adminURL: 'http://p1' }] }],
      { interfaces: ['admin'] },
    ],
  ];
  it.each(catalogs)('%s', (_, catalog, rest) => {
    const { token } = parse(tokenAnswer, { token: { catalog } });
    const grant = { token: new Secret('t'), projectId: 'p1', catalog: token.catalog ?? undefined };
    expect(imageEndpoint(cloudWith(rest), grant).href).toBe('http://p1/');
  });

  it('shows its regions also where region_id is empty', () => {
    const endpoints = ['One', 'Two'].map((region) => ({
      interface: 'public',
      region_id: '',
      region,
      url: `http://${region}`,
    }));
    const { token } = parse(tokenAnswer, { token: { catalog: [{ type: 'image', endpoints }] } });
    const grant = { token: new Secret('t'), projectId: 'p1', catalog: token.catalog ?? undefined };
    expect(() => imageEndpoint(cloudWith(), grant)).toThrow(/several regions and none is selected/);
  });

  it.each([['x'], [{}], [5]])('is refused as %j', (catalog) => {
    expect(safeParse(tokenAnswer, { token: { catalog } }).success).toBe(false);
  });
});

describe('a URL gets the token', () => {
  const cases: readonly (readonly [string, Partial<Cloud>, boolean])[] = [
    ['http://p2/', {}, true],
    ['http://i1/', { region: 'Two' }, true],
    ['https://p2/', {}, false],
    ['http://p2:81/', {}, false],
    ['http://p2/image', {}, false],
    ['http://p2.evil/', {}, false],
    ['http://nova/', {}, false],
    ['http://mine/', { imageEndpoint: 'http://mine/v2' }, true],
  ];
  it.each(cases)('%s with %j: %s', (base, rest, expected) => {
    expect(vouchedFor(new URL(base), cloudWith(rest), grantOf(BOTH))).toBe(expected);
  });

  it('never by an empty catalog', () => {
    const grant = { token: new Secret('t'), projectId: undefined, catalog: undefined };
    expect(vouchedFor(new URL('http://g/'), cloudWith(), grant)).toBe(false);
  });
});
