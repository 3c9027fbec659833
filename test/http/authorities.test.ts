import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Warning } from '#imgdl/core/source.js';
import { namedAuthorities, systemAuthorities } from '#imgdl/http/authorities.js';
import { answer } from '../support/fault-server.js';
import { scratch } from '../support/scratch.js';
import { tlsMaterial } from '../support/tls-material.js';
import { drain, failure, httpSetUp } from './set-up.js';

const tls = tlsMaterial();
/** The authority that nobody's certificate here is signed by. */
const OTHER = tls.selfSigned.cert;
const BROKEN = tls.ca.replace(/[A-Za-z0-9]{20}/, 'AAAAAAAAAAAAAAAAAAAA');
const TORN = tls.ca.slice(0, 200);

const http = httpSetUp();

/** Puts files into a directory; `openssl rehash` is run in those below whose name begins with `hashed`. */
function place(files: Readonly<Record<string, string>>, root = scratch()): string {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  const hashed = [...new Set(Object.keys(files).map((name) => dirname(name)))].filter((name) => /^hashed/.test(name));
  for (const name of hashed) execFileSync('openssl', ['rehash', join(root, name)], { stdio: 'pipe' });
  return root;
}

const FILES = {
  'ours.pem': tls.ca,
  'other.pem': OTHER,
  'both.pem': `Ours\n=====\n${tls.ca}\nNot ours\n${OTHER}`,
  'wide.pem': rewrapped(tls.ca, 76).replaceAll('\n', '\r\n'),
  'damaged.pem': `${OTHER}${BROKEN}${TORN}${tls.ca}`,
  'none.pem': 'nonsense\n',
  'hashed/ours.pem': tls.ca,
  'hashed/other.pem': OTHER,
  'hashed-other/other.pem': OTHER,
  'plain/a.crt': tls.ca,
  'plain/b.pem': OTHER,
  'plain/README': 'nothing of that kind',
  'partly/a.pem': BROKEN,
  'partly/b.pem': tls.ca,
  'empty/README': 'nothing of that kind',
};

function rewrapped(pem: string, width: number): string {
  const [, begin = '', body = '', end = ''] = /^(-----BEGIN.*?-----)(.*)(-----END.*?-----)/s.exec(pem) ?? [];
  const lines = body.replace(/\s/g, '').match(new RegExp(`.{1,${width}}`, 'g')) ?? [];
  return [begin, ...lines, end, ''].join('\n');
}

/** With all of FILES. */
let root = '';
beforeAll(() => {
  root = place(FILES, mkdtempSync(join(tmpdir(), 'imgdl-authorities-')));
});
afterAll(() => rmSync(root, { recursive: true }));

interface Told {
  readonly notes: string[];
  readonly warnings: Warning[];
}

/** Paths of `env` and `bundles` are names of FILES. */
function machine(env: Readonly<Record<string, string>>, bundles: readonly string[] = []) {
  const told: Told = { notes: [], warnings: [] };
  const report = {
    note: (message: string) => void told.notes.push(message),
    warn: (warning: Warning) => void told.warnings.push(warning),
  };
  const where = { env: new Map(Object.entries(env)), cwd: root, bundles: bundles.map((name) => join(root, name)) };
  return { told, system: () => systemAuthorities(where, report) };
}

async function isTrusted(options: Parameters<typeof http.open>[1]): Promise<boolean> {
  const server = await http.serveTls(answer(200, 'image'));
  const got = http.open(server.url, options).then(drain);
  if (
    await got.then(
      () => true,
      () => false,
    )
  )
    return true;
  expect((await failure(got)).code).toBe('tls.certificate');
  return false;
}

