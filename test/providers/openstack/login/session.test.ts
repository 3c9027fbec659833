import { describe, expect, it } from 'vitest';
import type { Secret } from '#imgdl/core/secret.js';
import { tokenHeader } from '#imgdl/providers/openstack/images.js';
import { cloudSession } from '#imgdl/providers/openstack/login/cloud-session.js';
import { configuredCloud } from '#imgdl/providers/openstack/login/configured-cloud.js';
import type { Session } from '#imgdl/providers/openstack/login/session.js';
import {
  type FakeCloud,
  type FakeCloudOptions,
  type FakePorts,
  fakeCloud,
  fakePorts,
  PASSWORD_ENV,
} from '../../../support/keystone-fake.js';

const signal = new AbortController().signal;

interface Given {
  readonly session: Session;
  readonly ports: FakePorts;
  readonly cloud: FakeCloud;
}

async function given(
  options: FakeCloudOptions = {},
  env: Readonly<Record<string, string>> = PASSWORD_ENV,
  slow = false,
): Promise<Given> {
  const cloud = fakeCloud(options);
  const ports = fakePorts({
    env,
    handler: async (call) => {
      if (slow) await new Promise((resolve) => setTimeout(resolve, 5));
      return cloud.handler(call);
    },
  });
  const configured = await configuredCloud(ports);
  if (configured === undefined) throw new Error('no cloud');
  return { session: cloudSession(configured, ports), ports, cloud };
}

const token = async (session: Session) => (await session.grant(signal)).token?.reveal();

describe('a token', () => {
  it('is not asked for before it is needed, and kept after', async () => {
    const { session, cloud } = await given();
    expect(cloud.issued()).toBe(0);
    expect([await token(session), await token(session)]).toEqual(['token-1', 'token-1']);
    expect(cloud.issued()).toBe(1);
  });

  it('that Keystone refuses is not asked for again: an account may be locked after some tries', async () => {
    const { session, ports } = await given({ logIn: () => ({ status: 401 }) });
    for (let i = 0; i < 3; i += 1) await expect(session.grant(signal)).rejects.toMatchObject({ code: 'auth.refused' });
    expect(ports.calls).toHaveLength(1);
  });

  it('that Keystone could not give just now is asked for again', async () => {
    let asked = 0;
    const { session } = await given({
      logIn: () => {
        asked += 1;
        return asked === 1 ? { status: 503 } : undefined;
      },
    });
    await expect(session.grant(signal)).rejects.toMatchObject({ code: 'http.unavailable' });
    expect(await token(session)).toMatch(/^token-/);
  });

  it.each([
    ['an hour: five minutes before its end', 3_600_000, 3_299_000, 3_301_000],
    ['twelve seconds: in its last quarter', 12_000, 8_900, 9_100],
  ])('that lives %s is renewed', async (_name, lifeMs, before, after) => {
    const { session, ports } = await given({ lifeMs });
    await token(session);
    ports.clock.pass(before);
    expect(await token(session)).toBe('token-1');
    ports.clock.pass(after - before);
    expect(await token(session)).toBe('token-2');
  });

  it('whose end has passed by the wrong clock of a server is not asked for again and again', async () => {
    const { session, ports, cloud } = await given({ lifeMs: -86_400_000 });
    for (let i = 0; i < 5; i += 1) {
      await token(session);
      ports.clock.pass(1000);
    }
    expect(cloud.issued()).toBe(1);
  });

  it('that was given is not exchanged ahead of its end: the end would be the same', async () => {
    const { session, ports, cloud } = await given(
      { lifeMs: 12_000 },
      { OS_AUTH_URL: 'http://keystone:5000', OS_TOKEN: 'mine', OS_PROJECT_NAME: 'p' },
    );
    await token(session);
    ports.clock.pass(60_000);
    await token(session);
    expect(cloud.issued()).toBe(1);
  });

  it('is asked for once by all who want it at the same time', async () => {
    const { session, cloud } = await given({}, PASSWORD_ENV, true);
    const grants = await Promise.all([session.grant(signal), session.grant(signal), session.grant(signal)]);
    expect(new Set(grants).size).toBe(1);
    expect(cloud.issued()).toBe(1);
  });

  it("is not lost to one who waits when the first one's call is aborted", async () => {
    const { session, cloud } = await given({}, PASSWORD_ENV, true);
    const aborted = new AbortController();
    const cause = new Error('stop');
    const first = session.grant(aborted.signal);
    const second = session.grant(signal);
    aborted.abort(cause);
    await expect(first).rejects.toBe(cause);
    expect((await second).token?.reveal()).toBe('token-2');
    expect(cloud.issued()).toBe(2);
  });
});

