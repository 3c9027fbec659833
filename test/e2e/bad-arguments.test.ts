import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { describe, test } from 'vitest';
import { expectRefused, glance, IMAGE, type Mode, type Row, refusal, uforge } from './refusal.js';
import { NOBODY, NOWHERE, plant, type Stage } from './stage.js';

/** Once is enough for what differs in its text only. */
const ONCE = { modes: ['--json'] } as const;

const URLS = [
  'nonsense',
  '/etc/passwd',
  'host/image.raw',
  'file:///etc/passwd',
  'ftp://host/x',
  'http://',
  'http://[::1',
  'https:// host/x',
  'http://host/a b',
  'http://host/x\r\nX-Evil: 1',
  'http://user:canary@host/x',
  'javascript:alert(1)',
  'data:,x',
  'http://host:99999/x',
  '',
];
const IDS = ['1/2', '1?x=1', '1\r\n2', '', '1e3', '0x10', '٣', '01', '1.0', ' 1', '../1', '99999999999999999999'];

const ARGUMENTS: readonly Row[] = [
  ...URLS.map(
    (url): Row => [
      `the URL ${JSON.stringify(url)}`,
      refusal(2, 'usage.url', /\n.*(http|URL|leave|quote)/i, ['url', url], ONCE),
    ],
  ),
  ...IDS.map(
    (id): Row => [`the id ${JSON.stringify(id)}`, refusal(2, 'usage.id', /\n.*number such as/, uforge(id), ONCE)],
  ),
  ['an empty Glance name', refusal(2, 'usage.id', /\n.*(name|UUID|id)/i, glance(''))],
  ['no command', refusal(2, 'usage.arguments', /\n.*--help/, ['nope'])],
  ['a missing argument', refusal(2, 'usage.arguments', /image.*\n.*imgdl appliance list/s, ['appliance', 'image'])],
  [
    'neither one argument nor all',
    refusal(2, 'usage.arguments', /2 arguments.*\n.*the image alone/s, ['container', 'image', '718', '590']),
  ],
  [
    'a password as a value',
    refusal(2, 'usage.arguments', /no option takes a password/, [...IMAGE, '--password', 'wonderland'], ONCE),
  ],
  ['a password behind the login', refusal(2, 'usage.option', /colon/, [...IMAGE, '--user', 'alice:wonderland'], ONCE)],
  [
    'a URL in the place of a command',
    refusal(2, 'usage.arguments', /use imgdl url http/, ({ sandbox }) => [`${sandbox.urls.files}/image.raw`], ONCE),
  ],
  ['the same image twice', refusal(2, 'usage.arguments', /images 1 and 2 are the same/, [...IMAGE, '1095'])],
  ...['status --json', 'clean --dry-run', 'sandbox --tls', 'glance list --ready'].map(
    (words): Row => [
      `a value for the switch of ${words}`,
      refusal(2, 'usage.arguments', / takes no value\n.*use --[\w-]+ alone/, `${words}=yes`.split(' ')),
    ],
  ),
  ['a slip in an option', refusal(2, 'usage.arguments', /--output/, [...IMAGE, '--ouput', 'x'])],
  ['a checksum of nonsense', refusal(2, 'usage.option', /sha256:/, [...IMAGE, '--checksum', 'crc:1'])],
  ['a checksum that is too short', refusal(2, 'usage.option', /64 hex/, [...IMAGE, '--checksum', 'sha256:00'])],
  ['an empty -o', refusal(2, 'usage.option', /--output.*\n.*file/s, [...IMAGE, '-o', ''])],
  ['a word that is no choice', refusal(2, 'usage.option', /fail.*wait/s, [...IMAGE, '--on-busy', 'maybe'])],
  ['a duration of nonsense', refusal(2, 'usage.option', /90s/, [...IMAGE, '--deadline', 'soon'])],
  [
    'a proxy with a password',
    refusal(2, 'usage.option', /HTTPS_PROXY/, [...IMAGE, '--proxy', 'http://u:canary@proxy:1']),
  ],
  ['a key without its certificate', refusal(2, 'usage.missing', /--cert and --key/, [...IMAGE, '--key', 'x.pem'])],
  [
    'an authority that is not there',
    refusal(2, 'usage.option', /--cacert nope\.pem.*BEGIN/s, [...IMAGE, '--cacert', 'nope.pem']),
  ],
  ['no server', refusal(2, 'usage.missing', /--url/, IMAGE, { env: NOWHERE })],
  ['no owner', refusal(2, 'usage.missing', /--uid|--user/, IMAGE, { env: NOBODY })],
  ['no password', refusal(2, 'usage.missing', /--password-file -/, IMAGE, { env: { IMGDL_PASSWORD: '' } })],
  [
    'a URL without a name',
    refusal(2, 'usage.output', /-o FILE/, ({ sandbox }) => ['url', `${sandbox.urls.origin}/redirect/same/`]),
  ],
  [
    'verification that the environment switches off',
    refusal(7, 'tls.disabled', /unset/, IMAGE, { env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' } }),
  ],
];

const config = (text: string, mode?: number) => (place: Stage) =>
  plant(`${place.home}/.config/imgdl/config.yaml`, text, mode);
const CONFIGURATION: readonly Row[] = [
  ['an unknown key', refusal(2, 'config.key', /retrys.*retries/s, IMAGE, { arrange: config('retrys: 3\n') })],
  [
    'a password in the file',
    refusal(2, 'config.key', /password-file/, IMAGE, { arrange: config('password: canary-in-file\n') }),
  ],
  ['a value of the wrong type', refusal(2, 'config.key', /retries/, IMAGE, { arrange: config('retries: [1]\n') })],
  ['text that is no YAML', refusal(2, 'config.read', /config\.yaml/, IMAGE, { arrange: config('a: [canary\n') })],
  [
    'code',
    refusal(2, 'config.format', /yaml.*json/is, [...IMAGE, '--config', 'c.js'], {
      arrange: (place) => plant(place.path('c.js'), 'throw 1'),
    }),
  ],
  ['a file that is not there', refusal(2, 'config.read', /nope\.yaml/, [...IMAGE, '--config', 'nope.yaml'])],
  [
    'a secret file of mode 0644',
    refusal(2, 'config.permissions', /0644.*chmod 600.*--password-file - </s, [...IMAGE, '--password-file', 'pw'], {
      env: { IMGDL_PASSWORD: '' },
      arrange: (place) => plant(place.path('pw'), 'canary\n', 0o644),
    }),
  ],
  [
    'a cloud that nobody describes',
    refusal(2, 'config.cloud', /lab.*clouds\.yaml/s, [...glance('small-raw'), '--os-cloud', 'lab']),
  ],
];

const NAME = 'dev-env_1.0rev1_targz.tar.gz';
const IN_THE_WAY: readonly Row[] = [
  [
    'another file',
    refusal(12, 'fs.exists', /--force.*--update.*-o/s, IMAGE, {
      arrange: (place) => plant(place.path(NAME), 'mine', 0o604),
    }),
  ],
  [
    'a file of the same size',
    refusal(12, 'fs.exists', /sha256.*--force/s, IMAGE, {
      arrange: (place) => plant(place.path(NAME), 'x'.repeat(200_000)),
    }),
  ],
  [
    'a symbolic link',
    refusal(12, 'fs.symlink', /--force/, IMAGE, {
      arrange: (place) => {
        plant(place.path('real'), 'mine');
        symlinkSync('real', place.path(NAME));
      },
    }),
  ],
  [
    'a link to nowhere',
    refusal(12, 'fs.symlink', /--force/, IMAGE, { arrange: (place) => symlinkSync('nowhere', place.path(NAME)) }),
  ],
  [
    'a directory of the default name',
    refusal(12, 'fs.type', /directory.*-o/s, IMAGE, { arrange: (place) => mkdirSync(place.path(NAME)) }),
  ],
  [
    'a fifo',
    refusal(12, 'fs.type', /-o/, [...IMAGE, '--force'], {
      arrange: (place) => void spawnSync('mkfifo', [place.path(NAME)]),
    }),
  ],
  ['no directory', refusal(12, 'fs.no-directory', /sub.*create/is, [...IMAGE, '-o', 'sub/x'], {})],
  ['no directory for a new one', refusal(12, 'fs.no-directory', /sub.*create/is, [...IMAGE, '-o', 'sub/new/'], {})],
  [
    'a file in the place of a directory',
    refusal(12, 'fs.no-directory', /file: it is not a directory\nuse a different -o path/, [...IMAGE, '-o', 'file/x'], {
      arrange: (place) => plant(place.path('file'), ''),
    }),
  ],
  ['a name that is too long', refusal(12, 'fs.name', /shorter/, [...IMAGE, '-o', 'x'.repeat(300)])],
  ['a device', refusal(12, 'fs.type', /-o -|regular/, [...IMAGE, '-o', '/dev/null', '--force'])],
  [
    'a directory that is gone',
    refusal(12, 'fs.no-directory', /create/i, [...IMAGE, '-o', 'sub/x'], {
      arrange: (place) => {
        mkdirSync(place.path('sub'));
        rmSync(place.path('sub'), { recursive: true });
      },
    }),
  ],
];

describe.each<[string, readonly Row[], readonly Mode[]]>([
  ['arguments', ARGUMENTS, ['-v']],
  ['configuration', CONFIGURATION, ['-v', '--json']],
  ['in the way', IN_THE_WAY, ['-v']],
])('%s:', (_, rows, modes) => {
  test.each(rows)('%s', async (_sentence, row) => {
    await expectRefused(row, modes);
  });
});
