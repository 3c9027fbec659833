import { describe, expect, it } from 'vitest';
import { Secret } from '#imgdl/core/secret.js';
import type { FederatedLogIn, OidcClient } from '#imgdl/providers/openstack/login/cloud.js';
import { federatedLogIn } from '#imgdl/providers/openstack/login/federated.js';
import type { Recorded } from '../../../support/fake-transport.js';
import { type Answer, fakePorts, tokenAnswer } from '../../../support/keystone-fake.js';

const signal = new AbortController().signal;
const client: OidcClient = {
  id: 'imgdl',
  secret: new Secret('client-canary'),
  discovery: 'https://idp/.well-known/openid-configuration',
  scope: 'openid profile',
  tokenType: 'access_token',
};
const base = {
  authUrl: 'https://k/identity/v3',
  identityProvider: 'keycloak/lab',
  protocol: 'openid',
  scope: { project: { id: 'p1' } },
} as const;
const PASSWORD: FederatedLogIn = {
  ...base,
  method: 'oidc-password',
  client,
  username: 'demo',
  password: new Secret('hunter2&+'),
};
const CLIENT: FederatedLogIn = { ...base, method: 'oidc-client', client };
const GIVEN: FederatedLogIn = { ...base, method: 'oidc-token', accessToken: new Secret('given-canary') };

const DISCOVERY = 'GET https://idp/.well-known/openid-configuration';
const TOKEN = 'POST https://idp/token';
const FEDERATION = 'POST https://k/identity/v3/OS-FEDERATION/identity_providers/keycloak%2Flab/protocols/openid/auth';
const RESCOPE = 'POST https://k/identity/v3/auth/tokens';

const unscoped: Answer = {
  status: 201,
  headers: { 'X-Subject-Token': 'unscoped' },
  json: { token: { expires_at: '2026-11-21T09:00:00Z', issued_at: '2026-11-21T08:00:00Z' } },
};
const WORLD: Readonly<Record<string, Answer>> = {
  [DISCOVERY]: { status: 200, json: { token_endpoint: 'https://idp/token' } },
  [TOKEN]: { status: 200, json: { access_token: 'access-canary', id_token: 'id-canary', token_type: 'Bearer' } },
  [FEDERATION]: unscoped,
  [RESCOPE]: tokenAnswer('scoped', 'https://g'),
};

function cloud(more: Readonly<Record<string, Answer>> = {}, options: Readonly<Record<string, string>> = {}) {
  const world = { ...WORLD, ...more };
  return fakePorts({ handler: ({ method, url }: Recorded) => world[`${method} ${url}`] ?? { status: 404 }, options });
}
const asked = (ports: ReturnType<typeof cloud>) => ports.calls.map(({ method, url }) => `${method} ${url}`);
const formOf = (call: Recorded | undefined) => Object.fromEntries(new URLSearchParams(call?.body));

