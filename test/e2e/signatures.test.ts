/** `--keyring`: checksum files that are signed, by the real gpg, and verified by the real gpgv. */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { isAppError, urlImage } from '#imgdl/index.js';
import { makeSigner, type Signer } from '../support/gpg.js';
import { programPath } from '../support/processes.js';
import { scratch } from '../support/scratch.js';
import { type Page, type Site, startSite } from '../support/site.js';
import { afterwards, names } from './stage.js';

const FILE = Buffer.from('the image '.repeat(500));
const sha256 = (text: Buffer | string): string => createHash('sha256').update(text).digest('hex');
const RIGHT = `${sha256(FILE)}  a.img\n`;
const WRONG = `${sha256('another one')}  a.img\n`;

let home: string;
let signer: Signer;
/** Of key `alice`, in both forms. */
let binary: string;
let armored: string;

const isThere = programPath('gpg') !== undefined && programPath('gpgv') !== undefined;

beforeAll(() => {
  if (!isThere) return;
  home = mkdtempSync(join(tmpdir(), 'imgdl-gpg-'));
  signer = makeSigner(home, ['alice', 'mallory', 'old']);
  binary = join(home, 'alice.gpg');
  armored = join(home, 'alice.asc');
  writeFileSync(binary, signer.publicKeys('binary', 'alice'));
  writeFileSync(armored, signer.publicKeys('armored', 'mallory', 'alice'));
});
afterAll(() => {
  if (!isThere) return;
  signer.close();
  rmSync(home, { recursive: true, force: true });
});

interface Play {
  /** `/SUMS`, and what lies beside it. */
  readonly pages: () => Record<string, Page>;
  readonly keyring?: () => string;
  readonly env?: Readonly<Record<string, string>>;
}

async function play({ pages, keyring = () => binary, env = {} }: Play) {
  const server: Site = await startSite({ '/a.img': FILE, ...pages() });
  afterwards(() => server.close());
  const directory = scratch();
  const ended = await urlImage({
    url: `${server.url}/a.img`,
    target: join(directory, 'a.img'),
    checksums: `${server.url}/SUMS`,
    keyring: keyring(),
    retries: 0,
    env: { PATH: process.env['PATH'], ...env },
  }).then(
    ({ status, verified, warnings }) => ({ status, verified, warnings, error: undefined, said: '' }),
    (error: unknown) => {
      if (!isAppError(error)) throw error;
      return { error: [error.exit, error.code], said: `${error.message}\n${error.hint}` };
    },
  );
  return { ended, server, directory };
}

const clear = (text: string, ...who: readonly string[]): string => signer.sign('clear', text, ...who).toString();

const GOOD: readonly (readonly [string, Play])[] = [
  ['clear-signed', { pages: () => ({ '/SUMS': clear(RIGHT, 'alice') }) }],
  [
    'clear-signed with the ends of lines of DOS',
    { pages: () => ({ '/SUMS': clear(RIGHT, 'alice').replaceAll('\n', '\r\n') }) },
  ],
  ['clear-signed with a BOM in front', { pages: () => ({ '/SUMS': `\ufeff${clear(RIGHT, 'alice')}` }) }],
  [
    'with a BOM in front, which the signature covers',
    {
      pages: () => ({
        '/SUMS': `\ufeff${RIGHT}`,
        '/SUMS.asc': `\ufeff${signer.sign('detached-armored', `\ufeff${RIGHT}`, 'alice')}`,
      }),
    },
  ],
  ...(['.asc', '.gpg', '.sign', '.sig'] as const).flatMap((suffix): (readonly [string, Play])[] => [
    [
      `with a signature in ${suffix}`,
      { pages: () => ({ '/SUMS': RIGHT, [`/SUMS${suffix}`]: signer.sign('detached', RIGHT, 'alice') }) },
    ],
    [
      `with an armoured one in ${suffix}`,
      { pages: () => ({ '/SUMS': RIGHT, [`/SUMS${suffix}`]: signer.sign('detached-armored', RIGHT, 'alice') }) },
    ],
  ]),
  ['with a clear-signed copy beside it', { pages: () => ({ '/SUMS': WRONG, '/SUMS.asc': clear(RIGHT, 'alice') }) }],
  [
    'with a second signature where the first one is unknown',
    {
      pages: () => ({
        '/SUMS': RIGHT,
        '/SUMS.asc': signer.sign('detached', RIGHT, 'mallory'),
        '/SUMS.sign': signer.sign('detached', RIGHT, 'alice'),
      }),
    },
  ],
  ['signed by an unknown key, too', { pages: () => ({ '/SUMS': clear(RIGHT, 'mallory', 'alice') }) }],
  [
    'with an armoured keyring of several keys',
    { pages: () => ({ '/SUMS': clear(RIGHT, 'alice') }), keyring: () => armored },
  ],
  [
    'with a keybox',
    { pages: () => ({ '/SUMS': clear(RIGHT, 'alice') }), keyring: () => join(home, 'gnupg', 'pubring.kbx') },
  ],
];