describe('a server whose authority this machine trusts', () => {
  it.each<[string, Readonly<Record<string, string>>, readonly string[], boolean]>([
    ['by nothing', {}, [], false],
    ['by SSL_CERT_FILE', { SSL_CERT_FILE: 'ours.pem' }, [], true],
    ['by one of several in SSL_CERT_FILE', { SSL_CERT_FILE: 'both.pem' }, [], true],
    ['by SSL_CERT_FILE with long lines and carriage returns', { SSL_CERT_FILE: 'wide.pem' }, [], true],
    ['by SSL_CERT_FILE, after damaged ones', { SSL_CERT_FILE: 'damaged.pem' }, [], true],
    ['by SSL_CERT_DIR with hashed names', { SSL_CERT_DIR: 'hashed' }, [], true],
    ['by SSL_CERT_DIR without hashed names', { SSL_CERT_DIR: 'plain' }, [], true],
    ['by the second directory of SSL_CERT_DIR', { SSL_CERT_DIR: 'nowhere:hashed-other:hashed' }, [], true],
    ['by SSL_CERT_DIR beside a SSL_CERT_FILE', { SSL_CERT_FILE: 'other.pem', SSL_CERT_DIR: 'hashed' }, [], true],
    ['by SSL_CERT_FILE beside a SSL_CERT_DIR', { SSL_CERT_FILE: 'ours.pem', SSL_CERT_DIR: 'hashed-other' }, [], true],
    ['by CURL_CA_BUNDLE', { CURL_CA_BUNDLE: 'ours.pem' }, [], true],
    ['by REQUESTS_CA_BUNDLE', { REQUESTS_CA_BUNDLE: 'ours.pem' }, [], true],
    ['by REQUESTS_CA_BUNDLE that is a directory', { REQUESTS_CA_BUNDLE: 'hashed' }, [], true],
    ['by one of the two', { CURL_CA_BUNDLE: 'other.pem', REQUESTS_CA_BUNDLE: 'ours.pem' }, [], true],
    ['by NODE_EXTRA_CA_CERTS', { NODE_EXTRA_CA_CERTS: 'ours.pem' }, [], true],
    ['by NODE_EXTRA_CA_CERTS beside others', { NODE_EXTRA_CA_CERTS: 'ours.pem', SSL_CERT_FILE: 'other.pem' }, [], true],
    ['by NODE_EXTRA_CA_CERTS beside the bundle', { NODE_EXTRA_CA_CERTS: 'ours.pem' }, ['other.pem'], true],
    ['by the bundle beside NODE_EXTRA_CA_CERTS', { NODE_EXTRA_CA_CERTS: 'other.pem' }, ['ours.pem'], true],
    ['by the bundle of the distribution', {}, ['ours.pem'], true],
    ['by the first bundle that there is', {}, ['nowhere.pem', 'none.pem', 'ours.pem'], true],
    ['by a directory where there is no bundle', {}, ['nowhere.pem', 'hashed'], true],
    ['not: the first bundle counts alone', {}, ['other.pem', 'ours.pem'], false],
    [
      'not: SSL_CERT_FILE stands before CURL_CA_BUNDLE',
      { SSL_CERT_FILE: 'other.pem', CURL_CA_BUNDLE: 'ours.pem' },
      [],
      false,
    ],
    [
      'not: SSL_CERT_DIR stands before REQUESTS_CA_BUNDLE',
      { SSL_CERT_DIR: 'plain-x', REQUESTS_CA_BUNDLE: 'ours.pem' },
      [],
      false,
    ],
    ['not: SSL_CERT_FILE stands before the bundle', { SSL_CERT_FILE: 'other.pem' }, ['ours.pem'], false],
    ['not: REQUESTS_CA_BUNDLE stands before the bundle', { REQUESTS_CA_BUNDLE: 'other.pem' }, ['ours.pem'], false],
    ['not: a file that is not there is no other file', { SSL_CERT_FILE: 'nowhere.pem' }, ['ours.pem'], false],
  ])('%s', async (_name, env, bundles, trusted) => {
    expect(await isTrusted({ system: machine(env, bundles).system })).toBe(trusted);
  });

  it('but the user names an authority: nobody else is trusted', async () => {
    const { system } = machine({ SSL_CERT_FILE: 'ours.pem' });
    expect(await isTrusted({ system, ca: OTHER })).toBe(false);
    expect(await isTrusted({ system, ca: tls.ca })).toBe(true);
  });

  it('and by no other transport of the process', async () => {
    expect(await isTrusted({ system: machine({ SSL_CERT_FILE: 'ours.pem' }).system })).toBe(true);
    expect(await isTrusted({})).toBe(false);
  });

  it('is shown the client certificate, too', async () => {
    const demand = { ca: tls.ca, requestCert: true, rejectUnauthorized: true };
    const server = await http.serve(answer(200, 'image'), { tls: { ...tls.good, ...demand } });
    const { system } = machine({ SSL_CERT_FILE: 'ours.pem' });
    expect(String(await drain(await http.open(server.url, { system, ...tls.client })))).toBe('image');
  });
});