describe('the way to a token', () => {
  it('of a user: discovery, the provider, Keystone, the project', async () => {
    const ports = cloud();
    const token = await federatedLogIn(PASSWORD, ports, signal);
    expect(token.value.reveal()).toBe('scoped');
    expect(asked(ports)).toEqual([DISCOVERY, TOKEN, FEDERATION, RESCOPE]);
    const [, provider, federation, rescope] = ports.calls;
    expect(provider?.headers).toEqual({
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `Basic ${Buffer.from('imgdl:client-canary').toString('base64')}`,
    });
    expect(formOf(provider)).toEqual({
      grant_type: 'password',
      scope: 'openid profile',
      username: 'demo',
      password: 'hunter2&+',
    });
    expect(federation).toMatchObject({ body: '', headers: { authorization: 'Bearer access-canary' } });
    expect(JSON.parse(rescope?.body ?? '')).toEqual({
      auth: { identity: { methods: ['token'], token: { id: 'unscoped' } }, scope: { project: { id: 'p1' } } },
    });
  });

  it('of a client', async () => {
    const ports = cloud();
    await federatedLogIn(CLIENT, ports, signal);
    expect(formOf(ports.calls[1])).toEqual({ grant_type: 'client_credentials', scope: 'openid profile' });
  });

  it('of a given token', async () => {
    const ports = cloud();
    await federatedLogIn(GIVEN, ports, signal);
    expect(asked(ports)).toEqual([FEDERATION, RESCOPE]);
    expect(ports.calls[0]?.headers).toMatchObject({ authorization: 'Bearer given-canary' });
  });

  it('by a stated endpoint asks for no discovery document', async () => {
    const ports = cloud();
    await federatedLogIn({ ...CLIENT, client: { ...client, tokenEndpoint: 'https://idp/token' } }, ports, signal);
    expect(asked(ports)).toEqual([TOKEN, FEDERATION, RESCOPE]);
  });

  it('by the id token', async () => {
    const ports = cloud();
    await federatedLogIn({ ...CLIENT, client: { ...client, tokenType: 'id_token' } }, ports, signal);
    expect(ports.calls[2]?.headers).toMatchObject({ authorization: 'Bearer id-canary' });
  });

  it('of a public client, which only says its name', async () => {
    const { secret: _, ...open } = client;
    const ports = cloud();
    await federatedLogIn({ ...PASSWORD, client: open }, ports, signal);
    expect(ports.calls[1]?.headers).not.toHaveProperty('authorization');
    expect(formOf(ports.calls[1])).toMatchObject({ client_id: 'imgdl' });
  });

  it('encodes id and secret of a client before it joins them (RFC 6749)', async () => {
    const ports = cloud();
    const strange = { ...client, id: 'a:b', secret: new Secret('c%d~e f') };
    await federatedLogIn({ ...CLIENT, client: strange }, ports, signal);
    const sent = ports.calls[1]?.headers['authorization']?.replace('Basic ', '') ?? '';
    expect(Buffer.from(sent, 'base64').toString()).toBe('a%3Ab:c%25d~e%20f');
  });

  it('without a project ends at the unscoped token', async () => {
    const { scope: _, ...anywhere } = GIVEN;
    const ports = cloud();
    const token = await federatedLogIn(anywhere, ports, signal);
    expect([token.value.reveal(), token.catalog]).toEqual(['unscoped', undefined]);
    expect(asked(ports)).toEqual([FEDERATION]);
  });
});

describe('a token of an identity provider does not go from https to http', () => {
  const PLAIN: FederatedLogIn = { ...CLIENT, authUrl: 'http://k/v3' };

  it.each<[string, FederatedLogIn, Readonly<Record<string, Answer>>, readonly string[]]>([
    ['to a Keystone by http', PLAIN, {}, [DISCOVERY, TOKEN]],
    [
      'nor does a password, where a discovery document sends it there',
      PASSWORD,
      { [DISCOVERY]: { status: 200, json: { token_endpoint: 'http://idp/token' } } },
      [DISCOVERY],
    ],
  ])('%s', async (_name, login, more, reached) => {
    const ports = cloud(more);
    await expect(federatedLogIn(login, ports, signal)).rejects.toMatchObject({ code: 'tls.plain-http', exit: 7 });
    expect(asked(ports)).toEqual(reached);
  });

  it('but to a host that the user allows', async () => {
    const ports = cloud(
      {
        'POST http://k/v3/OS-FEDERATION/identity_providers/keycloak%2Flab/protocols/openid/auth': unscoped,
        'POST http://k/v3/auth/tokens': tokenAnswer('scoped', 'http://g'),
      },
      { 'allow-http': 'k' },
    );
    expect((await federatedLogIn(PLAIN, ports, signal)).value.reveal()).toBe('scoped');
    expect(ports.warnings.map(({ code }) => code)).toEqual(['openstack.plain-http']);
  });
});

