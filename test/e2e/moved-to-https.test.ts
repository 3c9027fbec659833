import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { makeCertificate } from '#imgdl/sandbox/server/certificate.js';
import { answer, type FaultServer, type Script, startFaultServer } from '../support/fault-server.js';
import { onePort } from '../support/one-port.js';
import { afterwards, complaint, names, type Stage, stage } from './stage.js';

const tls = makeCertificate();
const IMAGE = ['glance', 'image', 'small-raw', '-o', 'x.img', '--retries', '0'] as const;
const APPLIANCE = ['appliance', 'image', '747', '1095', '-o', 'x.img', '--retries', '0'] as const;

interface Moved {
  readonly place: Stage;
  /** What still answers by http, on the same port. */
  readonly http: FaultServer;
  /** `http://127.0.0.1:port` */
  readonly url: string;
  readonly env: Readonly<Record<string, string>>;
}

/** A site that has moved to https: the sandbox, and on its port by http a redirect to it unless told otherwise. */
async function moved(script?: Script): Promise<Moved> {
  const place = await stage({ tls });
  writeFileSync(`${place.home}/ca.pem`, tls.ca);
  let port = 0;
  const http = await startFaultServer(
    script ?? ((request) => answer(301, '<html>', `Location: https://127.0.0.1:${port}${request.target}`)),
  );
  afterwards(() => http.close());
  const front = await onePort({ http: http.port, https: Number(new URL(place.sandbox.urls.keystone).port) });
  afterwards(() => front.close());
  ({ port } = front);
  return { place, http, url: `http://127.0.0.1:${port}`, env: { IMGDL_CACERT: `${place.home}/ca.pem` } };
}

const told = (stderr: string) => stderr.match(/^imgdl: warning: .*$/gm) ?? [];
const tokensOf = (http: FaultServer) => http.requests.filter(({ headers }) => headers.has('x-auth-token'));

