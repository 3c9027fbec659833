import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { PROVIDERS } from '#imgdl/providers/index.js';
import type { SandboxOptions } from '#imgdl/sandbox/sandbox.js';
import { makeCertificate } from '#imgdl/sandbox/server/certificate.js';
import { run, spawnImgdl } from '../support/imgdl.js';
import { runCheaply } from '../support/in-process.js';
import { ended, until } from '../support/processes.js';
import { documentOf, eventsOf } from './document.js';
import { afterwards, names, type Stage, stage } from './stage.js';

const IMAGE = ['appliance', 'image', '747', '1095', '-o', 'x'] as const;

interface Case {
  readonly options?: SandboxOptions;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  arrange?(place: Stage): unknown;
}

const first = (place: Stage, ...more: readonly string[]) => place.imgdl([...IMAGE, ...more]);

const ENDS: readonly [exit: number, status: string, how: string, Case][] = [
  [0, 'downloaded', 'an image', {}],
  [0, 'complete', 'an image that is there', { arrange: (place) => first(place) }],
  [
    0,
    'unchanged',
    'an image that did not change',
    { args: ['--update'], arrange: (place) => first(place, '--update') },
  ],
  [0, 'dry-run', 'a dry run', { args: ['-n'] }],
  [
    0,
    'resumed',
    'the rest of an image',
    {
      options: { cutAfter: 100_000, cuts: 1 },
      arrange: (place) => first(place, '--retries', '0'),
    },
  ],
  [2, 'failed', 'a slip in the arguments', { args: ['--nope'] }],
  [2, 'failed', 'a word too many', { args: ['x'] }],
  [2, 'failed', 'a value of nonsense', { args: ['--retries', 'x'] }],
  [2, 'failed', 'a configuration that cannot be read', { args: ['--config', 'nope.yaml'] }],
  [3, 'failed', 'a wrong password', { env: { IMGDL_PASSWORD: 'canary' } }],
  [
    4,
    'failed',
    'an unknown owner of it',
    { options: { rootContext: '/ufws' }, env: { IMGDL_URL: '' }, args: ['--url', '$ORIGIN/other'] },
  ],
  [
    5,
    'failed',
    'no data',
    {
      arrange: ({ sandbox }) =>
        sandbox.control.script('/api/users/alice/appliances/747/images/1095/downloads', [
          ({ response }) => void response.writeHead(204).end(),
        ]),
    },
  ],
  [6, 'failed', 'a cut', { options: { cutAfter: 1000 }, args: ['--retries', '0'] }],
  [7, 'failed', 'a certificate of nobody', { options: { tls: makeCertificate() } }],
  [8, 'failed', 'a login page', { options: { loginPage: 9 } }],
  [9, 'failed', 'wrong bytes', { options: { corrupt: 9 } }],
  [
    10,
    'failed',
    'a change',
    {
      options: { cutAfter: 100_000, cuts: 1 },
      args: ['--on-change', 'fail'],
      arrange: async (place) => {
        await first(place, '--retries', '0');
        place.sandbox.control.replace('images/1095');
      },
    },
  ],
  [
    12,
    'failed',
    'a directory in the way',
    { arrange: (place) => mkdirSync(place.path('x/'), { recursive: true }), args: ['-o', 'x/../x/.', '-o', 'nope/x'] },
  ],
  [12, 'failed', 'another file', { arrange: (place) => writeFileSync(place.path('x'), 'mine') }],
];

