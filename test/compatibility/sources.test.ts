import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { makeSigner } from '../support/gpg.js';
import { hasNginx } from '../support/nginx.js';
import { programPath } from '../support/processes.js';
import { hasPython } from '../support/python-server.js';
import { expectSection, table } from './page.js';
import { atOnce, type Names, type Story, User } from './user.js';
import { LOGIN, startWebFront, type WebFront } from './web-front.js';

const MIB = 1024 * 1024;
const DISK = Buffer.alloc(100_000, 'the image ');
const LARGE = Buffer.alloc(24 * MIB, 'a large one ');
const ARCHIVE = gzipSync(DISK);
const PAGE = Buffer.from('<!DOCTYPE html><html><body>Please log in</body></html>');
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

const FILES = 'http://files.example.com';
const SECURE = 'https://secure.example.com';
/** Cuts the first connection in the middle. */
const FLAKY = 'http://flaky.example.com';
const FLAKY_PYTHON = 'http://flaky-python.example.com';
const PYTHON = 'http://python.example.com';
const get = (path: string, ...options: readonly string[]): string =>
  ['imgdl url', `${FILES}${path}`, ...options].join(' ');

const PLAIN: readonly Story[] = [
  [
    { what: 'a file', typed: get('/disk.raw') },
    { what: 'the same command again', typed: get('/disk.raw') },
    {
      what: 'with another time on the disk',
      typed: get('/disk.raw'),
      before: ({ cwd }) => utimesSync(join(cwd, 'disk.raw'), 1, 1),
    },
    { what: 'and replace it', typed: get('/disk.raw', '--force') },
  ],
  [
    { what: 'from cron', typed: get('/nightly.raw', '--update') },
    { what: 'nothing has changed', typed: get('/nightly.raw', '--update') },
  ],
  [
    { what: 'interrupted', typed: `imgdl url ${FLAKY}/large.raw --connections 1 --retries 0` },
    { what: 'continued', typed: `imgdl url ${FLAKY}/large.raw` },
  ],
  [{ what: 'over four connections', typed: get('/large.raw', '--connections 4', '--limit-rate 100M') }],
  [
    {
      what: 'a server without Range, interrupted',
      typed: `imgdl url ${FLAKY}/whole/large.raw --connections 1 --retries 0`,
    },
    { what: 'continued', typed: `imgdl url ${FLAKY}/whole/large.raw` },
  ],
  [{ what: 'a server that refuses a Range from 0', typed: get('/firewall/disk.raw') }],
  [{ what: 'redirected', typed: get('/latest') }],
  [{ what: 'ten redirects', typed: get('/hops/10') }],
  [{ what: 'eleven', typed: get('/hops/11') }],
  [{ what: 'redirected in a circle', typed: get('/circle') }],
  [{ what: 'a server that waits for its cookie', typed: get('/cookie') }],
  [
    {
      what: 'the same, with the cookie',
      typed: get('/cookie', '--header-file headers'),
      files: { headers: 'Cookie: gate=open-sesame\n' },
    },
  ],
  [{ what: 'a login page', typed: get('/page.raw') }],
  [{ what: 'the same, if that is what you want', typed: get('/page.raw', `--checksum sha256:{page.raw}`) }],
  [{ what: 'an archive that is labeled as gzip-encoded', typed: get('/encoded/disk.tar.gz') }],
  [{ what: 'an image that the server compresses', typed: get('/encoded/disk.raw') }],
  [{ what: 'a URL without a file name', typed: get('/?id=4') }],
  [{ what: 'the same, with a name', typed: get('/?id=4', '-o four.raw') }],
  [{ what: 'a file that is not there', typed: get('/nothing.raw') }],
  [{ what: 'a server that is busy', typed: get('/busy', '--retries 0') }],
  [{ what: 'a server that is down', typed: 'imgdl url http://127.0.0.1:9/disk.raw --retries 0' }],
  [{ what: 'several files', typed: `${get('/disk.raw')} ${FILES}/small.raw -o images/` }],
];