const BAD: readonly (readonly [string, Play, error: readonly [number, string], says: RegExp])[] = [
  ['no signature', { pages: () => ({ '/SUMS': RIGHT }) }, [9, 'integrity.signature'], /beside it there is no .asc/],
  [
    'a signature of somebody else',
    { pages: () => ({ '/SUMS': clear(RIGHT, 'mallory') }) },
    [9, 'integrity.signature'],
    /signed by the key [0-9A-F]+, which is not in the keyring/,
  ],
  [
    'a list that was changed after it was signed',
    { pages: () => ({ '/SUMS': clear(WRONG, 'alice').replace(WRONG, RIGHT) }) },
    [9, 'integrity.signature'],
    /changed after it was signed/,
  ],
  [
    'a signature of another list',
    { pages: () => ({ '/SUMS': RIGHT, '/SUMS.asc': signer.sign('detached', WRONG, 'alice') }) },
    [9, 'integrity.signature'],
    /changed after it was signed.*\(\.asc\)/,
  ],
  [
    'a page in place of a signature',
    { pages: () => ({ '/SUMS': RIGHT, '/SUMS.asc': '<html>not here</html>' }) },
    [9, 'integrity.signature'],
    /no signature/,
  ],
  [
    'a key that has expired',
    { pages: () => ({ '/SUMS': clear(RIGHT, 'old') }), keyring: () => join(home, 'gnupg', 'pubring.kbx') },
    [9, 'integrity.signature'],
    /has expired/,
  ],
  [
    'an entry in front of what is signed',
    { pages: () => ({ '/SUMS': RIGHT + clear(`${sha256('x')}  b.img\n`, 'alice') }) },
    [9, 'integrity.unlisted'],
    /a\.img/,
  ],
  [
    'an entry behind what is signed',
    { pages: () => ({ '/SUMS': clear(`${sha256('x')}  b.img\n`, 'alice') + RIGHT }) },
    [9, 'integrity.unlisted'],
    /a\.img/,
  ],
  [
    'an entry among the headers of what is signed',
    { pages: () => ({ '/SUMS': clear(`${sha256('x')}  b.img\n`, 'alice').replace(/^Hash:.*\n/m, `$&${RIGHT}`) }) },
    [9, 'integrity.signature'],
    /./,
  ],
  [
    'a second message behind the signed one',
    { pages: () => ({ '/SUMS': clear(`${sha256('x')}  b.img\n`, 'alice') + clear(RIGHT, 'mallory') }) },
    [9, 'integrity.signature'],
    /./,
  ],
  [
    'another list than the signed copy beside it',
    { pages: () => ({ '/SUMS': RIGHT, '/SUMS.asc': clear(`${sha256('x')}  b.img\n`, 'alice') }) },
    [9, 'integrity.unlisted'],
    /a\.img/,
  ],
  [
    'wrong bytes',
    { pages: () => ({ '/SUMS': clear(WRONG, 'alice') }) },
    [9, 'integrity.digest'],
    /the checksum file says/,
  ],
  [
    'a keyring that is missing',
    { pages: () => ({ '/SUMS': clear(RIGHT, 'alice') }), keyring: () => '/nonexistent.gpg' },
    [2, 'usage.option'],
    /--keyring \/nonexistent.gpg: there is no such file/,
  ],
  [
    'a keyring that is a directory',
    { pages: () => ({ '/SUMS': clear(RIGHT, 'alice') }), keyring: () => home },
    [2, 'usage.option'],
    /not a regular file/,
  ],
  [
    'a keyring without keys',
    { pages: () => ({ '/SUMS': clear(RIGHT, 'alice') }), keyring: () => new URL(import.meta.url).pathname },
    [2, 'usage.option'],
    /no OpenPGP keys/,
  ],
  [
    'a machine without gpgv',
    { pages: () => ({ '/SUMS': clear(RIGHT, 'alice') }), env: { PATH: '/nonexistent' } },
    [2, 'usage.missing'],
    /gpgv is not installed\ninstall the package gpgv/,
  ],
];