describe('a server that has moved to https', () => {
  test('Keystone and Glance: the log-in is repeated there, the token is never seen in clear', async () => {
    const { place, http, url, env } = await moved();
    const more = { ...env, OS_AUTH_URL: `${url}/identity/v3`, OS_IMAGE_ENDPOINT_OVERRIDE: `${url}/image` };
    const { code, stderr } = await place.imgdl(IMAGE, { env: more });
    expect({ code, files: names(place.directory) }).toEqual({ code: 0, files: ['x.img'] });
    expect(http.requests.map(({ method, target }) => `${method} ${target}`)).toEqual(['POST /identity/v3/auth/tokens']);
    expect(told(stderr)).toEqual([expect.stringMatching(/redirects to https.*unencrypted; use https:\/\//)]);
  });

  test('UForge: the password follows, and is not sent in clear a second time', async () => {
    const { place, http, url, env } = await moved();
    const { code, stderr } = await place.imgdl(APPLIANCE, { env: { ...env, IMGDL_URL: `${url}/api` } });
    expect({ code, files: names(place.directory), seen: http.requests.length }).toEqual({
      code: 0,
      files: ['x.img'],
      seen: 1,
    });
    expect(told(stderr)).toHaveLength(1);
  });

  test('UForge with API keys: so do signatures, which are good for ever', async () => {
    const { place, http, url, env } = await moved();
    const { SANDBOX_PUBLIC_KEY = '', SANDBOX_SECRET_KEY = '' } = place.env;
    const keys = { IMGDL_PUBLIC_KEY: SANDBOX_PUBLIC_KEY, IMGDL_SECRET_KEY: SANDBOX_SECRET_KEY, IMGDL_PASSWORD: '' };
    const { code } = await place.imgdl(APPLIANCE, { env: { ...env, ...keys, IMGDL_URL: `${url}/api` } });
    expect({ code, seen: http.requests.length }).toEqual({ code: 0, seen: 1 });
  });
});

describe('a token of an https log-in', () => {
  const plain = ({ url, env }: Moved) => ({ ...env, OS_IMAGE_ENDPOINT_OVERRIDE: `${url}/image` });

  test.each<[string, readonly string[]]>([
    ['', []],
    [', with -q neither', ['-q']],
    [', with --insecure neither', ['--insecure']],
    [', nor where another host is allowed', ['--allow-http', 'localhost']],
  ])('never travels by http%s', async (_name, options) => {
    const site = await moved();
    const { code, stderr } = await site.place.imgdl([...IMAGE, ...options], { env: plain(site) });
    expect({ code, error: complaint(stderr)?.code }).toEqual({ code: 7, error: 'tls.plain-http' });
    expect(stderr).toMatch(/OS_IMAGE_ENDPOINT_OVERRIDE.*--allow-http 127\.0\.0\.1/);
    expect(site.http.requests).toEqual([]);
  });

  test('does so to a host that the user allows, and that is said', async () => {
    const site = await moved();
    const { code, stderr } = await site.place.imgdl([...IMAGE, '--allow-http', '127.0.0.1'], { env: plain(site) });
    expect({ code, tokens: tokensOf(site.http).length }).toEqual({ code: 0, tokens: 1 });
    expect(told(stderr)).toContainEqual(expect.stringContaining('travel unencrypted'));
  });

  test('is one of http where the log-in was by http: nobody promised more', async () => {
    const place = await stage();
    const { code, stderr } = await place.imgdl(IMAGE);
    expect({ code, told: told(stderr) }).toEqual({ code: 0, told: [] });
  });
});

describe('a redirect to somewhere else says where it led', () => {
  test('of a log-in, which is not repeated there', async () => {
    const { place, http, url } = await moved(answer(302, '', 'Location: http://localhost:9/sso?token=canary-canary-1'));
    const { code, stderr } = await place.imgdl(IMAGE, { env: { OS_AUTH_URL: `${url}/identity/v3` } });
    expect({ code, error: complaint(stderr)?.code, asked: http.requests.length }).toEqual({
      code: 8,
      error: 'proto.redirect',
      asked: 1,
    });
    expect(complaint(stderr)?.message).toMatch(/\/identity\/v3\/auth\/tokens: .*302.*http:\/\/localhost:9\/sso/);
  });

  test('of a token, which the other server does not get and asks for', async () => {
    const place = await stage();
    const other = new URL(place.sandbox.urls.keystone).origin.replace('127.0.0.1', 'localhost');
    const front = await startFaultServer((request) => answer(301, '', `Location: ${other}${request.target}`));
    afterwards(() => front.close());
    const { code, stderr } = await place.imgdl(IMAGE, { env: { OS_IMAGE_ENDPOINT_OVERRIDE: `${front.url}/image` } });
    expect({ code, error: complaint(stderr)?.code }).toEqual({ code: 8, error: 'proto.redirect' });
    expect(complaint(stderr)?.message).toContain(`redirected to ${other}/image/v2/images`);
    expect(complaint(stderr)?.message).toContain('401 without credentials');
  });

  const HTML = '<html><body>Log in</body></html>';
  const LIST_IMAGES = ['appliance', 'list'] as const;
  const LIST_GLANCE = ['glance', 'list'] as const;
  test.each<[string, readonly string[], number, string, string]>([
    ['an image of UForge, not found there', APPLIANCE, 404, '', 'not-found.image'],
    ['an image of UForge, forbidden there', APPLIANCE, 403, '', 'auth.forbidden'],
    ['an image of UForge, a web page', APPLIANCE, 200, HTML, 'proto.not-image'],
    ['a list of UForge, refused there', LIST_IMAGES, 401, '', 'auth.refused'],
    ['a list of UForge, a web page', LIST_IMAGES, 200, HTML, 'proto.not-image'],
    ['a list of UForge, nothing', LIST_IMAGES, 200, '', 'proto.answer'],
    ['a list of Glance, forbidden there', LIST_GLANCE, 403, '', 'auth.forbidden'],
    ['a list of Glance, not known there', LIST_GLANCE, 400, '', 'proto.status'],
    ['a list of Glance, not found there', LIST_GLANCE, 404, '', 'proto.answer'],
    ['a list of Glance, another document', LIST_GLANCE, 200, '{}', 'proto.answer'],
    ['an image of Glance, when it is busy there', IMAGE, 503, '', 'http.unavailable'],
  ])('on the same server: %s', async (_name, words, status, body, code) => {
    const place = await stage();
    const front = await startFaultServer(({ target }) =>
      target.startsWith('/sso?') ? answer(status, body) : answer(302, '', 'Location: /sso?ticket=canary-canary-1'),
    );
    afterwards(() => front.close());
    const env = { IMGDL_URL: `${front.url}/api`, OS_IMAGE_ENDPOINT_OVERRIDE: `${front.url}/image` };
    const { stderr } = await place.imgdl(words, { env });
    expect(complaint(stderr)?.code).toBe(code);
    expect(complaint(stderr)?.message).toContain(`${front.url}/sso?ticket=***`);
    expect(stderr).not.toContain('canary');
  });
});