const DIGESTS: readonly Story[] = [
  [{ what: 'a digest of yours', typed: get('/disk.raw', `--checksum sha256:{disk.raw}`) }],
  [{ what: 'a wrong one', typed: get('/disk.raw', `--checksum sha256:{page.raw}`) }],
  [{ what: '`Content-MD5`', typed: get('/md5/disk.raw') }],
  [{ what: '`X-Checksum-Sha256` of Artifactory', typed: get('/artifactory/disk.raw') }],
  [{ what: '`x-goog-hash` of Google Cloud Storage', typed: get('/google/disk.raw') }],
  [{ what: 'a header that is wrong', typed: get('/stale/disk.raw') }],
  [
    {
      what: 'a header that is wrong, against yours',
      typed: get('/stale/disk.raw', `--checksum sha256:{disk.raw}`),
    },
  ],
  [{ what: 'a checksum file over http', typed: get('/disk.raw', `--checksums ${FILES}/SHA256SUMS`) }],
  [{ what: 'over https', typed: get('/disk.raw', `--checksums ${SECURE}/SHA256SUMS`, '--cacert {ca.pem}') }],
  [{ what: 'on this machine', typed: get('/disk.raw', '--checksums SUMS'), files: { SUMS: '{sums}' } }],
  [
    {
      what: 'in the form of BSD, with the line ends of DOS',
      typed: get('/disk.raw', '--checksums SUMS'),
      files: { SUMS: '{bsd sums}' },
    },
  ],
  [
    {
      what: 'a digest and nothing else',
      typed: get('/disk.raw', '--checksums disk.raw.sha256'),
      files: { 'disk.raw.sha256': sha256(DISK) },
    },
  ],
  [
    {
      what: 'of the file that you are redirected to',
      typed: get('/latest', '--checksums SUMS'),
      files: { SUMS: '{sums}' },
    },
  ],
  [{ what: 'the image is not listed', typed: get('/small.raw', '--checksums SUMS'), files: { SUMS: '{sums}' } }],
  [
    {
      what: 'it is listed twice, and differently',
      typed: get('/disk.raw', '--checksums SUMS'),
      files: { SUMS: `{sums}${sha256(PAGE)}  disk.raw\n` },
    },
  ],
  [{ what: 'a web page in place of the checksum file', typed: get('/disk.raw', `--checksums ${FILES}/page.raw`) }],
  [{ what: 'no checksum file', typed: get('/disk.raw', `--checksums ${FILES}/nothing`) }],
  [{ what: 'a checksum file as a checksum', typed: get('/disk.raw', `--checksum sha256:${FILES}/SHA256SUMS`) }],
  [
    {
      what: 'from cron, of an image that is always called latest',
      typed: get('/latest', '--update', '--checksums SUMS'),
      files: { SUMS: '{sums}' },
    },
    { what: 'nothing has changed', typed: get('/latest', '--update', '--checksums SUMS') },
  ],
];

const SIGNED: readonly Story[] = [
  [
    {
      what: 'a clear-signed checksum file',
      typed: get('/disk.raw', `--checksums ${FILES}/clear/SHA256SUMS`, '--keyring {keys.gpg}'),
    },
  ],
  [
    {
      what: 'a signature beside it',
      typed: get('/disk.raw', `--checksums ${FILES}/detached/SHA256SUMS`, '--keyring {keys.gpg}'),
    },
  ],
  [
    {
      what: 'an armored keyring',
      typed: get('/disk.raw', `--checksums ${FILES}/clear/SHA256SUMS`, '--keyring {keys.asc}'),
    },
  ],
  [
    {
      what: 'signed by somebody else',
      typed: get('/disk.raw', `--checksums ${FILES}/foreign/SHA256SUMS`, '--keyring {keys.gpg}'),
    },
  ],
  [
    {
      what: 'changed after it was signed',
      typed: get('/disk.raw', `--checksums ${FILES}/changed/SHA256SUMS`, '--keyring {keys.gpg}'),
    },
  ],
  [{ what: 'not signed', typed: get('/disk.raw', `--checksums ${FILES}/SHA256SUMS`, '--keyring {keys.gpg}') }],
];

