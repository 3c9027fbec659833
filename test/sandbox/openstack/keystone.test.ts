import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Sandbox, startSandbox } from '#imgdl/sandbox/sandbox.js';
import { get, logIn, PASSWORD_LOGIN, tokenOf } from '../client.js';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox({ size: 1000 });
});
afterEach(async () => {
  expect(sandbox.control.failures).toEqual([]);
  await sandbox.close();
});

const { identity, scope } = PASSWORD_LOGIN.auth;
const user = identity.password.user;
const id = '4014a17b04c14db1b199c13380ebcbdf';
const secret = 'demo-appcred-secret';
const password = (facts: object, wanted: unknown = scope): unknown => ({
  auth: {
    identity: { methods: ['password'], password: { user: facts } },
    ...(wanted === null ? {} : { scope: wanted }),
  },
});
const credential = (facts: object, wanted?: unknown): unknown => ({
  auth: { identity: { methods: ['application_credential'], application_credential: facts }, scope: wanted },
});
const REFUSED =
  '{"error":{"code":401,"message":"The request you have made requires authentication.","title":"Unauthorized"}}\n';

describe('logging in', () => {
  test('gives 201, the token in a header, the catalog in the body, with the recorded header names', async () => {
    const answer = await logIn(sandbox.urls.keystone);
    expect([answer.status, answer.reason]).toEqual([201, 'CREATED']);
    expect(answer.names.filter((name) => name !== 'Date').sort()).toEqual(
      ['Connection', 'Content-Length', 'Content-Type', 'Vary', 'X-Subject-Token', 'x-openstack-request-id'].sort(),
    );
    expect(String(answer.headers['x-subject-token'])).toHaveLength(183);
    const { token } = JSON.parse(answer.text);
    expect(token.project.name).toBe('demo');
    expect(token.expires_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    expect(Date.parse(token.expires_at) - Date.parse(token.issued_at)).toBeGreaterThan(3_599_000);
    const image = token.catalog.find(({ type }: { type: string }) => type === 'image');
    const facts = image.endpoints.map((endpoint: Record<string, string>) => [
      endpoint['interface'],
      endpoint['region_id'],
      endpoint['url'],
    ]);
    expect(facts).toEqual(
      [['RegionOne', sandbox.urls.origin] as const, ['RegionTwo', sandbox.urls.otherOrigin] as const].flatMap(
        ([region, origin]) => ['public', 'internal', 'admin'].map((kind) => [kind, region, `${origin}/image`]),
      ),
    );
  });

  test.each<[string, unknown, number, string | RegExp]>([
    ['a wrong password', password({ ...user, password: 'guess' }), 401, REFUSED],
    ['an unknown user', password({ ...user, name: 'nobody' }), 401, REFUSED],
    ['another domain', password({ ...user, domain: { name: 'elsewhere' } }), 401, REFUSED],
    ['an unknown project', password(user, { project: { name: 'zzz', domain: { name: 'Default' } } }), 401, REFUSED],
    ['a user without role', password({ ...user, name: 'norole', password: 'norole-pw' }), 401, REFUSED],
    ['a user by id', password({ id: '77142a7bd74c4875a24b0f2bf59f6063', password: 'demo-pw' }), 201, /"name": "demo"/],
    ['a domain by id', password({ ...user, domain: { id: 'default' } }), 201, /catalog/],
    ['a credential by id', credential({ id, secret }), 201, /"application_credential": \{"id"/],
    [
      'a credential by name',
      credential({ name: 'imgdl', secret, user: { name: 'demo', domain: { id: 'default' } } }),
      201,
      /catalog/,
    ],
    ['a credential by name without user', credential({ name: 'imgdl', secret }), 401, REFUSED],
    ['a credential with a wrong secret', credential({ id, secret: 'x' }), 401, REFUSED],
    [
      'a credential with a scope',
      credential({ id, secret }, scope),
      401,
      /Application credentials cannot request a scope\./,
    ],
    ['nothing', { auth: {} }, 400, /'identity' is a required property/],
    ['no JSON', 'x', 400, /Expecting to find valid JSON in request body/],
  ])('with %s', async (_, document, status, text) => {
    const answer = await logIn(sandbox.urls.keystone, document);
    expect(answer.status).toBe(status);
    if (typeof text === 'string') expect(answer.text).toBe(text);
    else expect(answer.text).toMatch(text);
    expect(answer.headers['www-authenticate']).toBe(
      status === 401 ? `Keystone uri="${sandbox.urls.keystone}"` : undefined,
    );
  });

  test('without a scope gives a token without catalog', async () => {
    const { token } = JSON.parse((await logIn(sandbox.urls.keystone, password(user, null))).text);
    expect(Object.keys(token)).not.toContain('catalog');
    expect(Object.keys(token)).not.toContain('project');
  });

  test('with a token inherits its end; with a revoked or invented one is a 404', async () => {
    const old = await tokenOf(sandbox.urls.keystone);
    const rescope = { auth: { identity: { methods: ['token'], token: { id: old } }, scope } };
    const { token } = JSON.parse((await logIn(sandbox.urls.keystone, rescope)).text);
    expect(token.methods).toEqual(['token', 'password']);
    expect(Date.parse(token.expires_at)).toBe(sandbox.control.tokens[0]?.expiresMs);
    sandbox.control.revokeTokens();
    const refused = await logIn(sandbox.urls.keystone, rescope);
    expect([refused.status, refused.text]).toEqual([
      404,
      '{"error":{"code":404,"message":"Failed to validate token","title":"Not Found"}}\n',
    ]);
  });

  test.each(['', '/', '/v2', '/v2/', '/v1'])(
    'can put image endpoints ending in "%s" into the catalog',
    async (suffix) => {
      sandbox.control.modes.catalogSuffix = suffix;
      expect((await logIn(sandbox.urls.keystone)).text).toContain(`"url": "${sandbox.urls.glance}${suffix}"`);
    },
  );

  test('can give a catalog without image service', async () => {
    sandbox.control.modes.imageService = false;
    expect((await logIn(sandbox.urls.keystone)).text).not.toContain('glance');
  });
});

describe('a token', () => {
  const list = async (token: string): Promise<number> =>
    (await get(`${sandbox.urls.glance}/v2/images`, { headers: { 'x-auth-token': token } })).status;

  test('ends with its life', async () => {
    sandbox.control.modes.tokenLifeMs = 200;
    const token = await tokenOf(sandbox.urls.keystone);
    expect(await list(token)).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(await list(token)).toBe(401);
  });

  test('can be validated and revoked by its owner', async () => {
    const token = await tokenOf(sandbox.urls.keystone);
    const headers = { 'x-auth-token': token, 'x-subject-token': token };
    expect((await get(`${sandbox.urls.keystone}/auth/tokens`, { headers })).status).toBe(200);
    expect((await get(`${sandbox.urls.keystone}/auth/tokens`, { method: 'DELETE', headers })).status).toBe(204);
    expect(await list(token)).toBe(401);
  });
});

test.each([
  ['/identity', 300],
  ['/identity/v3', 200],
  ['/identity/v2.0', 404],
])('GET %s gives %i', async (path, status) => {
  expect((await get(`${sandbox.urls.origin}${path}`)).status).toBe(status);
});
