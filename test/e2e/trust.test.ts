import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { makeCertificate } from '#imgdl/sandbox/server/certificate.js';
import { names, type Stage, stage } from './stage.js';

const tls = makeCertificate();
const other = makeCertificate();

/** A server with a private authority, and that authority in every form, with another one beside it. */
async function privateCloud(): Promise<Stage> {
  const place = await stage({ tls });
  for (const [name, ca] of Object.entries({ ours: tls.ca, other: other.ca })) {
    writeFileSync(place.path(`${name}.pem`), ca);
    mkdirSync(place.path(name));
    writeFileSync(place.path(`${name}/authority.pem`), ca);
  }
  mkdirSync(place.path('hashed'));
  writeFileSync(place.path('hashed/authority.pem'), tls.ca);
  execFileSync('openssl', ['rehash', place.path('hashed')], { stdio: 'pipe' });
  return place;
}

test.each<[string, Readonly<Record<string, string>>, readonly string[], number]>([
  ['nobody', {}, [], 7],
  ['SSL_CERT_FILE', { SSL_CERT_FILE: 'ours.pem' }, [], 0],
  ['SSL_CERT_DIR', { SSL_CERT_DIR: 'hashed' }, [], 0],
  ['CURL_CA_BUNDLE', { CURL_CA_BUNDLE: 'ours.pem' }, [], 0],
  ['REQUESTS_CA_BUNDLE', { REQUESTS_CA_BUNDLE: 'ours.pem' }, [], 0],
  [
    'NODE_EXTRA_CA_CERTS, beside another one of the system',
    { NODE_EXTRA_CA_CERTS: 'ours.pem', SSL_CERT_FILE: 'other.pem' },
    [],
    0,
  ],
  ['--cacert with a file', {}, ['--cacert', 'ours.pem'], 0],
  ['--cacert with a directory', {}, ['--cacert', 'ours'], 0],
  ['--cacert with hashed names', {}, ['--cacert', 'hashed/'], 0],
  ['nobody: --cacert replaces what the system has', { SSL_CERT_FILE: 'ours.pem' }, ['--cacert', 'other'], 7],
  ['nobody: the other one is not it', { SSL_CERT_FILE: 'other.pem', REQUESTS_CA_BUNDLE: 'ours.pem' }, [], 7],
])('%s vouches for a server', async (_, env, options, code) => {
  const place = await privateCloud();
  const url = `${place.sandbox.urls.files}/small.raw`;
  const result = await place.imgdl(['url', url, '-o', 'x', ...options], { env });
  expect([result.code, names(place.directory).includes('x')]).toEqual([code, code === 0]);
  if (code === 7) expect(result.stderr).toMatch(/on this machine, or pass it.* with --cacert FILE/);
});

test('OS_CACERT may be a directory', async () => {
  const place = await privateCloud();
  const image = (cacert: string) =>
    place.imgdl(['glance', 'image', 'small-raw', '-o', 'x'], { env: { OS_CACERT: cacert } });
  expect((await image('other')).code).toBe(7);
  expect((await image('hashed')).code).toBe(0);
});

test('a variable that leads nowhere is a warning, and what it cost is an error as always', async () => {
  const place = await privateCloud();
  const env = { SSL_CERT_FILE: '/no-cert-file.crt' };
  const result = await place.imgdl(['url', `${place.sandbox.urls.files}/small.raw`, '--json'], { env });
  expect([result.code, result.json().error?.code]).toEqual([7, 'tls.certificate']);
  expect(result.json().warnings.map(({ code }) => code)).toEqual(['tls.authorities']);
  expect(result.stderr).toMatch(
    /^imgdl: warning: SSL_CERT_FILE: no certificate authorities found in \/no-cert-file\.crt/m,
  );
});