const NETRC = `machine 127.0.0.1 login ${LOGIN.user} password ${LOGIN.password}\n`;
const PROFILE = `profiles:\n  files:\n    origin: ${FILES}\n    user: alice\n    password-file: pw\n`;
const CREDENTIALS: readonly Story[] = [
  [{ what: 'no login', typed: get('/basic/disk.raw') }],
  [{ what: '`~/.netrc`', typed: get('/basic/disk.raw', '--netrc'), files: { '~/.netrc': NETRC } }],
  [
    {
      what: 'another netrc',
      typed: get('/basic/disk.raw', '--netrc'),
      env: { NETRC: 'netrc' },
      files: { netrc: NETRC },
    },
  ],
  [
    {
      what: 'with a macro, comments and quotes',
      typed: get('/basic/disk.raw', '--netrc'),
      files: {
        '~/.netrc': `# mine\nmacdef init\nbin\n\nmachine 127.0.0.1\n  login "alice"\n  password "alice-secret-1"\n`,
      },
    },
  ],
  [
    {
      what: 'one that does not know the server',
      typed: get('/basic/disk.raw', '--netrc'),
      files: { '~/.netrc': 'machine other.example.com login a password b\n' },
    },
  ],
  [
    {
      what: 'a wrong password',
      typed: get('/basic/disk.raw', '--netrc'),
      files: { '~/.netrc': NETRC.replace('secret-1', 'secret-2') },
    },
  ],
  [
    {
      what: 'one that others can read',
      typed: get('/basic/disk.raw', '--netrc'),
      files: { '~/.netrc': NETRC },
      before: ({ home }) => chmodSync(join(home, '.netrc'), 0o644),
    },
  ],
  [
    {
      what: 'a profile with the origin of the server',
      typed: get('/basic/disk.raw'),
      files: { '~/.config/imgdl/config.yaml': PROFILE, '~/.config/imgdl/pw': 'alice-secret-1\n' },
    },
  ],
  [
    {
      what: 'a profile with another port',
      typed: get('/basic/disk.raw'),
      files: {
        '~/.config/imgdl/config.yaml': PROFILE.replace(FILES, 'http://127.0.0.1:8'),
        '~/.config/imgdl/pw': 'alice-secret-1\n',
      },
    },
  ],
  [
    {
      what: 'a header of your own',
      typed: get('/bearer/disk.raw', '--header-file headers'),
      files: { headers: 'Authorization: Bearer token-of-alice-1\r\n' },
    },
  ],
  [
    {
      what: 'from a pipe',
      typed: get('/bearer/disk.raw', '--header-file - <headers'),
      stdin: 'Authorization: Bearer token-of-alice-1\n',
    },
  ],
  [
    {
      what: 'a header that is not for you to set',
      typed: get('/bearer/disk.raw', '--header-file headers'),
      files: { headers: 'Range: bytes=5-\n' },
    },
  ],
  [
    {
      what: 'redirected to another server, which does not get it',
      typed: get('/away', '--netrc'),
      files: { '~/.netrc': NETRC },
    },
  ],
  [{ what: 'a user and password in the URL', typed: 'imgdl url http://alice:secret@files.example.com/basic/disk.raw' }],
];

const TRUST: readonly Story[] = [
  [{ what: 'a private authority', typed: `imgdl url ${SECURE}/disk.raw --cacert {ca.pem}` }],
  [{ what: "among the system's", typed: `imgdl url ${SECURE}/disk.raw`, env: { SSL_CERT_FILE: '{ca.pem}' } }],
  [{ what: 'where curl looks for it', typed: `imgdl url ${SECURE}/disk.raw`, env: { CURL_CA_BUNDLE: '{ca.pem}' } }],
  [{ what: 'an authority that nobody named', typed: `imgdl url ${SECURE}/disk.raw` }],
  [{ what: 'without any check', typed: `imgdl url ${SECURE}/disk.raw --insecure` }],
  [{ what: 'redirected from https to http', typed: `imgdl url ${SECURE}/down --cacert {ca.pem}` }],
  [{ what: 'redirected from http to https', typed: get('/up', '--cacert {ca.pem}') }],
  [{ what: 'a SOCKS proxy', typed: `imgdl url ${SECURE}/disk.raw`, env: { ALL_PROXY: 'socks5h://127.0.0.1:9' } }],
];

