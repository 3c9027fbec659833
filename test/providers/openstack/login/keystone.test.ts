import { describe, expect, it } from 'vitest';
import { Secret } from '#imgdl/core/secret.js';
import type { KeystoneLogIn } from '#imgdl/providers/openstack/login/cloud.js';
import { identityUrl, logIn } from '#imgdl/providers/openstack/login/keystone.js';
import { type Answer, fakePorts, tokenAnswer } from '../../../support/keystone-fake.js';

const signal = new AbortController().signal;
const authUrl = 'http://k:5000/v3';
const user = { name: 'demo', domain: { name: 'Staff' } } as const;
const scope = { project: { name: 'lab', domain: { id: 'default' } } } as const;
const PASSWORD: KeystoneLogIn = { method: 'password', authUrl, user, scope, password: new Secret('hunter2') };
const TOKEN: KeystoneLogIn = { method: 'token', authUrl, scope, token: new Secret('old-token') };
const CREDENTIAL: KeystoneLogIn = {
  method: 'application_credential',
  authUrl,
  credential: { id: 'ac-id' },
  secret: new Secret('hunter2'),
};

const answering = (answer: Answer) => fakePorts({ handler: () => answer });

describe('the request', () => {
  const cases: readonly (readonly [string, KeystoneLogIn, unknown])[] = [
    [
      'password',
      PASSWORD,
      { identity: { methods: ['password'], password: { user: { ...user, password: 'hunter2' } } }, scope },
    ],
    [
      'password by ids, unscoped',
      { method: 'password', authUrl, user: { id: 'u1' }, password: new Secret('p"\\') },
      { identity: { methods: ['password'], password: { user: { id: 'u1', password: 'p"\\' } } } },
    ],
    [
      'token, to be exchanged for one of a project',
      TOKEN,
      { identity: { methods: ['token'], token: { id: 'old-token' } }, scope },
    ],
    [
      'application credential, without scope',
      CREDENTIAL,
      { identity: { methods: ['application_credential'], application_credential: { id: 'ac-id', secret: 'hunter2' } } },
    ],
    [
      'application credential by name',
      { ...CREDENTIAL, credential: { name: 'ac', user } },
      {
        identity: {
          methods: ['application_credential'],
          application_credential: { name: 'ac', user, secret: 'hunter2' },
        },
      },
    ],
    [
      'totp',
      { method: 'totp', authUrl, user, scope, passcode: new Secret('123456') },
      { identity: { methods: ['totp'], totp: { user: { ...user, passcode: '123456' } } }, scope },
    ],
    [
      'several factors at once, and no passcode twice',
      {
        method: 'multifactor',
        authUrl,
        scope,
        factors: [
          { method: 'password', user, password: new Secret('hunter2'), passcode: new Secret('123456') },
          { method: 'totp', user, passcode: new Secret('123456') },
        ],
      },
      {
        identity: {
          methods: ['password', 'totp'],
          password: { user: { ...user, password: 'hunter2' } },
          totp: { user: { ...user, passcode: '123456' } },
        },
        scope,
      },
    ],
    [
      'a password alone where Keystone asks for no more: a passcode is good once',
      { ...PASSWORD, passcode: new Secret('123456') },
      { identity: { methods: ['password'], password: { user: { ...user, password: 'hunter2' } } }, scope },
    ],
  ];
  it.each(cases)('%s', async (_name, login, auth) => {
    const ports = answering(tokenAnswer('new', 'http://g'));
    const token = await logIn(login, ports, signal);
    expect(token.value.reveal()).toBe('new');
    expect(ports.calls).toHaveLength(1);
    expect(ports.calls[0]).toMatchObject({ method: 'POST', url: new URL('http://k:5000/v3/auth/tokens') });
    expect(ports.calls[0]?.headers).toEqual({ accept: 'application/json', 'content-type': 'application/json' });
    expect(JSON.parse(ports.calls[0]?.body ?? '')).toEqual({ auth });
  });

  it('only looks at a given token that keeps its own scope', async () => {
    const ports = answering({ ...tokenAnswer('ignored', 'http://g'), status: 200 });
    const token = await logIn({ method: 'token', authUrl, token: new Secret('mine') }, ports, signal);
    expect(token.value.reveal()).toBe('mine');
    expect(token.catalog).toHaveLength(1);
    expect(ports.calls[0]).toMatchObject({
      method: 'GET',
      headers: { 'x-auth-token': 'mine', 'x-subject-token': 'mine' },
    });
  });

  it('never sends a given token with a line break in it', async () => {
    const ports = answering({ status: 500 });
    const login: KeystoneLogIn = { method: 'token', authUrl, token: new Secret('a\r\nHost: evil') };
    await expect(logIn(login, ports, signal)).rejects.toMatchObject({ code: 'auth.token' });
    expect(ports.calls).toEqual([]);
  });
});

