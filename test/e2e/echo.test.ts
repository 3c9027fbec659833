import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type EchoServer, keyOf, SIZE, startEchoServer, uuidOf } from '../support/echo-server.js';
import { type RunResult, run } from '../support/imgdl.js';
import { scratch } from '../support/scratch.js';
import { base64, percentAll, WRITINGS, writingsIn, xml } from '../support/writings.js';
import { documentsOf } from './document.js';

/** Blanks, quotes and markup in it, as people have them in passwords; more than one byte per character as well. */
const PASSWORD = 'canary"Pä<55>&w%rd+é';
const APP_SECRET = 'canary-Appcred_S3cret/+=';
const HEX_TOKEN = '6a1f0c9be2d84375a0c6f1e2d3b4a596';
const FERNET_TOKEN = `gAAAAABcanary-${'Zx9_'.repeat(40)}==`;
const SIGNATURE = 'canarySig/9x+Q2=';
const UNNAMED = 'canary9fX2';

const BODIES: readonly (readonly [type: string, wrap: (text: string) => string])[] = [
  ['text/plain', (text) => `echo ${text} end`],
  ['application/json', (text) => JSON.stringify({ error: { message: `echo ${text} end`, code: 1 } })],
  [
    'application/xml',
    (text) =>
      `<ns0:uforgeError xmlns:ns0="x"><localizedErrorMsg><message>echo ${xml(text)} end</message></localizedErrorMsg></ns0:uforgeError>`,
  ],
];

/** A row is an image: the server refuses each in its own way. */
interface Row {
  readonly status: number;
  readonly write: (secret: string) => string;
  readonly body: (typeof BODIES)[number];
}

const REFUSALS = [400, 403, 409, 418, 429, 500, 502, 503];
const rows: readonly Row[] = WRITINGS.flatMap(([, write], w) =>
  BODIES.map((body, b): Row => ({ status: REFUSALS[(3 * w + b) % REFUSALS.length] ?? 500, write, body })),
);

let server: EchoServer;
beforeAll(async () => {
  server = await startEchoServer();
});
afterAll(() => server.close());
beforeEach(() => {
  server.refuse = () => undefined;
  server.cutAt = () => undefined;
});

const UFORGE = (): Record<string, string> => ({
  IMGDL_URL: `${server.origin}/api`,
  IMGDL_USER: 'alice',
  IMGDL_PASSWORD: PASSWORD,
});
const KEYS = (): Record<string, string> => ({
  IMGDL_URL: `${server.origin}/api`,
  IMGDL_PUBLIC_KEY: 'pub',
  IMGDL_UID: 'alice',
  IMGDL_SECRET_KEY: APP_SECRET,
});
const CLOUD = (): Record<string, string> => ({
  OS_AUTH_URL: `${server.origin}/v3`,
  OS_USERNAME: 'alice',
  OS_PASSWORD: PASSWORD,
  OS_PROJECT_NAME: 'lab',
  OS_REGION_NAME: 'One',
});
const APPLIANCE = ['appliance', 'image', '747'];

interface Kind {
  readonly place: 'log-in' | 'facts' | 'data';
  readonly words: () => readonly string[];
  readonly argument?: (image: number) => string;
  readonly env: () => Record<string, string>;
  /** What the server sends back, which may be what it was sent. */
  readonly secret: (image: number, asked: URL) => string;
  readonly token?: string;
}

const byNumber = (image: number): string => String(image);
const signed = (query: string) => (image: number) => `${server.origin}/files/${image}?${query}`;
const KINDS: readonly (readonly [string, Kind])[] = [
  [
    'the password of UForge, for facts',
    { place: 'facts', words: () => APPLIANCE, env: UFORGE, secret: () => PASSWORD },
  ],
  [
    'the password of UForge, for data',
    {
      place: 'data',
      words: () => [...APPLIANCE, '--via', 'credentials'],
      env: UFORGE,
      secret: () => PASSWORD,
    },
  ],
  ['the secret key of UForge', { place: 'facts', words: () => APPLIANCE, env: KEYS, secret: () => APP_SECRET }],
  [
    'the signature of a request to UForge',
    {
      place: 'facts',
      words: () => APPLIANCE,
      env: KEYS,
      secret: (_, asked) => asked.searchParams.get('signature') ?? 'none',
    },
  ],
  [
    'the one-time download id of UForge',
    { place: 'data', words: () => [...APPLIANCE, '--via', 'key'], env: UFORGE, secret: keyOf },
  ],
  ...(['facts', 'data'] as const).map((place): readonly [string, Kind] => [
    `a hex token of Keystone, for ${place}`,
    {
      place,
      words: () => ['glance', 'image'],
      argument: uuidOf,
      env: CLOUD,
      secret: () => HEX_TOKEN,
      token: HEX_TOKEN,
    },
  ]),
  [
    'a Fernet token of Keystone',
    {
      place: 'facts',
      words: () => ['glance', 'image'],
      argument: uuidOf,
      env: CLOUD,
      secret: () => FERNET_TOKEN,
      token: FERNET_TOKEN,
    },
  ],
  [
    'the signature of a URL',
    {
      place: 'data',
      words: () => ['url'],
      argument: (image) => signed(`X-Amz-Signature=${encodeURIComponent(SIGNATURE)}`)(image),
      env: () => ({}),
      secret: () => SIGNATURE,
    },
  ],
  [
    'a value of a query of which nobody knows what it is',
    {
      place: 'data',
      words: () => ['url'],
      argument: (image) => signed(`k=${UNNAMED}`)(image),
      env: () => ({}),
      secret: () => UNNAMED,
    },
  ],
  [
    'the password of a proxy',
    {
      place: 'data',
      words: () => ['url'],
      argument: (image) => `http://images.invalid/files/${image}`,
      env: () => ({ http_proxy: server.origin.replace('//', `//alice:${encodeURIComponent(PASSWORD)}@`) }),
      secret: () => PASSWORD,
    },
  ],
];

