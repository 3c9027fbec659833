import { rmSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { answers, expectRefused, expectTame, IMAGE, type Mode, type Refusal, type Row } from './refusal.js';
import { NOBODY, names, plant, type Stage, stage } from './stage.js';

const GLANCE = ['glance', 'image', 'small-raw'];
const FACTS = '/api/users/alice/appliances/747/images/1095';
const DATA = `${FACTS}/downloads`;
const XML = { 'Content-Type': 'application/xml' };
const LOGIN = '<!DOCTYPE html><html><head><title>Sign in</title></head><body>Please log in</body></html>';

const facts = (
  exit: number,
  code: string,
  says: RegExp,
  body: string | Buffer,
  headers = XML,
  status = 200,
): Refusal => ({
  exit,
  code,
  says,
  args: IMAGE,
  arrange: answers(FACTS, status, headers, body),
});

const METADATA: readonly Row[] = [
  ['XML that is malformed', facts(8, 'proto.xml', /XML.*\n.*--url|base URL/s, '<image><dbId>1095</dbId>')],
  ['an empty answer', facts(8, 'proto.answer', /\n.*(--url|base URL)/s, '')],
  ['a 204', facts(8, 'proto.status', /\n.*(--url|base URL)/s, '', XML, 204)],
  [
    'XML of more than 1 MiB',
    facts(8, 'proto.body-limit', /1 MiB.*\n.*URL/s, `<image>${' '.repeat(1_100_000)}</image>`),
  ],
  [
    'a DOCTYPE',
    facts(
      8,
      'proto.doctype',
      /DOCTYPE.*\n.*(--url|base URL)/s,
      '<!DOCTYPE image [<!ENTITY a SYSTEM "file:///etc/passwd">]><image><name>&a;</name></image>',
    ),
  ],
  ['XML that is deep', facts(8, 'proto.xml', /\n.*(--url|base URL)/s, '<a>'.repeat(5000))],
  ['bytes that are not UTF-8', facts(8, 'proto.charset', /UTF-8/, Buffer.from([0x3c, 0x61, 0xff, 0xfe]))],
  ['JSON that is malformed', facts(8, 'proto.answer', /JSON/, '{"image": ', { 'Content-Type': 'application/json' })],
  ['another object', facts(8, 'proto.answer', /not an image/, '<user><loginName>alice</loginName></user>')],
  ['another image', facts(8, 'proto.answer', /another image/, '<image><dbId>1</dbId></image>')],
  [
    'a size that cannot be',
    facts(8, 'proto.answer', /fileSize/, '<image><dbId>1095</dbId><fileSize>-1</fileSize></image>'),
  ],
  [
    'a login page',
    facts(8, 'proto.not-image', /\n.*(browser|URL|credentials)/, LOGIN, { 'Content-Type': 'text/html' }),
  ],
  [
    'a login page without a type',
    facts(8, 'proto.not-image', /\n.*(browser|URL|credentials)/, LOGIN, {} as typeof XML),
  ],
  [
    'a link that leads elsewhere',
    {
      ...facts(
        8,
        'uforge.uri',
        /outside.*\n.*base URL/s,
        '<image><dbId>1095</dbId><compress>true</compress><status><complete>true</complete></status><downloadKey>canary-key-1</downloadKey><downloadUri>http://evil.example/x?downloadId=canary-key-1</downloadUri></image>',
      ),
      args: [...IMAGE, '--via', 'key'],
    },
  ],
  [
    'a login page of Glance',
    {
      exit: 8,
      code: 'proto.answer',
      says: /\n/,
      args: GLANCE,
      arrange: answers('/image/v2/images', 200, { 'Content-Type': 'text/html' }, LOGIN),
    },
  ],
  [
    'an empty answer of Glance',
    {
      exit: 8,
      code: 'proto.answer',
      says: /\n/,
      args: GLANCE,
      arrange: answers('/image/v2/images', 200, { 'Content-Type': 'application/json' }),
    },
  ],
  [
    'a login page of Keystone',
    {
      exit: 8,
      code: 'proto.status',
      says: /\n/,
      args: GLANCE,
      arrange: answers('/identity/', 200, { 'Content-Type': 'text/html' }, LOGIN),
    },
  ],
];

const data = (code: string, exit: number, says: RegExp, rest: Partial<Refusal>): Refusal => ({
  exit,
  code,
  says,
  args: IMAGE,
  ...rest,
});
const fromUrl = ({ sandbox }: Stage): readonly string[] => ['url', `${sandbox.urls.files}/small.raw`];
const DATA_ANSWERS: readonly Row[] = [
  ['a login page', data('proto.not-image', 8, /\n.*(browser|credentials)/i, { options: { loginPage: 99 } })],
  [
    'a login page without a type',
    data('proto.not-image', 8, /\n.*(browser|credentials)/i, { arrange: answers(DATA, 200, {}, LOGIN) }),
  ],
  [
    'a login page in place of a file',
    data('proto.not-image', 8, /\n.*(browser|credentials)/i, { args: fromUrl, options: { loginPage: 99 } }),
  ],
  [
    'a login page without a type in place of a file',
    data('proto.not-image', 8, /\n/, {
      args: fromUrl,
      arrange: answers('/files', 200, { 'Content-Length': String(LOGIN.length) }, LOGIN),
    }),
  ],
  [
    'a login page without type and length',
    data('proto.not-image', 8, /\n/, {
      args: (place) => [...fromUrl(place), '--require', 'none'],
      arrange: answers('/files', 200, {}, LOGIN),
    }),
  ],
  [
    'a login page of the name of an image',
    data('proto.not-image', 8, /\n/, { args: ({ sandbox }) => ['url', `${sandbox.urls.files}/login`] }),
  ],
  [
    'a body without a byte',
    data('proto.size', 8, /\n/, { options: { emptyBody: 99 }, args: [...IMAGE, '--retries', '0'] }),
  ],
  ['a 204', data('not-ready.no-data', 5, /204.*\n.*generate/s, { arrange: answers(DATA, 204, {}) })],
  [
    'a 204 in place of a file',
    data('not-ready.no-data', 5, /\n.*owner/, { args: fromUrl, arrange: answers('/files', 204, {}) }),
  ],
  ['a 304 that nobody asked for', data('proto.not-modified', 8, /\n.*cache/, { options: { unasked304: 99 } })],
  [
    'a compressed body',
    data('proto.encoding', 8, /\n.*compression/, {
      args: ['container', 'image', '718', '130', '590'],
      options: { coding: 'gzip' },
    }),
  ],
  ['a .gz that is compressed once more', data('proto.encoding', 8, /\n.*compression/, { options: { coding: 'gzip' } })],
  [
    'a redirect without end',
    data('proto.redirect', 8, /\n/, {
      args: ({ sandbox }) => ['url', `${sandbox.urls.origin}/redirect/loop`, '-o', 'x'],
    }),
  ],
  [
    'a redirect to a file of this machine',
    data('proto.redirect', 8, /\n/, {
      args: ({ sandbox }) => ['url', `${sandbox.urls.origin}/redirect/file`, '-o', 'x'],
    }),
  ],
  [
    'a redirect to nowhere',
    data('proto.redirect', 8, /\n/, {
      args: ({ sandbox }) => ['url', `${sandbox.urls.origin}/redirect/nowhere`, '-o', 'x'],
    }),
  ],
  ['other bytes than promised', data('integrity.digest', 9, /\n.*owner/, { options: { corrupt: 99 } })],
  [
    'digests of another image',
    data('integrity.digest', 9, /\n.*owner/, { args: ['appliance', 'image', '747', '1108'] }),
  ],
  ['a size of another image', data('proto.size', 8, /\n/, { args: ['appliance', 'image', '747', '1110'] })],
  [
    'a server that is down',
    data('http.unavailable', 6, /503.*\n.*again/is, { options: { unavailable: 99, retryAfter: '3600' } }),
  ],
  [
    'a port where nobody listens',
    data('net.refused', 6, /\n.*check host and port/, { args: ['url', 'http://127.0.0.1:1/x', '--retries', '0'] }),
  ],
  [
    'a name that does not resolve',
    data('net.dns', 6, /\n.*name/i, { args: ['url', 'http://nowhere.invalid/x', '--retries', '0'] }),
  ],
];

describe.each<[string, readonly Row[], readonly Mode[]]>([
  ['facts', METADATA, ['-v']],
  ['bytes', DATA_ANSWERS, ['--json']],
])('a server that sends in place of %s', (_, rows, modes) => {
  test.each(rows)('%s', async (_sentence, row) => {
    await expectRefused(row, modes);
  });
});

const EVIL =
  'no\u001b]0;owned\u0007\r\n::set-output name=x::y\nimgdl: verified\u202e\u2066 <b>bold</b>\u009b2J canary-echo-password\rimgdl: done';

describe('text of a hostile server', () => {
  test.each([
    [
      'an error of UForge',
      IMAGE,
      answers(
        FACTS,
        400,
        XML,
        `<uforgeErrors><uforgeError><errorMsg>${EVIL.replaceAll(/[\u0000-\u0008\u000b-\u001f<>]/g, '?')}</errorMsg></uforgeError></uforgeErrors>`,
      ),
    ],
    ['plain text', IMAGE, answers(FACTS, 400, { 'Content-Type': 'text/plain' }, EVIL)],
    ['a refusal of the bytes', IMAGE, answers(DATA, 400, { 'Content-Type': 'text/plain' }, EVIL)],
    ['a refusal of Glance', GLANCE, answers('/image/v2/images', 403, { 'Content-Type': 'text/plain' }, EVIL)],
    [
      'a refusal of Keystone',
      GLANCE,
      answers(
        '/identity/',
        400,
        { 'Content-Type': 'application/json' },
        JSON.stringify({ error: { message: EVIL, title: EVIL } }),
      ),
    ],
    [
      'a refusal of a file',
      ['url', '$'],
      answers('/files', 418, { 'Content-Type': 'text/plain' }, EVIL.replace('canary', 'public')),
    ],
  ])('%s never starts a line and never acts', async (_, args, arrange) => {
    for (const mode of [['-v'], ['--json']]) {
      const place = await stage();
      arrange(place);
      const words = args.map((word) => (word === '$' ? `${place.sandbox.urls.files}/small.raw` : word));
      // The password comes back in the text: it must not come further.
      const env = { IMGDL_PASSWORD: 'canary-echo-password', OS_PASSWORD: 'canary-echo-password' };
      const result = await place.imgdl([...words, ...mode], { env: args === IMAGE || args === GLANCE ? env : NOBODY });
      expect(result.code).toBeGreaterThan(1);
      expectTame(result.stderr);
      expect(result.stdout.toString()).toMatch(mode[0] === '--json' ? /^\{[^\n]*\}\n$/ : /^$/);
      expect(result.stdout.toString()).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
      expect(names(place.directory)).toEqual([]);
    }
  });
});

test('nothing in a hostile current directory is read', async () => {
  const evil = 'url: http://127.0.0.1:1/canary\nproxy: http://127.0.0.1:1\noutput: ../owned\ninsecure: true\n';
  const place = await stage(
    {},
    {
      '.config/config.js': 'throw new Error("run")',
      '.config/config.mjs': 'process.exit(99)',
      '.config/imgdlrc': evil,
      '.imgdlrc': evil,
      '.imgdlrc.js': 'process.exit(99)',
      'imgdl.config.js': 'process.exit(99)',
      'config.yaml': evil,
      'imgdl/config.yaml': evil,
      '.hammr/credentials.yml': 'url: http://127.0.0.1:1\nuser: canary\npassword: canary\n',
      'clouds.yaml':
        'clouds:\n  evil:\n    auth: {auth_url: "http://127.0.0.1:1/v3", username: canary, password: canary}\n',
      'package.json': '{"imgdl":{"url":"http://127.0.0.1:1"},"type":"module"}',
      '.env': 'IMGDL_URL=http://127.0.0.1:1\n',
      '.npmrc': 'proxy=http://127.0.0.1:1\n',
    },
  );
  for (const args of [IMAGE, GLANCE]) {
    const result = await place.imgdl([...args, '-o', 'image']);
    expect([result.code, result.stderr]).toEqual([0, expect.not.stringContaining('hint: ')]);
    expect(place.sandbox.control.requests.length).toBeGreaterThan(0);
    await place.imgdl([...args, '-o', 'image', '-f']);
    rmSync(place.path('image'));
  }
});

test('what a cloud account answers with stays with the server', async () => {
  const place = await stage();
  plant(place.path('keep'), 'x');
  const result = await place.imgdl(['appliance', 'pimage', '747', '92', '-o', 'x', '--receipt', '-v', '--json']);
  expect(result.code).toBe(0);
  expect(names(place.directory)).toEqual(['keep', 'x', 'x.imgdl.json']);
});