describe('a Keystone that wants more than a password', () => {
  const WITH_PASSCODE: KeystoneLogIn = { ...PASSWORD, passcode: new Secret('654321') };
  const wanting = (...required: readonly (readonly string[])[]): Answer => ({
    status: 401,
    headers: { 'Openstack-Auth-Receipt': 'receipt-canary' },
    json: { receipt: { methods: ['password'] }, required_auth_methods: required },
  });
  const inTurn = (...answers: readonly Answer[]) => {
    const left = [...answers];
    return fakePorts({ handler: () => left.shift() ?? { status: 500 } });
  };

  it.each<[string, Answer]>([
    ['of the one set it names', wanting(['password', 'totp'])],
    ['of the smallest set it has', wanting(['password', 'totp', 'x509'], ['password', 'totp'])],
    ['of the set that it can have', wanting(['password', 'x509'], ['password', 'totp'])],
  ])('gets the passcode with its receipt, and nothing again: %s', async (_name, receipt) => {
    const ports = inTurn(receipt, tokenAnswer('new', 'http://g'));
    const token = await logIn(WITH_PASSCODE, ports, signal);
    expect([token.value.reveal(), token.spent]).toEqual(['new', true]);
    expect(ports.calls[0]?.headers).not.toHaveProperty('openstack-auth-receipt');
    expect(ports.calls[1]?.headers).toMatchObject({ 'openstack-auth-receipt': 'receipt-canary' });
    expect(JSON.parse(ports.calls[1]?.body ?? '')).toEqual({
      auth: { identity: { methods: ['totp'], totp: { user: { ...user, passcode: '654321' } } }, scope },
    });
  });

  it('that got no passcode has not spent one', async () => {
    expect((await logIn(WITH_PASSCODE, inTurn(tokenAnswer('new', 'http://g')), signal)).spent).toBeUndefined();
  });

  it.each<[string, KeystoneLogIn, readonly Answer[], number, string, RegExp]>([
    [
      'no passcode',
      PASSWORD,
      [wanting(['password', 'totp'])],
      1,
      'auth.mfa',
      /needs a second factor: "totp".*OS_PASSCODE/s,
    ],
    [
      'a passcode, where another thing is wanted',
      WITH_PASSCODE,
      [wanting(['password', 'x509'])],
      1,
      'auth.mfa',
      /"x509"/,
    ],
    [
      'a passcode, where another thing is wanted as well',
      WITH_PASSCODE,
      [wanting(['password', 'totp', 'x509'])],
      1,
      'auth.mfa',
      /"totp" and "x509"/,
    ],
    [
      'a wrong passcode',
      WITH_PASSCODE,
      [wanting(['password', 'totp']), { status: 401 }],
      2,
      'auth.refused',
      /passcode/,
    ],
    [
      'a passcode that is not enough either',
      WITH_PASSCODE,
      [wanting(['password', 'totp']), wanting(['password', 'totp', 'x509'])],
      2,
      'auth.mfa',
      /second factor/,
    ],
    [
      'a receipt of which nothing can be made',
      WITH_PASSCODE,
      [{ ...wanting(), json: { required_auth_methods: 'totp' } }],
      1,
      'auth.mfa',
      /second factor/,
    ],
    [
      'a receipt with a line break',
      WITH_PASSCODE,
      [{ ...wanting(), headers: { 'Openstack-Auth-Receipt': 'a\r\nb' } }],
      1,
      'auth.mfa',
      /second factor/,
    ],
    [
      'all factors at once, one of them wrong',
      {
        method: 'multifactor',
        authUrl,
        scope,
        factors: [PASSWORD, { method: 'totp', user, passcode: new Secret('654321') }],
      },
      [{ status: 401 }],
      1,
      'auth.refused',
      /user "demo" \(domain "Staff"\), project.*password, passcode \(each works only once\)/s,
    ],
  ])('%s is told, without any secret', async (_name, login, answers, calls, code, text) => {
    const ports = inTurn(...answers);
    const error = await logIn(login, ports, signal).then(
      () => undefined,
      (thrown: Error & { code: string; hint: string }) => thrown,
    );
    expect([error?.code, ports.calls.length]).toEqual([code, calls]);
    expect(`${error?.message}\n${error?.hint}`).toMatch(text);
    expect(`${error?.message} ${error?.hint} ${JSON.stringify(error)}`).not.toMatch(/hunter2|654321|receipt-canary/);
  });
});

