import type { Call, Reply } from '#imgdl/core/http.js';
import type { ProviderPorts } from '#imgdl/core/provider.js';
import { Secret } from '#imgdl/core/secret.js';
import type { Warning } from '#imgdl/core/source.js';

/** A request as the wire would have seen it: secrets revealed. */
export interface SeenCall {
  readonly method: string;
  readonly url: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly text?: string;
}

export type Handler = (call: SeenCall) => Answer | Promise<Answer>;

export interface FakePorts extends ProviderPorts {
  readonly calls: SeenCall[];
  readonly warnings: Warning[];
  readonly notes: string[];
  /** Milliseconds of the monotonic clock; settable. */
  nowMs: number;
}

export interface FakeOptions {
  readonly handler?: Handler;
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly readableByAll?: readonly string[];
  readonly osCloud?: string;
}

/** Ports over memory: files, environment, a clock that stands still, and a transport that asks `handler`. */
export function fakePorts(options: FakeOptions = {}): FakePorts {
  const env = new Map(Object.entries(options.env ?? {}));
  const osCloud = options.osCloud ?? env.get('OS_CLOUD');
  const calls: SeenCall[] = [];
  const warnings: Warning[] = [];
  const notes: string[] = [];
  const ports: FakePorts = {
    calls,
    warnings,
    notes,
    nowMs: 1000,
    transport: {
      async call(call: Call, signal: AbortSignal): Promise<Reply> {
        signal.throwIfAborted();
        const seen = seenOf(call);
        calls.push(seen);
        const answer = (await options.handler?.(seen)) ?? { status: 404 };
        signal.throwIfAborted();
        const headers = new Map(Object.entries(answer.headers ?? {}).map(([k, v]) => [k.toLowerCase(), v]));
        const text = answer.text ?? (answer.json === undefined ? '' : JSON.stringify(answer.json));
        return { status: answer.status, headers, text };
      },
      open: () => Promise.reject(new Error('a provider never opens the data itself')),
    },
    settings: {
      get: <T>(option: { readonly key: string }) => (option.key === 'os-cloud' ? osCloud : undefined) as T | undefined,
      all: () => [],
      origin: () => undefined,
    },
    env,
    home: '/home/me',
    cwd: '/somewhere/here',
    clock: {
      now: () => ports.nowMs,
      wall: () => Date.parse('2030-01-01T00:00:00Z'),
      sleep: () => Promise.resolve(),
      random: () => 0.5,
    },
    readFile: async (path) => {
      const text = options.files?.[path];
      return text === undefined ? undefined : { text, groupOrWorld: options.readableByAll?.includes(path) ?? false };
    },
    secret: async () => undefined,
    note: (message) => notes.push(message),
    warn: (warning) => warnings.push(warning),
  };
  return ports;
}

function seenOf(call: Call): SeenCall {
  const reveal = (value: string | Secret) => (value instanceof Secret ? value.reveal() : value);
  return {
    method: call.method,
    url: call.url.href,
    path: `${call.url.pathname}${call.url.search}`,
    headers: Object.fromEntries(Object.entries(call.headers).map(([name, value]) => [name, reveal(value)])),
    body: call.body?.reveal(),
  };
}

export interface FakeCloud {
  readonly handler: Handler;
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
      if (call.url.startsWith('http://keystone:5000/v3/auth/tokens')) {
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