describe('a server that sends back', () => {
  test.each(KINDS)('%s: nothing that is said or kept shows it', async (_, kind) => {
    const { place, words, argument = byNumber, env, secret, token } = kind;
    server.token = token ?? 'none';
    const echoed: string[] = [];
    server.refuse = (at, image, request) => {
      const row = rows[image - 1];
      if (at !== place || row === undefined) return undefined;
      const [type, wrap] = row.body;
      const value = secret(image, new URL(request.url ?? '/', server.origin));
      echoed.push(value);
      return { status: row.status, type, body: wrap(row.write(value)) };
    };
    const images = rows.map((_row, at) => at + 1);
    const directory = scratch();
    const args = [...words(), ...images.map(argument), '-v', '--json', '--retries', '0', '--receipt'];
    const result = await run(args, { cwd: directory, env: env() });
    const { items } = documentsOf(result.stdout.toString());
    const shown = items.filter(({ error }) => error?.message.includes('echo ***'));
    expect(leaks(result, directory, echoed)).toEqual([]);
    // All but the answers whose text no provider shows.
    expect(shown.length).toBeGreaterThan(rows.length / 2);
    expect(items.every(({ error }) => error !== undefined && error.exit > 1)).toBe(true);
  });

  test.each<[string, Record<string, string>, string]>([
    ['the password of a log-in', { OS_PASSWORD: PASSWORD }, PASSWORD],
    [
      'the secret of an application credential',
      {
        OS_AUTH_TYPE: 'v3applicationcredential',
        OS_APPLICATION_CREDENTIAL_ID: 'acid',
        OS_APPLICATION_CREDENTIAL_SECRET: APP_SECRET,
        OS_USERNAME: '',
        OS_PASSWORD: '',
        OS_PROJECT_NAME: '',
      },
      APP_SECRET,
    ],
    [
      'a token that the user gave',
      { OS_AUTH_TYPE: 'v3token', OS_TOKEN: HEX_TOKEN, OS_USERNAME: '', OS_PASSWORD: '' },
      HEX_TOKEN,
    ],
  ])('%s, to whoever logs in', async (_, env, secret) => {
    for (const [status, writing] of [
      [401, 'plain'],
      [500, 'in the middle of base64'],
    ] as const) {
      const [, write] = WRITINGS.find(([name]) => name === writing) ?? [];
      if (write === undefined) throw new Error(`nothing is written ${writing}`);
      server.refuse = (at) =>
        at === 'log-in' ? { status, type: 'text/plain', body: `echo ${write(secret)} end` } : undefined;
      const directory = scratch();
      const args = ['glance', 'image', uuidOf(1), '-v', '--retries', '0'];
      const result = await run(args, { cwd: directory, env: { ...CLOUD(), ...env } });
      expect(result.stderr).toContain('echo ***');
      expect(leaks(result, directory, [secret])).toEqual([]);
    }
  });

  test('the one-time download id that the user gave, and a part of it where the answer is cut', async () => {
    const secret = 'canaryGivenId-0123456789abcdef';
    for (const before of [0, 4096 - 12]) {
      server.refuse = (at) =>
        at === 'data'
          ? { status: 403, type: 'text/plain', body: `echo ${'<br>'.repeat(before / 4)}${secret} end` }
          : undefined;
      const directory = scratch();
      const env = { IMGDL_URL: `${server.origin}/api`, IMGDL_UID: 'alice' };
      const result = await run([...APPLIANCE, '1', '--download-id', secret, '-v'], { cwd: directory, env });
      expect(result.code).toBe(3);
      expect(result.stderr).toMatch(/echo ?\*\*\*/);
      expect(result.stderr).not.toContain('canary');
    }
  });

  test('a secret while an image is half there: neither retries, nor journal, nor receipt have it', async () => {
    let answers = 0;
    server.refuse = (at) => {
      if (at !== 'data') return undefined;
      answers += 1;
      return answers === 1 || answers > 2
        ? undefined
        : { status: 503, type: 'text/plain', body: `echo ${PASSWORD} and ${base64(`alice:${PASSWORD}`)}` };
    };
    server.cutAt = () => (answers === 1 ? 30_000 : undefined);
    const directory = scratch();
    const args = [...APPLIANCE, '1', '--via', 'credentials', '-v', '--json', '--receipt', '--progress', 'line'];
    const broken = await run([...args, '--retries', '1'], { cwd: directory, env: UFORGE() });
    expect(broken.stderr).toContain('trying again');
    expect(broken.json().error?.message).toContain('echo *** and ***');
    expect(readdirSync(directory).some((name) => name.endsWith('.journal'))).toBe(true);
    expect(leaks(broken, directory, [PASSWORD])).toEqual([]);
    const whole = await run(args, { cwd: directory, env: UFORGE() });
    expect(whole.code).toBe(0);
    expect(readdirSync(directory).some((name) => name.endsWith('.imgdl.json'))).toBe(true);
    expect(leaks(whole, directory, [PASSWORD])).toEqual([]);
  });
});

