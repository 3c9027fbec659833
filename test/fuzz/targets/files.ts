/** Files that users, publishers and other programs write. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll } from 'vitest';
import { signatureVerdict } from '#imgdl/app/checksums/gpg-status.js';
import { imagesIn } from '#imgdl/app/image-list.js';
import { parseHeaders } from '#imgdl/config/header-file.js';
import { loginOf } from '#imgdl/config/netrc.js';
import { type ConfigEntry, readConfigFile } from '#imgdl/config/parse.js';
import { clearText, listedDigests, parseChecksums } from '#imgdl/core/checksum-file.js';
import { dearmoredKeys, isBinaryKeyring } from '#imgdl/core/openpgp-armor.js';
import { quoteWord, splitWords } from '#imgdl/core/shell-words.js';
import { configuredCloud } from '#imgdl/providers/openstack/login/configured-cloud.js';
import { readHammr } from '#imgdl/providers/uforge/login/hammr.js';
import { fakeTransport } from '../../support/fake-transport.js';
import { fakePorts } from '../../support/keystone-fake.js';
import { providerPorts } from '../../support/provider-ports.js';
import { refusal, requirePlain, requireShowable, shape, type Target } from '../target.js';

const directory = mkdtempSync(join(tmpdir(), 'imgdl-fuzz-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const YAML = [
  ': ',
  '- ',
  '&a ',
  '*a',
  '<<: *a',
  '!!js/function',
  '!!python/object',
  '|',
  '>',
  '? ',
  '{',
  '}',
  '[',
  ']',
  '#',
  '~',
  '---\n',
  '  ',
];

async function keysOf(entries: readonly ConfigEntry[], depth = 0): Promise<readonly string[]> {
  if (depth > 3) return [];
  const keys: string[] = [];
  for (const { key, value } of entries.slice(0, 50)) {
    keys.push(`${key.length}${value.kind}`);
    if (value.kind === 'mapping') keys.push(...(await keysOf(await value.entries(), depth + 1)));
  }
  return keys;
}

const configuration = (extension: 'yaml' | 'json'): Target => ({
  name: `configuration-${extension}`,
  words: [...YAML, 'url', 'profiles', 'connections', '010', '1e3', '0x1f', 'yes', '"', '{"a":', ','],
  async check(input) {
    const path = join(directory, `config.${extension}`);
    writeFileSync(path, input);
    try {
      const { entries, placeOf } = await readConfigFile(path, true);
      requireShowable(await placeOf('url'));
      return [...new Set(await keysOf(entries))].sort().slice(0, 6).join(' ');
    } catch (error) {
      return refusal(error, /^config\.(?:read|key)$/);
    }
  },
});

const cloudsYaml: Target = {
  name: 'clouds-yaml',
  words: [
    ...YAML,
    'clouds',
    'lab',
    'auth',
    'auth_url',
    'username',
    'password',
    'region_name',
    'regions',
    'profile',
    'verify: no',
    'auth_type',
  ],
  async check(input) {
    const files = { '/home/alice/.config/openstack/clouds.yaml': input.toString() };
    const ports = fakePorts({ osCloud: 'lab', files });
    try {
      const cloud = await configuredCloud(ports);
      for (const { message } of ports.warnings) requireShowable(message);
      for (const note of ports.notes) requireShowable(note);
      if (cloud === undefined) return 'none';
      requireShowable(cloud.where);
      return `${cloud.login.method} ${cloud.regions.length} ${cloud.interfaces} ${cloud.imageEndpoint === undefined}`;
    } catch (error) {
      return refusal(error, /^(?:config|usage|not-found|auth|tls|keystone|openstack)\./);
    }
  },
};

const { transport } = fakeTransport(() => ({}));

const hammr: Target = {
  name: 'hammr',
  words: [...YAML, 'user', 'password', 'url', 'acceptAutoSigned', 'publicKey', 'secretKey', 'https://h/api'],
  async check(input) {
    const ports = providerPorts({ transport, files: { '/home/alice/.hammr/credentials.yml': input.toString() } });
    try {
      const account = await readHammr(ports);
      for (const { message } of ports.warnings) requireShowable(message);
      for (const note of ports.notes) requireShowable(note);
      return account === undefined ? 'none' : Object.keys(account).join(' ');
    } catch (error) {
      return refusal(error, /^(?:config|usage)\./);
    }
  },
};

const HEX = '0123456789abcdef';

const checksums: Target = {
  name: 'checksums',
  words: [
    HEX.repeat(2),
    HEX.repeat(4),
    HEX.repeat(8),
    'SHA256 (',
    ') = ',
    '  ',
    ' *',
    './',
    '\\',
    'x.img',
    'd/x.img',
    'MD5(',
    '-----BEGIN PGP SIGNED MESSAGE-----\n',
    'Hash: SHA512\n\n',
    '-----BEGIN PGP SIGNATURE-----\n',
    '- ',
  ],
  check(input) {
    const text = input.toString();
    const signed = clearText(text);
    const file = { shown: 'SHA256SUMS', authenticated: true, ...parseChecksums(signed ?? text, 'SHA256SUMS') };
    for (const { hex } of file.entries) if (!/^[0-9a-f]{32,128}$/.test(hex)) throw new Error(`not a digest: ${hex}`);
    try {
      const listed = listedDigests(file, ['d', 'x.img']);
      return `${signed === undefined} ${Math.min(file.entries.length, 4)} ${file.bare?.algorithm} ${listed?.map(({ algorithm }) => algorithm)}`;
    } catch (error) {
      return refusal(error, /^integrity\.conflict$/);
    }
  },
};

const keyring: Target = {
  name: 'keyring',
  words: [
    '-----BEGIN PGP PUBLIC KEY BLOCK-----\n',
    '-----END PGP PUBLIC KEY BLOCK-----\n',
    'Version: x\n',
    '\n',
    'mQINBF',
    '=abcd\n',
    'KBXf',
  ],
  check(input) {
    const keys = dearmoredKeys(input.toString());
    return `${isBinaryKeyring(input)} ${keys === undefined ? 'none' : Math.min(3, Math.ceil(keys.length / 100))}`;
  },
};

const gpgStatus: Target = {
  name: 'gpg-status',
  words: [
    '[GNUPG:] ',
    'NEWSIG\n',
    'GOODSIG ',
    'VALIDSIG ',
    'BADSIG ',
    'EXPKEYSIG ',
    'REVKEYSIG ',
    'ERRSIG ',
    'NO_PUBKEY ',
    HEX.slice(0, 10).repeat(4),
    '\n',
  ],
  check(input) {
    const verdict = signatureVerdict(input.toString());
    if (verdict.kind === 'bad') requireShowable(verdict.why);
    else if (!/^[0-9A-F]{32,64}$/.test(verdict.fingerprint))
      throw new Error(`good without a key: ${verdict.fingerprint}`);
    return verdict.kind === 'bad' ? shape(verdict.why) : verdict.kind;
  },
};

const netrc: Target = {
  name: 'netrc',
  words: [
    'machine ',
    'host.example',
    'login ',
    'password ',
    'account ',
    'default ',
    'macdef init\n',
    '\n\n',
    '# x\n',
    '"',
    '\\',
  ],
  check(input) {
    try {
      const login = loginOf(input.toString(), '~/.netrc', 'host.example');
      return login === undefined ? 'none' : `login ${login.login === ''}`;
    } catch (error) {
      return refusal(error, /^config\.read$/);
    }
  },
};

const headerFile: Target = {
  name: 'header-file',
  words: [
    'Authorization: Bearer ',
    'Cookie: a=b; c=d',
    'X-Api-Key: ',
    'Host: x',
    'Range: bytes=0-',
    '\n',
    '\r\n',
    ': ',
    '#',
  ],
  check(input) {
    try {
      const headers = parseHeaders(input.toString(), 'headers.txt');
      for (const [name, value] of Object.entries(headers)) {
        if (!/^[!-9;-~]+$/.test(name)) throw new Error(`no name: ${JSON.stringify(name)}`);
        if (!/^[\t\x20-\x7e]+$/.test(value.reveal())) throw new Error(`no value: ${JSON.stringify(value.reveal())}`);
      }
      return Object.keys(headers).sort().slice(0, 3).join(' ');
    } catch (error) {
      return refusal(error, /^usage\.option$/);
    }
  },
};

const SPEC = {
  path: ['appliance', 'image'],
  args: [
    { name: 'appliance', doc: '' },
    { name: 'image', doc: '' },
  ],
  summary: '',
  examples: [],
} as const;

const imageList: Target = {
  name: 'image-list',
  words: ['747 1095\n', '# x\n', '"', "'", '\\', '\\\n', ' ', '\t', 'name@1.2 latest', '\r\n'],
  check(input) {
    try {
      const images = imagesIn(input.toString(), 'list.txt', SPEC);
      for (const { words } of images) {
        if (words.length !== 2) throw new Error('neither two words nor refused');
        const line = words.map(quoteWord).join(' ');
        // Quoted again, they are the same words; a line break in one of them no shell takes back.
        if (!/[\r\n]/.test(line) && !isDeepStrictEqual(splitWords(line), [...words]))
          throw new Error(`not the words of ${line}`);
      }
      requirePlain(images);
      return `${Math.min(images.length, 3)}`;
    } catch (error) {
      return refusal(error, /^usage\.arguments$/);
    }
  },
};

export const FILES: readonly Target[] = [
  configuration('yaml'),
  configuration('json'),
  cloudsYaml,
  hammr,
  checksums,
  keyring,
  gpgStatus,
  netrc,
  headerFile,
  imageList,
];
