import { X509Certificate } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { type Sandbox, startSandbox } from '#imgdl/sandbox/sandbox.js';
import { makeCertificate } from '#imgdl/sandbox/server/certificate.js';
import { get } from '../client.js';

let sandbox: Sandbox | undefined;
afterEach(async () => {
  await sandbox?.close();
  sandbox = undefined;
});

describe('an own certificate', () => {
  test('is signed by the authority and names loopback', () => {
    const { cert, ca } = makeCertificate();
    const [server, authority] = [new X509Certificate(cert), new X509Certificate(ca)];
    expect(server.checkIssued(authority)).toBe(true);
    expect(server.verify(authority.publicKey)).toBe(true);
    expect([authority.ca, server.ca]).toEqual([true, false]);
    expect([server.checkIP('127.0.0.1'), server.checkHost('localhost')]).toEqual(['127.0.0.1', 'localhost']);
    expect(new Date(server.validTo).getTime()).toBeGreaterThan(Date.now());
  });

  test('is trusted by who trusts the authority, and by nobody else', async () => {
    const { key, cert, ca } = makeCertificate();
    sandbox = await startSandbox({ size: 1000, tls: { key, cert, caFile: '/somewhere/ca.pem' } });
    expect(sandbox.urls.uforge).toMatch(/^https:/);
    expect(sandbox.urls.plainOrigin).toMatch(/^http:/);
    expect(sandbox.environment['IMGDL_CACERT']).toBe('/somewhere/ca.pem');
    expect((await get(`${sandbox.urls.uforge}/status`, { ca })).status).toBe(200);
    await expect(get(`${sandbox.urls.uforge}/status`)).rejects.toThrow(/certificate/);
  });

  test.each([
    ['an expired one', { notAfterMs: Date.now() - 86_400_000 }, 'CERT_HAS_EXPIRED'],
    ['one of another host', { wrongHost: true }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ])('%s is refused for just that reason', async (_, options, code) => {
    const { key, cert, ca } = makeCertificate(options);
    sandbox = await startSandbox({ size: 1000, tls: { key, cert } });
    await expect(get(`${sandbox.urls.uforge}/status`, { ca })).rejects.toMatchObject({ code });
  });

  test('a redirect from https to http exists to be refused', async () => {
    const { key, cert, ca } = makeCertificate();
    sandbox = await startSandbox({ size: 1000, tls: { key, cert } });
    const answer = await get(`${sandbox.urls.origin}/redirect/http/files/image.raw`, { ca });
    expect(answer.headers.location).toBe(`${sandbox.urls.plainOrigin}/files/image.raw`);
  });
});