const FROM_PYTHON: readonly Story[] = [
  [
    { what: 'a file', typed: `imgdl url ${PYTHON}/disk.raw` },
    { what: 'the same command again', typed: `imgdl url ${PYTHON}/disk.raw` },
  ],
  [
    { what: 'from cron', typed: `imgdl url ${PYTHON}/disk.raw --update` },
    { what: 'nothing has changed', typed: `imgdl url ${PYTHON}/disk.raw --update` },
  ],
  [
    { what: 'interrupted', typed: `imgdl url ${FLAKY_PYTHON}/large.raw --connections 1 --retries 0` },
    { what: 'continued', typed: `imgdl url ${FLAKY_PYTHON}/large.raw` },
  ],
  [{ what: 'a directory', typed: `imgdl url ${PYTHON}/` }],
];

const tools = ['gpg', 'gpgv'].filter((name) => programPath(name) === undefined);
const absent = [...(hasNginx ? [] : ['nginx']), ...(hasPython ? [] : ['python3']), ...tools];
const why = absent.length === 0 ? '' : ` [skipped: not installed: ${absent.join(', ')}]`;

describe.skipIf(absent.length > 0)(`plain URLs, as the page says it${why}`, { timeout: 120_000 }, () => {
  let front: WebFront;
  let keys: string;

  beforeAll(async () => {
    const sums = `${sha256(DISK)}  disk.raw\n`;
    keys = mkdtempSync(join(tmpdir(), 'imgdl-keys-'));
    front = await startWebFront({
      'disk.raw': DISK,
      'small.raw': DISK.subarray(0, 5000),
      'nightly.raw': DISK,
      'large.raw': LARGE,
      'disk.tar.gz': ARCHIVE,
      'page.raw': PAGE,
      SHA256SUMS: Buffer.from(sums),
      ...signedFiles(sums, keys),
    });
  });
  afterAll(async () => {
    await front?.close();
    if (keys !== undefined) rmSync(keys, { recursive: true, force: true });
  });

  const tell = async (section: string, stories: readonly Story[], names: Names = []): Promise<void> => {
    const servers: Names = [
      [`${FLAKY}/whole`, `${front.flaky.withoutRange}/whole`],
      [FLAKY, front.flaky.nginx],
      [FLAKY_PYTHON, front.flaky.python],
      ['http://localhost', front.http.replace('127.0.0.1', 'localhost')],
      ['{disk.raw}', sha256(DISK)],
      ['{page.raw}', sha256(PAGE)],
      [FILES, front.http],
      [SECURE, front.https],
      [PYTHON, front.python],
      ['{ca.pem}', front.ca],
    ];
    const rows = await atOnce(stories, (story) => new User([...names, ...servers]).tell(story));
    expectSection(section, table(rows.flat()));
  };

  it('a real nginx', () => tell('plain-files', PLAIN));
  it('python3 -m http.server', () => tell('plain-python', FROM_PYTHON));
  it('digests and checksum files', () =>
    tell('plain-digests', DIGESTS, [
      ['{sums}', `${sha256(DISK)}  disk.raw\n`],
      ['{bsd sums}', `SHA256 (disk.raw) = ${sha256(DISK).toUpperCase()}\r\n`],
    ]));
  it('signatures', () =>
    tell('plain-signatures', SIGNED, [
      ['{keys.gpg}', join(keys, 'keys.gpg')],
      ['{keys.asc}', join(keys, 'keys.asc')],
    ]));
  it('logins', () => tell('plain-logins', CREDENTIALS));
  it('TLS and proxies', () => tell('plain-trust', TRUST));
});

/** Checksum files of the publisher `alice`, and her public keys in `keys.gpg` and `keys.asc` of a directory. */
function signedFiles(sums: string, directory: string): Readonly<Record<string, Buffer>> {
  const signer = makeSigner(directory, ['alice', 'mallory']);
  try {
    writeFileSync(join(directory, 'keys.gpg'), signer.publicKeys('binary', 'alice'));
    writeFileSync(join(directory, 'keys.asc'), signer.publicKeys('armored', 'alice'));
    const clear = signer.sign('clear', sums, 'alice').toString();
    return {
      'clear/SHA256SUMS': Buffer.from(clear),
      'detached/SHA256SUMS': Buffer.from(sums),
      'detached/SHA256SUMS.asc': signer.sign('detached-armored', sums, 'alice'),
      'foreign/SHA256SUMS': signer.sign('clear', sums, 'mallory'),
      'changed/SHA256SUMS': Buffer.from(clear.replace(sha256(DISK), sha256(PAGE))),
    };
  } finally {
    signer.close();
  }
}