describe('what a request carries', () => {
  const basic = {
    OS_AUTH_TYPE: 'http_basic',
    OS_USERNAME: 'alice',
    OS_PASSWORD: 'pä:ß-canary',
    OS_ENDPOINT: 'http://glance',
  };
  it.each<[string, Readonly<Record<string, string>>, object]>([
    ['a token', PASSWORD_ENV, { 'x-auth-token': 'token-1' }],
    [
      'a user and a password, where there is no Keystone',
      basic,
      { authorization: `Basic ${Buffer.from('alice:pä:ß-canary').toString('base64')}` },
    ],
    ['nothing', { OS_AUTH_TYPE: 'none', OS_ENDPOINT: 'http://glance' }, {}],
  ])('%s', async (_name, env, headers) => {
    const { session, ports } = await given({}, env);
    const sent = tokenHeader(await session.grant(signal));
    expect(Object.fromEntries(Object.entries(sent).map(([name, value]) => [name, (value as Secret).reveal()]))).toEqual(
      headers,
    );
    expect(ports.calls).toHaveLength('x-auth-token' in headers ? 1 : 0);
    expect(JSON.stringify(sent)).not.toContain('canary');
  });
});

describe('a refused token', () => {
  it('is renewed once for all connections it had', async () => {
    const { session, cloud } = await given({}, PASSWORD_ENV, true);
    const failed = await session.grant(signal);
    const renewed = await Promise.all([1, 2, 3, 4].map(() => session.renewed(failed, signal)));
    expect(new Set(renewed.map((grant) => grant.token?.reveal()))).toEqual(new Set(['token-2']));
    expect(cloud.issued()).toBe(2);
  });

  it('that is history leads to the one that replaced it', async () => {
    const { session, cloud } = await given();
    const old = await session.grant(signal);
    const current = await session.renewed(old, signal);
    expect(await session.renewed(old, signal)).toBe(current);
    expect(cloud.issued()).toBe(2);
  });

  it('whose fresh replacement is refused too is worth one pause, then no more', async () => {
    const { session, cloud } = await given();
    const second = await session.renewed(await session.grant(signal), signal);
    await expect(session.renewed(second, signal)).rejects.toMatchObject({
      code: 'http.unavailable',
      transient: true,
      retryAfterMs: 5000,
    });
    await expect(session.renewed(await session.grant(signal), signal)).rejects.toMatchObject({
      code: 'auth.refused',
      hint: expect.stringContaining('cannot reach Keystone'),
    });
    expect(cloud.issued()).toBe(2);
  });

  it('counts once however many connections had it', async () => {
    const { session } = await given();
    const second = await session.renewed(await session.grant(signal), signal);
    await expect(session.renewed(second, signal)).rejects.toMatchObject({ code: 'http.unavailable' });
    const pause = await session.renewed(second, signal);
    expect(pause.token?.reveal()).toBe('token-2');
  });

  it('is renewed again when its replacement had been good for a while', async () => {
    const { session, ports } = await given();
    const second = await session.renewed(await session.grant(signal), signal);
    ports.clock.pass(120_000);
    expect((await session.renewed(second, signal)).token?.reveal()).toBe('token-3');
  });

  it('stays refused when the log-in itself is refused meanwhile', async () => {
    const { session } = await given({ logIn: (times) => (times === 2 ? { status: 401 } : undefined) });
    await expect(session.renewed(await session.grant(signal), signal)).rejects.toMatchObject({ code: 'auth.refused' });
  });

  it('waits for a Keystone that is down', async () => {
    const { session } = await given({ logIn: (times) => (times === 2 ? { status: 503 } : undefined) });
    await expect(session.renewed(await session.grant(signal), signal)).rejects.toMatchObject({ transient: true });
  });

  const cannot: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
    [
      'of a user with basic authentication',
      { OS_AUTH_TYPE: 'http_basic', OS_USERNAME: 'alice', OS_PASSWORD: 'basic-pw', OS_ENDPOINT: 'http://glance:9292' },
      'auth.refused',
    ],
    [
      'given for one endpoint',
      { OS_AUTH_TYPE: 'admin_token', OS_TOKEN: 't', OS_ENDPOINT: 'http://glance:9292' },
      'auth.token',
    ],
    ['that there is none of', { OS_AUTH_TYPE: 'none', OS_ENDPOINT: 'http://glance:9292' }, 'auth.missing'],
  ];
  it.each(cannot)('%s cannot be renewed', async (_name, env, code) => {
    const { session, cloud } = await given({}, env);
    const before = await session.grant(signal);
    const issued = cloud.issued();
    await expect(session.renewed(before, signal)).rejects.toMatchObject({ code });
    expect(cloud.issued()).toBe(issued);
  });

  describe('for which a passcode was spent', () => {
    const PASSCODE = { ...PASSWORD_ENV, OS_PASSWORD: '', OS_PASSCODE: '123456' };
    const MULTI = {
      ...PASSWORD_ENV,
      OS_AUTH_TYPE: 'v3multifactor',
      OS_AUTH_METHODS: 'v3password,v3totp',
      OS_PASSCODE: '123456',
    };
    const gone = { status: 404, json: { error: { message: 'Failed to validate token' } } };
    const methods = (ports: FakePorts) => ports.calls.map(({ body }) => JSON.parse(body).auth.identity.methods);

    it.each([
      ['a passcode alone', PASSCODE, ['totp']],
      ['password and passcode', MULTI, ['password', 'totp']],
    ])('%s: is exchanged while it lives, and the passcode is not sent again', async (_name, env, first) => {
      const { session, ports } = await given({}, env);
      const renewed = await session.renewed(await session.grant(signal), signal);
      expect(renewed.token?.reveal()).toBe('token-2');
      expect(methods(ports)).toEqual([first, ['token']]);
      expect(JSON.parse(ports.calls[1]?.body ?? '').auth).toMatchObject({
        identity: { token: { id: 'token-1' } },
        scope: { project: { name: 'lab' } },
      });
    });

    it('is at its end when it has expired, and the message says what to do', async () => {
      const { session, ports } = await given({ logIn: (times) => (times === 2 ? gone : undefined) }, PASSCODE);
      await expect(session.renewed(await session.grant(signal), signal)).rejects.toMatchObject({
        code: 'auth.token',
        message: expect.stringMatching(/expired.*passcode.*works only once/),
        hint: expect.stringMatching(/run again with a new passcode.*partial download is kept/),
      });
      expect(methods(ports)).toEqual([['totp'], ['token']]);
    });

    it('waits for a Keystone that is down', async () => {
      const { session } = await given({ logIn: (times) => (times === 2 ? { status: 503 } : undefined) }, PASSCODE);
      await expect(session.renewed(await session.grant(signal), signal)).rejects.toMatchObject({ transient: true });
    });

    it.each([
      ['with it', { ...PASSWORD_ENV, OS_PASSCODE: '123456' }, 'token-2'],
      ['of several factors', { ...MULTI, OS_AUTH_METHODS: 'v3password' }, 'token-2'],
      ['with a passcode', PASSCODE, 'token-1'],
    ])('is not renewed ahead of its end, which would stay; one of a password is, %s', async (_name, env, after) => {
      const { session, ports } = await given({ lifeMs: 12_000 }, env);
      await token(session);
      ports.clock.pass(10_000);
      expect(await token(session)).toBe(after);
    });
  });

  it('that was given and has expired says so', async () => {
    const { session } = await given(
      {
        logIn: (times) =>
          times === 2 ? { status: 404, json: { error: { message: 'Failed to validate token' } } } : undefined,
      },
      { OS_AUTH_URL: 'http://keystone:5000', OS_TOKEN: 'mine', OS_PROJECT_NAME: 'p' },
    );
    await expect(session.renewed(await session.grant(signal), signal)).rejects.toMatchObject({ code: 'auth.token' });
  });
});