describe('the address', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['http://k:5000', 'http://k:5000/v3'],
    ['http://k:5000/', 'http://k:5000/v3'],
    ['http://k:5000/v3', 'http://k:5000/v3'],
    ['http://k:5000/v3/', 'http://k:5000/v3'],
    ['https://k/identity', 'https://k/identity/v3'],
    ['https://k/identity/v3//', 'https://k/identity/v3'],
    ['https://k/identity/v2.0', 'https://k/identity/v3'],
    ['https://k/identity/v3/auth/tokens', 'https://k/identity/v3'],
    ['https://k/auth/tokens/', 'https://k/v3'],
    ['https://k/auth', 'https://k/auth/v3'],
    ['https://k/v3?x=1#y', 'https://k/v3'],
  ];
  it.each(cases)('%s is %s', (text, expected) => {
    const ports = fakePorts();
    expect(identityUrl(text, ports).href).toBe(expected);
    expect(ports.notes).toHaveLength(text.includes('v2.0') ? 1 : 0);
  });

  it.each(['k:5000/v3', 'ftp://k/v3', 'http://u:hunter2@k/v3', ''])('%j is refused', (text) => {
    expect(() => identityUrl(text, fakePorts())).toThrowError(expect.objectContaining({ code: 'config.cloud' }));
    expect(() => identityUrl(text, fakePorts())).not.toThrowError(/hunter2/);
  });
});

