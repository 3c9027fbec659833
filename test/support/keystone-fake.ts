import { type FakeTransport, fakeTransport, type Recorded, type Script, type Scripted } from './fake-transport.js';
import { type Ports, providerPorts, type World } from './provider-ports.js';

export interface FakePorts extends Ports {
  readonly calls: FakeTransport['requests'];
}

export interface FakeOptions extends Pick<World, 'env' | 'files' | 'options'> {
  /** Answers every request; 404 without it. */
  readonly handler?: Script;
  /** `--os-cloud`, or OS_CLOUD of the environment. */
  readonly osCloud?: string;
  /** `--os-region`, or OS_REGION_NAME of the environment. */
  readonly osRegion?: string;
}

/** What the provider of OpenStack is told of the outside world: never the data itself. */
export function fakePorts({
  handler = () => ({ status: 404 }),
  osCloud,
  osRegion,
  ...world
}: FakeOptions = {}): FakePorts {
  const { transport, requests } = fakeTransport(handler);
  const named = osCloud ?? world.env?.['OS_CLOUD'];
  const region = osRegion ?? world.env?.['OS_REGION_NAME'];
  const ports = providerPorts({
    ...world,
    transport: {
      ...transport,
      open: (request, signal) =>
        request.url.pathname.endsWith('/file')
          ? Promise.reject(new Error('a provider never opens the data itself'))
          : transport.open(request, signal),
    },
    options: {
      ...world.options,
      ...(named === undefined ? {} : { 'os-cloud': named }),
      ...(region === undefined ? {} : { 'os-region': region }),
    },
  });
  return { ...ports, calls: requests };
}

/** An answer that says its status. */
export type Answer = Scripted & { readonly status: number };

export interface FakeCloud {
  readonly handler: (call: Recorded) => Answer;
  /** Tokens issued so far: `token-1`, `token-2`, …. */
  readonly issued: () => number;
  /** Tokens Glance refuses; `all` refuses every one. */
  readonly revoked: Set<string>;
  /** Glance's answers by path and query; 404 otherwise. */
  readonly glance: Map<string, Answer>;
}

export interface FakeCloudOptions {
  readonly imageUrl?: string;
  readonly lifeMs?: number;
  readonly logIn?: (times: number) => Answer | undefined;
}

const NOW = Date.parse('2026-11-21T08:00:00Z');

/** Keystone at http://keystone:5000, Glance at http://glance:9292. */
export function fakeCloud(options: FakeCloudOptions = {}): FakeCloud {
  let issued = 0;
  const revoked = new Set<string>();
  const glance = new Map<string, Answer>();
  const unauthorized: Answer = { status: 401, headers: { 'www-authenticate': 'Keystone uri="http://keystone:5000"' } };
  return {
    issued: () => issued,
    revoked,
    glance,
    handler(call) {
      if (call.url.href.startsWith('http://keystone:5000/v3/auth/tokens')) {
        const scripted = options.logIn?.(issued + 1);
        if (scripted !== undefined) return scripted;
        issued += 1;
        return tokenAnswer(`token-${issued}`, options.imageUrl ?? 'http://glance:9292', options.lifeMs);
      }
      const token = call.headers['x-auth-token'];
      if (token === undefined || revoked.has(token) || revoked.has('all')) return unauthorized;
      return glance.get(call.path) ?? { status: 404 };
    },
  };
}

export function tokenAnswer(token: string, imageUrl: string, lifeMs = 3_600_000): Answer {
  return {
    status: 201,
    headers: { 'x-subject-token': token, date: new Date(NOW).toUTCString() },
    json: {
      token: {
        expires_at: new Date(NOW + lifeMs).toISOString(),
        issued_at: new Date(NOW).toISOString(),
        project: { id: 'p1' },
        catalog: [{ type: 'image', endpoints: [{ interface: 'public', region_id: 'One', url: imageUrl }] }],
      },
    },
  };
}

/** Environment of a user with a password for {@link fakeCloud}. */
export const PASSWORD_ENV = {
  OS_AUTH_URL: 'http://keystone:5000/v3',
  OS_USERNAME: 'demo',
  OS_PASSWORD: 'hunter2',
  OS_PROJECT_NAME: 'lab',
} as const;