describe('the authorities of the machine', () => {
  it('are read for the first TLS connection, once', async () => {
    const server = await http.serveTls(answer(200, 'image'));
    const plain = await http.serve(answer(200, 'image'));
    let readings = 0;
    const system = (): readonly string[] => {
      readings += 1;
      return [tls.ca];
    };
    const transport = http.transport({ system });
    const get = (url: string) =>
      transport.open({ url: new URL(url), headers: {} }, new AbortController().signal).then(drain);
    await get(plain.url);
    expect(readings).toBe(0);
    await get(server.url);
    await get(server.url);
    expect(readings).toBe(1);
  });

  it('are only those that Node does not have, and each once', () => {
    const own = place({
      'bundle.pem': [...rootCertificates.map((pem) => rewrapped(pem, 76)), tls.ca, rewrapped(tls.ca, 60)].join('\n'),
    });
    const report = { note() {}, warn() {} };
    const found = systemAuthorities({ env: new Map(), cwd: own, bundles: [join(own, 'bundle.pem')] }, report);
    expect(found).toEqual([tls.ca]);
  });

  it('are told at -v, and what is damaged too', () => {
    const { system, told } = machine({ SSL_CERT_FILE: 'damaged.pem', SSL_CERT_DIR: 'partly' });
    expect(system()).toHaveLength(2);
    expect(told).toEqual({
      notes: [
        `skipping certificate 2 in ${root}/damaged.pem: it is damaged`,
        `skipping certificate 3 in ${root}/damaged.pem: it is damaged`,
        `trusting 2 more certificate authorities from SSL_CERT_FILE (${root}/damaged.pem)`,
      ],
      warnings: [],
    });
  });

  it.each([
    ['SSL_CERT_FILE', 'nowhere.pem'],
    ['SSL_CERT_FILE', 'none.pem'],
    ['SSL_CERT_FILE', '/dev/zero'],
    ['SSL_CERT_DIR', 'empty'],
    ['SSL_CERT_DIR', 'nowhere:empty'],
    ['CURL_CA_BUNDLE', 'nowhere.pem'],
    ['REQUESTS_CA_BUNDLE', 'none.pem'],
  ])('%s=%s stops nothing, and is warned of', (name, value) => {
    const { system, told } = machine({ [name]: value });
    expect(system()).toEqual([]);
    expect(told.warnings).toEqual([
      {
        code: 'tls.authorities',
        message: `${name}: no certificate authorities found in ${value}; imgdl uses those of Node.js`,
      },
    ]);
  });

  it('of a distribution that is not known are none, without a word', () => {
    const { system, told } = machine({}, ['nowhere.pem']);
    expect(system()).toEqual([]);
    expect(told).toEqual({ notes: [], warnings: [] });
  });
});

describe('the authorities that the user names', () => {
  const named = (name: string, notes: string[] = []): string =>
    namedAuthorities(join(root, name), '--cacert', { note: (message) => void notes.push(message) });

  it.each(['ours.pem', 'both.pem', 'wide.pem', 'hashed', 'plain', 'partly'])('in %s are trusted', async (name) => {
    expect(await isTrusted({ ca: named(name) })).toBe(true);
  });

  it('in a directory with hashed names are those alone, as with OpenSSL', async () => {
    const own = place({ 'hashed/other.pem': OTHER });
    writeFileSync(join(own, 'hashed/ours.pem'), tls.ca);
    expect(await isTrusted({ ca: namedAuthorities(join(own, 'hashed'), '--cacert', { note() {} }) })).toBe(false);
  });

  it('in a directory with a link to nowhere are the others', async () => {
    const own = place({ 'plain/a.pem': tls.ca });
    symlinkSync('gone.pem', join(own, 'plain/b.pem'));
    const notes: string[] = [];
    const ca = namedAuthorities(join(own, 'plain'), '--cacert', { note: (message) => void notes.push(message) });
    expect(await isTrusted({ ca })).toBe(true);
    expect(notes).toEqual([`skipping ${own}/plain/b.pem: there is no such file`]);
  });

  it.each<[string, RegExp]>([
    ['nowhere.pem', /^--cacert \S+nowhere\.pem: there is no such file$/],
    ['none.pem', /^--cacert \S+none\.pem: not in PEM form$/],
    ['damaged.pem', /^--cacert: certificate 2 in \S+damaged\.pem is damaged$/],
    ['empty', /^--cacert \S+empty: there are no certificates in this directory$/],
  ])('in %s are refused', async (name, message) => {
    const error = await failure((async () => named(name))());
    expect([error.code, error.exit]).toEqual(['usage.option', 2]);
    expect(error.message).toMatch(message);
  });

  it('in a directory are told of where one is damaged', () => {
    const notes: string[] = [];
    named('partly', notes);
    expect(notes).toEqual([expect.stringMatching(/^skipping certificate 1 in \S+partly\/a\.pem: it is damaged$/)]);
  });
});