describe('an answer without a token', () => {
  const unauthorized = { error: { code: 401, message: 'The request you have made requires authentication.' } };
  const cases: readonly (readonly [string, KeystoneLogIn, Answer, string, RegExp])[] = [
    [
      '401 names all that may be wrong',
      PASSWORD,
      { status: 401, json: unauthorized },
      'auth.refused',
      /user "demo" \(domain "Staff"\), project "lab" \(domain id "default"\): "The request/,
    ],
    [
      '401 to an application credential',
      CREDENTIAL,
      { status: 401, json: unauthorized },
      'auth.refused',
      /application credential "ac-id".*expired/s,
    ],
    [
      '401 with a receipt wants a second factor',
      PASSWORD,
      { status: 401, headers: { 'Openstack-Auth-Receipt': 'r' }, json: { receipt: {} } },
      'auth.mfa',
      /second factor/,
    ],
    [
      '404 to a token is an expired token',
      TOKEN,
      { status: 404, json: { error: { message: 'Failed to validate token' } } },
      'auth.token',
      /expired/,
    ],
    [
      '401 to a token for a project may be about the project',
      TOKEN,
      { status: 401, json: unauthorized },
      'auth.token',
      /refused the given token, project "lab" \(.*a role in it.*get a new token with openstack token issue/s,
    ],
    [
      '401 to a token that keeps its scope is about the token',
      { method: 'token', authUrl: 'http://k', token: new Secret('given-token') },
      { status: 401, json: unauthorized },
      'auth.token',
      /the given token is expired, revoked or for another cloud.*openstack token issue/s,
    ],
    [
      '404 to a password is a wrong address',
      PASSWORD,
      { status: 404, body: '<html>Not Found</html>' },
      'not-found.url',
      /auth_url/,
    ],
    ['403', PASSWORD, { status: 403 }, 'auth.forbidden', /denies access/],
    ['403 to exchanging a token', TOKEN, { status: 403 }, 'auth.forbidden', /remove the project/],
    [
      '400, whose text quotes the request',
      PASSWORD,
      { status: 400, json: { error: { message: "On instance['auth']: 'hunter2'" } } },
      'proto.status',
      /returned 400$/m,
    ],
    [
      '300, the list of versions',
      PASSWORD,
      { status: 300, json: { versions: { values: [] } } },
      'proto.status',
      /list of API versions/,
    ],
    [
      'a web page with 201',
      PASSWORD,
      { status: 201, headers: { 'X-Subject-Token': 't' }, body: '<!DOCTYPE html><title>Log in</title>' },
      'proto.answer',
      /web page/,
    ],
    ['200 where 201 belongs', PASSWORD, { ...tokenAnswer('t', 'http://g'), status: 200 }, 'proto.status', /200/],
    ['503', PASSWORD, { status: 503, headers: { 'Retry-After': '7' } }, 'http.unavailable', /503/],
    ['429 of a proxy', CREDENTIAL, { status: 429 }, 'http.unavailable', /429/],
    [
      '500 that echoes the secret',
      PASSWORD,
      { status: 500, body: 'oops hunter2 oops' },
      'http.unavailable',
      /500: "oops \*\*\* oops"$/m,
    ],
    ['no X-Subject-Token', PASSWORD, { status: 201, json: { token: {} } }, 'keystone.token', /no token/],
    ['a token of 64 KB', PASSWORD, tokenAnswer('x'.repeat(65_536), 'http://g'), 'keystone.token', /invalid token/],
    ['a token with CR LF', PASSWORD, tokenAnswer('x\r\ny', 'http://g'), 'keystone.token', /invalid token/],
    ['an empty token', PASSWORD, tokenAnswer('', 'http://g'), 'keystone.token', /invalid token/],
    [
      'a body of another API',
      PASSWORD,
      { status: 201, headers: { 'X-Subject-Token': 't' }, json: { access: {} } },
      'proto.answer',
      /Identity API v3/,
    ],
    [
      'a catalog that is no list',
      PASSWORD,
      { status: 201, headers: { 'X-Subject-Token': 't' }, json: { token: { catalog: 'x' } } },
      'proto.answer',
      /Identity API v3/,
    ],
  ];
  it.each(cases)('%s', async (_name, login, answer, code, text) => {
    const error = await logIn(login, answering(answer), signal).then(
      () => undefined,
      (thrown: Error & { code: string; hint: string; retryAfterMs?: number }) => thrown,
    );
    expect(error?.code).toBe(code);
    expect(`${error?.message}\n${error?.hint}`).toMatch(text);
    expect(`${error?.message} ${error?.hint} ${JSON.stringify(error)}`).not.toMatch(/hunter2|old-token/);
    expect(error?.retryAfterMs).toBe(answer.headers?.['Retry-After'] === undefined ? undefined : 7000);
  });

  it('quotes nothing of a 400, where the secret may stand escaped', async () => {
    const login: KeystoneLogIn = { ...PASSWORD, password: new Secret('tr"icky') };
    const ports = answering({ status: 400, json: { error: { message: `On instance: 'tr\\"icky'` } } });
    await expect(logIn(login, ports, signal)).rejects.toMatchObject({ message: expect.not.stringContaining('icky') });
  });

  it('is found again by the request id', async () => {
    const ports = answering({ status: 401, headers: { 'X-Openstack-Request-Id': 'req-1' } });
    await expect(logIn(PASSWORD, ports, signal)).rejects.toMatchObject({ details: { requestId: 'req-1' } });
  });
});

describe('a token of a project that is not described as it should be', () => {
  it.each([[{ id: null }], [{ id: 5 }], [{ name: 'lab' }], ['lab']])('%j', async (project) => {
    const reply = { status: 201, headers: { 'X-Subject-Token': 't' }, json: { token: { project, catalog: [] } } };
    expect(await logIn(PASSWORD, answering(reply), signal)).toMatchObject({ projectId: undefined, catalog: [] });
  });
});

describe('the life of a token', () => {
  const life = async (json: object, date?: string) => {
    const headers = { 'X-Subject-Token': 't', ...(date === undefined ? {} : { date }) };
    return (await logIn(PASSWORD, answering({ status: 201, headers, json: { token: json } }), signal)).lifeMs;
  };
  const expires_at = '2026-11-21T09:00:00.000000Z';
  it("is reckoned by the server's Date, whatever our clock says", async () => {
    expect(await life({ expires_at, issued_at: '2020-01-01T00:00:00Z' }, 'Sat, 21 Nov 2026 08:59:00 GMT')).toBe(60_000);
  });
  it('by issued_at where there is no Date (uWSGI)', async () => {
    expect(await life({ expires_at, issued_at: '2026-11-21T08:00:00.000000Z' })).toBe(3_600_000);
  });
  const unknown: readonly (readonly [string, object])[] = [
    ['nothing is said', {}],
    ['it is nonsense', { expires_at: 'soon', issued_at: expires_at }],
    ['it is a number', { expires_at: 1795251600, issued_at: 1795248000 }],
    ['it ends before it begins', { expires_at, issued_at: '2026-11-22T00:00:00Z' }],
  ];
  it.each(unknown)('is unknown when %s', async (_name, json) => {
    expect(await life(json)).toBeUndefined();
  });
});