describe('--json is one line on stdout, by the schema', () => {
  test.each(ENDS)('exit %i, %s: %s', async (exit, status, _, { options, args = [], env, arrange }) => {
    const place = await stage(options);
    await arrange?.(place);
    const words = args.map((word) => word.replace('$ORIGIN', place.sandbox.urls.origin));
    const result = await place.imgdl([...IMAGE, ...words, '--json'], { env: env ?? {} });
    const document = documentOf(result.stdout.toString());
    expect([result.code, document.status, document.error?.exit]).toEqual([exit, status, exit === 0 ? undefined : exit]);
    if (exit === 0) return;
    expect(document.error?.hint).not.toBeNull();
    // People are told as well.
    const said = `imgdl: ${document.error?.code}: `;
    expect(result.stderr.split('\n').filter((line) => line.startsWith(said))).toHaveLength(1);
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('stopped by %s', async (signal) => {
    const place = await stage({ size: 1_000_000, rate: 200_000 });
    const child = spawnImgdl([...IMAGE, '--json'], { cwd: place.directory, env: place.env });
    afterwards(() => void child.kill('SIGKILL'));
    let stdout = '';
    child.stdout.on('data', (chunk) => (stdout += chunk));
    child.stderr.resume();
    await until('a part', 50_000, () =>
      names(place.directory).some((name) => name.endsWith('.part')) ? true : undefined,
    );
    child.kill(signal);
    expect(await ended(child)).toEqual({ code: null, signal });
    const { status, error } = documentOf(stdout);
    expect([status, error?.code, error?.details]).toEqual(['failed', 'signal', { signal }]);
  });

  test('wherever it stands, and by the variable too', async () => {
    for (const [args, env] of [
      [['--json', ...IMAGE], {}],
      [['appliance', '--json', 'image'], {}],
      [['--json'], {}],
      [['appliance'], { IMGDL_JSON: '1' }],
      [['appliance', '--json'], {}],
      [[], { IMGDL_JSON: '1' }],
      [['help', 'nosuch'], { IMGDL_JSON: '1' }],
      [['appliance', 'image', '747'], { IMGDL_JSON: 'true' }],
      [[...IMAGE, '--retries', 'x'], { IMGDL_JSON: '1' }],
    ] as const) {
      const result = await runCheaply(args, { env });
      const { error } = documentOf(result.stdout.toString());
      expect([result.code, error?.exit]).toEqual([2, 2]);
      // A step of CI that fails shows why, wherever its stdout goes.
      expect(result.stderr).toMatch(/^imgdl: usage\.\w+: .*\nhint: .*\n$/);
    }
  });
});

describe('with --json an error is told on stderr as well,', () => {
  const GONE = ['url', 'http://127.0.0.1:1/x', '--retries', '0'] as const;

  test.each<[string, readonly string[], string]>([
    ['also with -q', [...GONE, '-q'], 'net.refused'],
    ['of a command line that is none', ['nosuch', '-q'], 'usage.arguments'],
    ['of a value, before the settings are read', [...GONE, '--timeout', 'x', '-q'], 'usage.option'],
  ])('%s', async (_, args, code) => {
    const { stdout, stderr } = await runCheaply([...args, '--json']);
    expect(documentOf(stdout.toString()).error?.code).toBe(code);
    expect(stderr).toMatch(new RegExp(`^imgdl: ${code}: .*\\nhint: .*\\n$`));
  });

  test.each<[string, readonly string[], string]>([
    ['of the image', [...GONE, '-o', '-'], 'net.refused'],
    ['of the image, with -q', [...GONE, '-o', '-', '-q'], 'net.refused'],
    ['of a command line that is none', ['url', '-o', '-'], 'usage.arguments'],
    ['of an unknown command, with -q', ['nosuch', '-o-', '-q'], 'usage.arguments'],
  ])('before the document where stdout carries the image: %s', async (_, args, code) => {
    const { stdout, stderr } = await runCheaply([...args, '--json']);
    expect(stdout.toString()).toBe('');
    const [, text, document = ''] = /^(imgdl: [^{]*\nhint: .*\n)(\{.*\n)$/s.exec(stderr) ?? [];
    expect([text?.split(': ')[1], documentOf(document).error?.code]).toEqual([code, code]);
  });

  test.each<[string, readonly string[], readonly string[]]>([
    ['of the image', [...GONE], ['net.refused']],
    ['of the image, with -q nothing else', [...GONE, '-q'], ['net.refused']],
    ['of a command line that is none, with -q', ['url', '-q'], ['usage.arguments']],
  ])('as an event with --progress json: %s', async (_, args, codes) => {
    const { stdout, stderr } = await runCheaply([...args, '--json', '--progress', 'json']);
    const events = eventsOf(stderr);
    expect(events.flatMap(({ type, code }) => (type === 'error' ? [code] : []))).toEqual(codes);
    if (args.includes('-q')) expect(events).toHaveLength(1);
    expect(documentOf(stdout.toString()).error?.code).toBe(codes[0]);
  });
});

describe('with --progress json every line of stderr is an event:', () => {
  const errors = (stderr: string) =>
    eventsOf(stderr).flatMap(({ type, image, code }) => (type === 'error' ? [[image, code]] : []));

  test.each<[string, readonly string[], readonly (readonly [string | null, string])[]]>([
    ['of one image', [...IMAGE], []],
    ['of one image, and its summary', [...IMAGE, '-v'], []],
    ['of several images', ['appliance', 'image', '747', '1095', '1096'], []],
    ['of one that is missing', ['appliance', 'image', '747', '9'], [['9', 'not-found.image']]],
    ['of one that is missing among others', ['appliance', 'image', '747', '9', '1095'], [['9', 'not-found.image']]],
    ['of a slip in the arguments', [...IMAGE, '--nope'], [[null, 'usage.arguments']]],
    ['of a value of nonsense', [...IMAGE, '--retries', 'x'], [[null, 'usage.option']]],
    ['of a command that is missing', ['appliance'], [[null, 'usage.arguments']]],
  ])('%s', async (_, args, expected) => {
    const place = await stage();
    const result = await place.imgdl([...args, '--progress', 'json']);
    expect(errors(result.stderr)).toEqual(expected);
    const again = await place.imgdl([...args, '--progress=json', '--json', '--update']);
    expect(errors(again.stderr)).toEqual(expected);
  });

  test('of a full device', async () => {
    const place = await stage();
    const { stderr } = await place.imgdl([...IMAGE, '-o', '/dev/full', '--progress', 'json']);
    expect(errors(stderr)).toEqual([['1095', expect.stringMatching(/^fs\./)]]);
  });
});

describe('without --json', () => {
  test('stdout is the path and a newline, stderr is for people', async () => {
    const place = await stage();
    const result = await place.imgdl(IMAGE);
    expect(result.stdout.toString()).toBe('x\n');
    expect(result.stderr).toMatch(/^(?:imgdl: .*\n)+$/);
    expect(result.stderr).toMatch(/verified by sha256/);
    expect(result.stderr).not.toMatch(/\x1b|\r/);
  });

  test('-q says nothing, but errors', async () => {
    const place = await stage();
    expect(await place.imgdl([...IMAGE, '-q'])).toMatchObject({ code: 0, stderr: '' });
    const failed = await place.imgdl(['appliance', 'image', '747', '9', '-q']);
    expect([failed.code, failed.stderr]).toEqual([
      4,
      expect.stringMatching(/^imgdl: not-found\.image: .*\nhint: .*\n$/),
    ]);
  });

  test('-v says what is done and why: settings and their origins, every request, every connection', async () => {
    const place = await stage({ keysOnly: true });
    writeFileSync(place.path('c.yaml'), 'retries: 3\n');
    const { stderr } = await place.imgdl([...IMAGE, '-v', '--config', 'c.yaml'], { env: { IMGDL_TIMEOUT: '20s' } });
    for (const line of [
      /^imgdl: version \S+, \w+ \w+, Node v\d+/m,
      /^imgdl: reading c\.yaml$/m,
      /^imgdl: retries is 3 \(c\.yaml\)$/m,
      /^imgdl: timeout is 20s \(IMGDL_TIMEOUT\)$/m,
      /^imgdl: output is x \(--output\)$/m,
      /^imgdl: the password is read from IMGDL_PASSWORD$/m,
      /^imgdl: GET http:\S+\/images\/1095 \(with authorization\): status 200, \d+ bytes, .* connection to 127\.0\.0\.1:\d+$/m,
      /^imgdl: GET http:\S+\/downloads\S*downloadId=\*\*\* \(bytes=0-\): status 206, 200000 bytes, /m,
      /one-time download id/,
      /nothing downloaded yet/,
    ]) {
      expect(stderr).toMatch(line);
    }
    const plain = await place.imgdl([...IMAGE, '-o', 'y', '--progress', 'json', '--config', 'c.yaml']);
    const verbose = await place.imgdl([...IMAGE, '-o', 'z', '--progress', 'json', '-v']);
    const notes = [plain, verbose].map(
      ({ stderr: text }) => eventsOf(text).filter(({ type }) => type === 'note').length,
    );
    expect(notes).toEqual([0, expect.any(Number)]);
    expect(notes[1]).toBeGreaterThan(8);
    expect(plain.stderr + (await place.imgdl([...IMAGE, '-o', 'w'])).stderr).not.toMatch(/GET |is x|IMGDL_/);
  });

  test.each<[string, Record<string, string>, readonly string[], boolean]>([
    ['no colour where nobody looks', {}, [], false],
    ['colour with --color always', {}, ['--color', 'always'], true],
    ['colour with FORCE_COLOR', { FORCE_COLOR: '1' }, [], true],
    ['no colour with NO_COLOR', { NO_COLOR: '1' }, [], false],
    ['no colour with --color never in spite of FORCE_COLOR', { FORCE_COLOR: '1' }, ['--color', 'never'], false],
  ])('%s', async (_, env, args, coloured) => {
    const place = await stage();
    const { stderr } = await place.imgdl(['appliance', 'image', '747', '9', ...args], { env });
    expect(stderr.includes('\x1b[')).toBe(coloured);
  });
});

describe('what escapes', () => {
  const LATE = 'setTimeout(() => { throw Object.assign(new Error("late"), { bytes: "canary" }); }, 600)';
  const LOST = 'setTimeout(() => { Promise.reject(new Error("late")); }, 600)';

  test.each([
    ['an exception', LATE],
    ['a rejection', LOST],
  ])('%s is exit 1 and called a bug, to a person and to a program', async (_, code) => {
    const place = await stage({ stallAfter: 1000 });
    const nodeArgs = ['--import', `data:text/javascript,${encodeURIComponent(code)}`];
    const person = await place.program(IMAGE, { nodeArgs });
    expect([person.code, person.stdout.toString()]).toEqual([1, '']);
    expect(person.stderr).toMatch(/^imgdl: bug: internal error: Error: late\nhint: .*report.*\nabout: imgdl .*\n$/m);
    const program = await place.program([...IMAGE, '-o', 'y', '--json'], { nodeArgs });
    expect([program.code, program.json().error?.code]).toEqual([1, 'bug']);
    expect(names(place.directory)).not.toContain('x');
  });
});

describe('help', () => {
  const commands = [[], ['sandbox'], ...PROVIDERS.flatMap(({ commands: all }) => all.map(({ path }) => path))];

  test.each(commands.map((path) => [path.join(' ')]))(
    'of imgdl %s fits 80 columns, asked for in either way',
    async (command) => {
      const path = command.split(' ').filter((word) => word !== '');
      const asked = await run([...path, '--help']);
      expect([asked.code, asked.stderr]).toEqual([0, '']);
      const text = asked.stdout.toString();
      expect(text).toContain('Usage: imgdl');
      expect(text.split('\n').filter((line) => [...line].length > 80)).toEqual([]);
      expect((await run(['help', ...path])).stdout.toString()).toBe(text);
    },
  );

  test.each([[[]], [['appliance']], [['glance']]])(
    'that nobody asked for is exit 2 and not on stdout: imgdl %s',
    async (args) => {
      const result = await runCheaply(args);
      expect([result.code, result.stdout.toString(), result.stderr]).toEqual([
        2,
        '',
        expect.stringContaining('Usage: imgdl'),
      ]);
    },
  );

  test.each([['--version'], ['-V'], ['--version --json']])('imgdl %s is the version', async (args) => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    expect(await run(args.split(' '))).toMatchObject({ code: 0, stdout: Buffer.from(`${version}\n`), stderr: '' });
  });
});
