import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import type { CasePlace, FaultCase } from './fault-case.js';
import { catalogue } from './run-case.js';

/** A file below the home, which has everything that is the user's own. */
function own({ home }: Pick<CasePlace, 'home'>, name: string, text: string, mode = 0o600): string {
  const path = join(home, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

const EVIL = 'url: http://127.0.0.2:1/canary\nproxy: http://127.0.0.2:1\noutput: ../owned\ninsecure: true\n';
const CWD = [
  '.config/config.js',
  '.config/config.mjs',
  '.config/imgdlrc',
  '.imgdlrc',
  '.imgdlrc.js',
  '.imgdlrc.yaml',
  'imgdl.config.js',
  'imgdl.config.mjs',
  'config.yaml',
  'imgdl/config.yaml',
  'clouds.yaml',
  'secure.yaml',
  '.netrc',
  '.env',
  '.npmrc',
  'package.json',
  'node_modules/undici/index.js',
];

const DIRECTORY: readonly FaultCase[] = (['url', 'uforge', 'glance'] as const).map((service) => ({
  id: `configuration/hostile-directory-${service}`,
  title: `a current directory full of traps (${service}): none is read`,
  service,
  meanwhile: ({ directory }) => {
    for (const name of CWD) {
      mkdirSync(dirname(join(directory, name)), { recursive: true });
      writeFileSync(
        join(directory, name),
        /js$/.test(name)
          ? 'process.exit(99)'
          : name === 'package.json'
            ? '{"imgdl":{"url":"http://127.0.0.2:1"},"type":"module"}'
            : EVIL,
      );
    }
  },
  exit: 0,
  files: 'complete',
  also: ({ foreign }) => expect(foreign.server.requests).toEqual([]),
}));

const refused = (name: string, title: string, code: string, rest: Partial<FaultCase>, exit = 2): FaultCase => ({
  id: `configuration/${name}`,
  title,
  exit,
  code,
  files: 'nothing',
  rerun: 'none',
  also: ({ origin, foreign }) => expect([origin.server.requests, foreign.server.requests]).toEqual([[], []]),
  ...rest,
});

/** `--config FILE` with this text. */
const config = (text: string, name = 'config.yaml'): Partial<FaultCase> => ({
  args: (place) => ['--config', own(place, name, text)],
});

const FILES: readonly FaultCase[] = [
  refused(
    'file-of-code',
    'a configuration file that is code',
    'config.format',
    config('export default {}', 'config.js'),
  ),
  refused(
    'file-typescript',
    'a configuration file in TypeScript',
    'config.format',
    config('export default {}', 'config.ts'),
  ),
  refused('unknown-key', 'an unknown key', 'config.key', config('retrys: 3\n')),
  refused('wrong-type', 'a value of the wrong type', 'config.key', config('retries: [1, 2]\n')),
  refused('key-twice', 'a key that is there twice', 'config.key', config('retries: 3\nretries: 4\n')),
  refused('prototype', 'a key __proto__', 'config.key', config('{"__proto__": {"insecure": true}}', 'config.json')),
  refused('not-yaml', 'a file that is no YAML', 'config.read', config('a: [b\n')),
  refused('absent', 'a file that is not there', 'config.read', {
    args: ({ home }) => ['--config', join(home, 'nope.yaml')],
  }),
  refused('directory', 'a directory in place of a file', 'config.read', { args: ({ home }) => ['--config', home] }),
  {
    id: 'configuration/comments-and-bom',
    title: 'comments, and a byte order mark',
    args: (place) => ['--config', own(place, 'config.yaml', '\ufeff# comment\nretries: 3 # three\n')],
    exit: 0,
    files: 'complete',
  },
  refused('retries-in-powers', 'IMGDL_RETRIES=1e9', 'usage.option', { env: () => ({ IMGDL_CONNECTIONS: '1e9' }) }),
  refused(
    'switch-of-nonsense',
    'IMGDL_FORCE is no switch of the environment, IMGDL_INSECURE of nonsense is none',
    'usage.option',
    { env: () => ({ IMGDL_INSECURE: 'perhaps' }) },
  ),
  refused('timeout-without-unit', 'IMGDL_TIMEOUT=5', 'usage.option', { env: () => ({ IMGDL_DEADLINE: 'soon' }) }),
  {
    id: 'configuration/empty-variables',
    title: 'variables that are empty count as absent',
    env: () => ({ IMGDL_CONNECTIONS: '', IMGDL_INSECURE: '', IMGDL_PROXY: '', IMGDL_LIMIT_RATE: '', HTTP_PROXY: '' }),
    exit: 0,
    files: 'complete',
  },
];

const SECRETS: readonly FaultCase[] = [
  refused(
    'verification-off',
    'NODE_TLS_REJECT_UNAUTHORIZED=0',
    'tls.disabled',
    { env: () => ({ NODE_TLS_REJECT_UNAUTHORIZED: '0' }) },
    7,
  ),
  refused('password-as-an-option', '--password VALUE: refused before any request', 'usage.arguments', {
    service: 'uforge',
    args: ({ origin }) => ['--password', origin.canaries.password],
    says: /--password-file|IMGDL_PASSWORD/,
  }),
  refused('password-in-the-url', 'a URL with user:password@', 'usage.url', {
    words: ({ origin }) => [
      'url',
      `${origin.url.replace('//', `//u:${encodeURIComponent(origin.canaries.password)}@`)}/files/disk.img`,
    ],
  }),
  refused('password-in-the-base', 'a base URL with user:password@', 'usage.url', {
    service: 'uforge',
    env: ({ origin }) => ({
      IMGDL_URL: `${origin.url.replace('//', `//alice:${encodeURIComponent(origin.canaries.password)}@`)}/api`,
    }),
  }),
  ...([0o644, 0o640, 0o604] as const).map((mode) =>
    refused(`password-file-${mode.toString(8)}`, `a password file of mode ${mode.toString(8)}`, 'config.permissions', {
      service: 'uforge',
      env: () => ({ IMGDL_PASSWORD: '' }),
      args: (place) => ['--password-file', own(place, 'word.secret', place.origin.canaries.password, mode)],
      says: /--password-file - </,
    }),
  ),
  {
    id: 'configuration/password-file-by-a-link',
    title: 'a password file behind a symbolic link: the mode of the file counts',
    service: 'uforge',
    env: () => ({ IMGDL_PASSWORD: '' }),
    args: (place) => {
      own(place, 'real.secret', `${place.origin.canaries.password}\n`);
      const link = join(place.home, 'link.secret');
      symlinkSync('real.secret', link);
      return ['--password-file', link];
    },
    exit: 0,
    files: 'complete',
  },
  refused('netrc-that-others-read', 'a .netrc that others may read', 'config.permissions', {
    args: (place) => {
      own(place, '.netrc', `machine 127.0.0.1 login u password ${place.origin.canaries.token}\n`, 0o644);
      return ['--netrc'];
    },
    files: 'nothing',
    also: () => undefined,
  }),
  refused('two-from-stdin', 'two options that read stdin', 'usage.option', {
    service: 'uforge',
    args: ['--password-file', '-', '--input-file', '-'],
    env: () => ({ IMGDL_PASSWORD: '' }),
  }),
  {
    id: 'configuration/password-of-another-server',
    title: 'a file names the server, the environment the password: they never meet',
    service: 'uforge',
    env: (place) => {
      own(place, '.config/imgdl/config.yaml', `url: ${place.foreign.url}/api\n`);
      return { IMGDL_URL: '' };
    },
    exit: 2,
    files: 'nothing',
    rerun: 'none',
    also: ({ foreign, origin }) => {
      for (const { raw } of foreign.server.requests) {
        expect(raw).not.toContain(Buffer.from(`alice:${origin.canaries.password}`).toString('base64'));
      }
    },
  },
  {
    id: 'configuration/proxy-with-a-password-down',
    title: 'the proxy of the environment has a password, and is down: its password is not shown',
    env: ({ origin }) => ({ http_proxy: `http://u:${encodeURIComponent(origin.canaries.token)}@127.0.0.1:1` }),
    exit: 6,
    code: 'net.proxy',
    files: 'nothing',
    rerun: 'none',
  },
  ...[
    ['star', '*'],
    ['host', '127.0.0.1'],
    ['list', 'example.com, 127.0.0.1'],
    ['network', '127.0.0.0/8'],
  ].map(
    ([name = '', value = '']): FaultCase => ({
      id: `configuration/no-proxy-${name}`,
      title: `NO_PROXY=${value} goes past the proxy`,
      env: () => ({ http_proxy: 'http://127.0.0.1:1', no_proxy: value }),
      exit: 0,
      files: 'complete',
    }),
  ),
  ...['socks5://127.0.0.1:1', 'socks5h://127.0.0.1:1', 'ftp://127.0.0.1:1'].map((proxy, at) =>
    refused(`proxy-of-another-kind-${at}`, `the proxy ${proxy}`, 'usage.url', {
      env: () => ({ http_proxy: proxy }),
    }),
  ),
];

catalogue('configuration', [...DIRECTORY, ...FILES, ...SECRETS]);