describe('a secret in an error that nobody expected', () => {
  // Thrown as the first connection is made: the password is known by then, and nobody awaits this.
  const preload = `
    import { subscribe } from 'node:diagnostics_channel';
    const { THROWN, THROW } = process.env;
    subscribe('net.client.socket', () => setImmediate(() => {
      if (THROW === 'string') throw THROWN;
      if (THROW === 'rejection') Promise.reject(new Error(THROWN));
      else throw new TypeError('a\\n    at ' + THROWN, { cause: new Error('because of ' + THROWN) });
    }));`;

  test.each<[string, string, string, string]>([
    ['an error and its cause', 'error', PASSWORD, PASSWORD],
    ['a rejection', 'rejection', PASSWORD, base64(`alice:${PASSWORD}`)],
    ['a string', 'string', PASSWORD, percentAll(PASSWORD)],
    ['an error, where the password is short', 'error', 'hunter2', 'hunter2'],
    ['an error, where the password is short and encoded', 'error', 'hunter2', base64('alice:hunter2')],
  ])('%s', async (_, how, password, written) => {
    const directory = scratch();
    const file = join(scratch(), 'preload.mjs');
    writeFileSync(file, preload);
    for (const mode of [
      ['-v', '--progress', 'line'],
      ['--json', '-q'],
    ]) {
      const env = { ...UFORGE(), IMGDL_PASSWORD: password, THROWN: `login ${written} failed`, THROW: how };
      const result = await run([...APPLIANCE, '1', ...mode], { cwd: directory, env, nodeArgs: ['--import', file] });
      expect(result.code).toBe(1);
      const said = result.stdout.toString() + result.stderr;
      expect(said).toContain('login *** failed');
      expect(leaks(result, directory, [password])).toEqual([]);
    }
  });
});

// Bad passwords, each of which stands in what is ours.
test.each(['image', 'complete'])(
  'the path is the one to open and the document keeps its words: %s',
  async (password) => {
    const directory = scratch();
    const env = { ...UFORGE(), IMGDL_PASSWORD: password };
    const args = [...APPLIANCE, '1', '-o', `${password}.gz`, '--receipt'];
    const first = await run(args, { cwd: directory, env });
    expect([first.code, first.stdout.toString()]).toEqual([0, `${password}.gz\n`]);
    const again = (await run([...args, '--json'], { cwd: directory, env })).json();
    expect([again.status, again.path]).toEqual(['complete', `${password}.gz`]);
  },
);

test('bytes on stdout are bytes, whatever they spell', async () => {
  const env = { ...UFORGE(), IMGDL_PASSWORD: '\u0007'.repeat(9) };
  const streamed = await run([...APPLIANCE, '1', '-o', '-'], { cwd: scratch(), env });
  expect(streamed.code).toBe(0);
  expect(streamed.stdout.equals(Buffer.alloc(SIZE, 7))).toBe(true);
});

/** Each writing of a secret that is in what was said or left behind: its name, and where. */
function leaks({ stdout, stderr }: RunResult, directory: string, secrets: readonly string[]): readonly string[] {
  const left = readdirSync(directory)
    .filter((name) => /\.(?:journal|lock|imgdl\.json)$/.test(name))
    .map((name) => readFileSync(join(directory, name), 'utf8'))
    .join('\n');
  const places = Object.entries({ stdout: stdout.toString(), stderr, left });
  const found = places.flatMap(([place, text]) =>
    [...new Set(secrets)].flatMap((secret) => writingsIn(text, secret).map((name) => `${place}: ${name}`)),
  );
  return [...new Set(found)];
}