describe('what can go wrong is told, without any secret', () => {
  const oauth = (status: number, error: string, error_description?: string): Answer => ({
    status,
    json: { error, error_description },
  });

  it.each<[string, FederatedLogIn, Readonly<Record<string, Answer>>, string, RegExp]>([
    [
      'a wrong password',
      PASSWORD,
      { [TOKEN]: oauth(401, 'invalid_grant', 'Invalid user credentials') },
      'auth.refused',
      /https:\/\/idp\/token: .*user "demo" or client "imgdl": "invalid_grant: Invalid user credentials"/,
    ],
    [
      'a wrong client',
      CLIENT,
      { [TOKEN]: oauth(400, 'invalid_client') },
      'auth.refused',
      /client "imgdl": "invalid_client"/,
    ],
    ['a refusal without a word', CLIENT, { [TOKEN]: { status: 403, body: '<html>' } }, 'auth.refused', /client_secret/],
    [
      'an echo of the secret',
      PASSWORD,
      { [TOKEN]: oauth(400, 'x', 'hunter2&+ client-canary') },
      'auth.refused',
      /\*\*\*/,
    ],
    ['a provider that is down', CLIENT, { [TOKEN]: { status: 503 } }, 'http.unavailable', /503/],
    ['no endpoint there', CLIENT, { [TOKEN]: { status: 404 } }, 'proto.status', /404.*access_token_endpoint/s],
    ['a web page of the provider', CLIENT, { [TOKEN]: { status: 200, body: '<html>' } }, 'proto.answer', /web page/],
    ['no token', CLIENT, { [TOKEN]: { status: 200, json: { id_token: 'x' } } }, 'proto.answer', /no access_token/],
    [
      'a token with a line break',
      CLIENT,
      { [TOKEN]: { status: 200, json: { access_token: 'a\r\nb' } } },
      'auth.token',
      /invalid characters/,
    ],
    ['no discovery document', CLIENT, { [DISCOVERY]: { status: 404 } }, 'proto.status', /discovery_endpoint/],
    ['a discovery that is down', CLIENT, { [DISCOVERY]: { status: 502 } }, 'http.unavailable', /502/],
    [
      'a discovery document of something else',
      CLIENT,
      { [DISCOVERY]: { status: 200, json: {} } },
      'proto.answer',
      /well-known/,
    ],
    [
      'a token endpoint that is no URL',
      CLIENT,
      { [DISCOVERY]: { status: 200, json: { token_endpoint: 'file:///etc/passwd' } } },
      'config.cloud',
      /token endpoint/,
    ],
    [
      'a provider that does not offer this',
      CLIENT,
      {
        [DISCOVERY]: {
          status: 200,
          json: { token_endpoint: 'https://idp/token', grant_types_supported: ['password'] },
        },
      },
      'auth.refused',
      /client_credentials/,
    ],
    [
      'a provider that Keystone does not know',
      CLIENT,
      { [FEDERATION]: { status: 404, json: { error: { message: 'Could not find Identity Provider' } } } },
      'not-found.url',
      /"keycloak\/lab" with protocol "openid": "Could not find/,
    ],
    ['a user that Keystone does not map', CLIENT, { [FEDERATION]: { status: 401 } }, 'auth.refused', /maps this user/],
    ['a given token that has expired', GIVEN, { [FEDERATION]: { status: 401 } }, 'auth.token', /new access token/],
    ['a Keystone that is down', GIVEN, { [FEDERATION]: { status: 503 } }, 'http.unavailable', /503/],
    [
      'a Keystone that gives no token',
      GIVEN,
      { [FEDERATION]: { status: 201, json: {} } },
      'keystone.token',
      /no token/,
    ],
    ['a project without a role', GIVEN, { [RESCOPE]: { status: 401 } }, 'auth.refused', /project with id "p1".*role/s],
  ])('%s', async (_name, login, more, code, text) => {
    const ports = cloud(more);
    const error = await federatedLogIn(login, ports, signal).then(
      () => undefined,
      (thrown: Error & { code: string; hint: string }) => thrown,
    );
    expect(error?.code).toBe(code);
    expect(`${error?.message}\n${error?.hint}`).toMatch(text);
    expect(`${error?.message} ${error?.hint} ${JSON.stringify(error)}`).not.toMatch(/hunter2|canary/);
  });
});