describe.skipIf(!isThere)('a signed checksum file', () => {
  test.each(GOOD)("is the user's word, also over http: %s", async (_, scene) => {
    const { ended, directory } = await play(scene);
    expect(ended).toEqual({ status: 'downloaded', verified: 'user', warnings: [], error: undefined, said: '' });
    expect(readFileSync(join(directory, 'a.img')).equals(FILE)).toBe(true);
  });

  test.each(BAD)('%s: refused, and nothing is left', async (_, scene, error, says) => {
    const { ended, directory } = await play(scene);
    expect(ended).toEqual({ error, said: expect.stringMatching(says) });
    expect(names(directory)).toEqual([]);
  });

  test('lies beside its signature on this machine, too', async () => {
    const directory = scratch();
    const sums = join(directory, 'SUMS');
    writeFileSync(sums, RIGHT);
    writeFileSync(`${sums}.asc`, signer.sign('detached', RIGHT, 'alice'));
    const server = await startSite({ '/a.img': FILE });
    afterwards(() => server.close());
    const options = { url: `${server.url}/a.img`, target: join(directory, 'a.img'), keyring: binary };
    expect(await urlImage({ ...options, checksums: sums })).toMatchObject({ verified: 'user' });
  });

  test('is verified without a shell, the files of the user, or anything left behind', async () => {
    const bin = scratch();
    const log = join(bin, 'log');
    const tmp = join(bin, 'tmp');
    mkdirSync(tmp);
    // Stands in for gpgv, and says how it was called.
    writeFileSync(
      join(bin, 'gpgv'),
      `#!/bin/sh\n{ pwd; env; printf '%s\\n' "$@"; } >${log}\nexec ${programPath('gpgv')} "$@"\n`,
    );
    chmodSync(join(bin, 'gpgv'), 0o755);
    for (const tool of ['pwd', 'env']) symlinkSync(`/usr/bin/${tool}`, join(bin, tool));
    vi.stubEnv('TMPDIR', tmp);
    const hostile = { GNUPGHOME: '/hostile', LD_PRELOAD: '', IMGDL_PASSWORD: 'canary-password' };
    const { ended } = await play({ pages: () => ({ '/SUMS': clear(RIGHT, 'alice') }), env: { ...hostile, PATH: bin } });
    const left = readdirSync(tmp).filter((name) => name.startsWith('imgdl-gpgv-'));
    vi.unstubAllEnvs();
    expect(ended).toMatchObject({ status: 'downloaded' });
    const said = readFileSync(log, 'utf8');
    expect(said.startsWith(`${tmp}/imgdl-gpgv-`)).toBe(true);
    expect(said).not.toMatch(/hostile|canary/);
    expect(said).toMatch(/--homedir\n.*imgdl-gpgv-.*\n--status-fd\n3\n/);
    expect(left).toEqual([]);
  });
});
