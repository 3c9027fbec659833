import { describe, expect, it } from 'vitest';
import { type ImageService, readImage } from '#imgdl/providers/openstack/images.js';
import { cloudSession } from '#imgdl/providers/openstack/login/cloud-session.js';
import { configuredCloud } from '#imgdl/providers/openstack/login/configured-cloud.js';
import { findImage } from '#imgdl/providers/openstack/names.js';
import {
  type Answer,
  type FakeCloud,
  type FakePorts,
  fakeCloud,
  fakePorts,
  PASSWORD_ENV,
} from '../../support/keystone-fake.js';

const signal = new AbortController().signal;
const A = 'aaaaaaaa-0000-4000-8000-000000000001';
const B = 'bbbbbbbb-0000-4000-8000-000000000002';

const image = (id: string, name: string | null = 'ubuntu', status = 'active') => ({ id, name, status, size: 5 });
const listed = (...images: readonly object[]): Answer => ({ status: 200, json: { images } });
const one = (id: string, name?: string): Answer => ({ status: 200, json: image(id, name) });

interface Given {
  readonly service: ImageService;
  readonly ports: FakePorts;
  readonly cloud: FakeCloud;
  /** Requests to Glance. */
  readonly asked: () => readonly string[];
}

async function given(glance: Readonly<Record<string, Answer>>, base = 'http://glance:9292/image'): Promise<Given> {
  const cloud = fakeCloud();
  const prefix = new URL(base).pathname.replace(/\/$/, '');
  for (const [path, answer] of Object.entries(glance)) cloud.glance.set(`${prefix}/v2/images${path}`, answer);
  const ports = fakePorts({
    env: PASSWORD_ENV,
    handler: async (call) => {
      const answer = await cloud.handler(call);
      // Empty unless the table says otherwise, as Glance's lists are.
      return answer.status === 404 && call.path.startsWith(`${prefix}/v2/images?`) ? listed() : answer;
    },
  });
  const configured = await configuredCloud(ports);
  if (configured === undefined) throw new Error('no cloud');
  const asked = () =>
    ports.calls
      .filter((call) => call.url.href.startsWith('http://glance'))
      .map((call) => call.path.slice(`${prefix}/v2/images`.length));
  return { service: { base: new URL(base), session: cloudSession(configured, ports), ports }, ports, cloud, asked };
}

describe('the image meant', () => {
  const found: readonly (readonly [string, string, Readonly<Record<string, Answer>>, string])[] = [
    ['by id', A, { [`/${A}`]: one(A) }, A],
    ['by an id in upper case, which Glance itself does not find', A.toUpperCase(), { [`/${A}`]: one(A) }, A],
    ['by id, though another is named like it', A, { [`/${A}`]: one(A), [`?name=${A}`]: listed(image(B, A)) }, A],
    ['by a name that looks like an id', A, { [`?name=${A}`]: listed(image(B, A)) }, B],
    ['by name', 'ubuntu', { '?name=ubuntu': listed(image(A)) }, A],
    [
      'by the exact name where the database does not care for case',
      'ubuntu',
      { '?name=ubuntu': listed(image(B, 'Ubuntu'), image(A)) },
      A,
    ],
    ['among community images', 'ubuntu', { '?name=ubuntu&visibility=community': listed(image(A)) }, A],
    ['among hidden images', 'ubuntu', { '?name=ubuntu&os_hidden=true': listed(image(A)) }, A],
    ['among shares not accepted', 'ubuntu', { '?name=ubuntu&member_status=all': listed(image(A)) }, A],
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
  it.each(found)('is found %s', async (_name, wanted, glance, id) => {
    const { service, ports } = await given(glance);
    expect((await findImage(service, wanted, signal)).id).toBe(id);
    for (const call of ports.calls)
      expect(call.url.href).toMatch(/^http:\/\/(keystone:5000\/v3\/auth|glance:9292\/image\/v2\/images)/);
  });

  const not: readonly (readonly [string, string, Readonly<Record<string, Answer>>, string, RegExp])[] = [
    ['there is none', 'ubuntu', {}, 'not-found.image', /"ubuntu"/],
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
      new RegExp(`${A} \\(active\\), ${B} \\(queued\\)`),
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
    ['it is forbidden', A, { [`/${A}`]: { status: 403 } }, 'auth.forbidden', /denies access/],
    ['the service is down', A, { [`/${A}`]: { status: 503 } }, 'http.unavailable', /503/],
    ['there is another API', A, { [`/${A}`]: { status: 300, body: 'x' } }, 'proto.status', /versions/],
    ['the record is of another image', A, { [`/${A}`]: one(B) }, 'proto.answer', /not an image record/],
    [
      'the record has an impossible size',
      A,
      { [`/${A}`]: { status: 200, json: { ...image(A), size: -1 } } },
      'proto.answer',
      /not an image record/,
    ],
    [
      'the record has a size beyond 2^53',
      A,
      { [`/${A}`]: { status: 200, body: `{"id":"${A}","status":"active","size":9007199254740993}` } },
      'proto.answer',
      /not an image record/,
    ],
    [
      'the record has no status',
      A,
      { [`/${A}`]: { status: 200, json: { id: A } } },
      'proto.answer',
      /not an image record/,
    ],
  ];
  it.each(not)('is not guessed when %s', async (_name, wanted, glance, code, text) => {
    const { service } = await given(glance);
    const error = await findImage(service, wanted, signal).then(
      () => undefined,
      (thrown: Error & { code: string; hint: string }) => thrown,
    );
    expect(error?.code).toBe(code);
    expect(`${error?.message}\n${error?.hint}`).toMatch(text);
  });

  it('is not looked for without end', async () => {
    const { service, ports, cloud } = await given({});
    let pages = 0;
    const endless: ImageService = {
      ...service,
      ports: {
        transport: {
          ...ports.transport,
          call: async (call, callSignal) => {
            if (call.url.host !== 'glance:9292') return ports.transport.call(call, callSignal);
            pages += 1;
            return { status: 200, headers: new Map(), text: JSON.stringify({ images: [], next: `?marker=${pages}` }) };
          },
        },
      },
    };
    await expect(findImage(endless, 'ubuntu', signal)).rejects.toMatchObject({ code: 'proto.answer' });
    expect(pages).toBe(1000);
    expect(cloud.issued()).toBe(1);
  });
});

describe('a refused token while reading', () => {
  it('is renewed once', async () => {
    const { service, cloud, asked } = await given({ [`/${A}`]: one(A) });
    cloud.revoked.add('token-1');
    expect((await readImage(service, A, signal))?.id).toBe(A);
    expect(asked()).toEqual([`/${A}`, `/${A}`]);
    expect(cloud.issued()).toBe(2);
  });

  it('that is refused for ever ends in auth.refused after one pause', async () => {
    const { service, cloud } = await given({ [`/${A}`]: one(A) });
    cloud.revoked.add('all');
    await expect(readImage(service, A, signal)).rejects.toMatchObject({ code: 'http.unavailable' });
    await expect(readImage(service, A, signal)).rejects.toMatchObject({ code: 'auth.refused' });
    expect(cloud.issued()).toBe(2);
  });
});

it('a record that is not there is undefined, for the caller to try it as a name', async () => {
  const { service } = await given({});
  expect(await readImage(service, A, signal)).toBeUndefined();
});

it('sends the token in X-Auth-Token and asks for JSON, whose errors have a message', async () => {
  const { service, ports } = await given({ [`/${A}`]: one(A) });
  await readImage(service, A, signal);
  expect(ports.calls.at(-1)?.headers).toEqual({ accept: 'application/json', 'x-auth-token': 'token-1' });
});
