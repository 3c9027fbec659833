/** Credentials for plain URLs: `--netrc` and `--header-file`, and who never sees them. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { type Handler, sendFile, sendText, startWebServer, type WebServer } from '../support/web-server.js';
import { afterwards, complaint, names, plant, type Stage, stage } from './stage.js';

const FILE = Buffer.from('the image '.repeat(5000));
const BASIC = `Basic ${Buffer.from('alice:canary-password').toString('base64')}`;
const BEARER = 'Bearer canary-token-1';
const HEADERS = `Authorization: ${BEARER}\nX-Extra: canary-extra-2\nUser-Agent: canary-agent-3\n`;

/** Serves the file to whom it knows, and repeats what it was sent to all others. */
const guarded =
  (wanted: string): Handler =>
  (request, response) => {
    if (request.headers.authorization === wanted) return sendFile(request, response, FILE, { ETag: '"1"' });
    sendText(response, 401, `you sent ${JSON.stringify(request.headers)}`, { 'WWW-Authenticate': 'Basic realm="x"' });
  };

async function server(handler: Handler): Promise<WebServer> {
  const started = await startWebServer(handler);
  afterwards(() => started.close());
  return started;
}

const sent = (request: IncomingMessage | undefined): string => JSON.stringify(request?.headers ?? {});

/** A home with a netrc for 127.0.0.1, and a file with headers. */
async function place(netrcMode = 0o600, headersMode = 0o600): Promise<Stage> {
  const made = await stage();
  plant(`${made.home}/.netrc`, 'machine 127.0.0.1 login alice password canary-password\n', netrcMode);
  plant(made.path('headers'), HEADERS, headersMode);
  return made;
}

describe('--netrc', () => {
  test('logs in with the entry of the host, on every connection', async () => {
    const made = await place();
    const { url, requests } = await server(guarded(BASIC));
    const result = await made.imgdl(['url', `${url}/a.img`, '--netrc', '-v', '--json']);
    expect([result.code, result.json().status]).toEqual([0, 'downloaded']);
    expect(requests.map(({ headers }) => headers.authorization)).toEqual([BASIC]);
    expect(result.stderr).toMatch(/with authorization/);
  });

  test('is a key of the configuration and a variable, and NETRC names another file', async () => {
    const made = await place();
    const { url } = await server(guarded(BASIC));
    plant(`${made.home}/.config/imgdl/config.yaml`, 'netrc: true\n');
    expect((await made.imgdl(['url', `${url}/a.img`])).code).toBe(0);
    const other = made.path('other');
    plant(other, 'machine 127.0.0.1 login bob password x\n');
    const refused = await made.imgdl(['url', `${url}/b.img`], { env: { NETRC: 'other' } });
    expect(complaint(refused.stderr)).toMatchObject({ code: 'auth.refused', hint: expect.stringMatching(/other has/) });
  });

  test('does not use the entry that is for everybody', async () => {
    const made = await stage();
    plant(`${made.home}/.netrc`, 'default login alice password canary-password\n');
    const { url, requests } = await server(guarded(BASIC));
    expect((await made.imgdl(['url', `${url}/a.img`, '--netrc'])).code).toBe(3);
    expect(sent(requests[0])).not.toContain('authorization');
  });

  test.each([
    ['that others may read', 0o640, 'config.permissions', /mode 0640/],
    ['that all may read', 0o604, 'config.permissions', /mode 0604/],
  ])('one %s is exit 2 before any request', async (_, mode, code, says) => {
    const made = await place(mode);
    const { url, requests } = await server(guarded(BASIC));
    const result = await made.imgdl(['url', `${url}/a.img`, '--netrc']);
    expect([result.code, complaint(result.stderr)]).toEqual([
      2,
      { code, message: expect.stringMatching(says), hint: expect.stringMatching(/chmod 600/) },
    ]);
    expect(requests).toEqual([]);
  });

  test('one that is missing is exit 2 when it was asked for, and none where a configuration file is for everybody', async () => {
    const made = await stage();
    const { url } = await server((request, response) => sendFile(request, response, FILE));
    const asked = await made.imgdl(['url', `${url}/a.img`, '--netrc']);
    expect([asked.code, complaint(asked.stderr).code]).toEqual([2, 'usage.missing']);
    plant(`${made.home}/.config/imgdl/config.yaml`, 'netrc: true\n');
    expect((await made.imgdl(['url', `${url}/a.img`])).code).toBe(0);
  });

  test('without it a netrc is not read', async () => {
    const made = await place(0o644);
    const { url, requests } = await server(guarded(BASIC));
    const result = await made.imgdl(['url', `${url}/a.img`]);
    expect([result.code, complaint(result.stderr)]).toEqual([
      3,
      expect.objectContaining({
        code: 'auth.refused',
        hint: expect.stringMatching(/an entry for 127\.0\.0\.1, with --header-file FILE, or with a profile/),
      }),
    ]);
    expect(sent(requests[0])).not.toContain('authorization');
  });
});

describe('--header-file', () => {
  test('is sent with every request to the server of the URL, and is masked where the server repeats it', async () => {
    const made = await place();
    const { url, requests } = await server(guarded(BEARER));
    const result = await made.imgdl(['url', `${url}/a.img`, '--header-file', 'headers', '--json']);
    expect([result.code, result.json().status]).toEqual([0, 'downloaded']);
    expect(sent(requests[0])).toContain('canary-extra-2');
    const refused = await made.imgdl(['url', `${(await server(guarded('x'))).url}/b.img`, '--header-file', 'headers']);
    expect([refused.code, complaint(refused.stderr)]).toEqual([
      3,
      {
        code: 'auth.refused',
        message: expect.stringMatching(/refused the credentials \(HTTP 401\): "you sent/),
        hint: expect.stringMatching(/--header-file has/),
      },
    ]);
    expect(refused.stderr).not.toMatch(/canary/);
  });

  test('stands above a netrc', async () => {
    const made = await place();
    const { url } = await server(guarded(BEARER));
    expect((await made.imgdl(['url', `${url}/a.img`, '--header-file', 'headers', '--netrc'])).code).toBe(0);
  });

  test('comes through a pipe, too', async () => {
    const made = await stage();
    const { url } = await server(guarded(BEARER));
    const result = await made.imgdl(['url', `${url}/a.img`, '--header-file', '-'], { stdin: HEADERS });
    expect(result.code).toBe(0);
  });

  test.each([
    ['that others may read', ['--header-file', 'headers'], 0o644, 'config.permissions', /mode 0644/],
    ['that is missing', ['--header-file', 'nothing'], 0o600, 'usage.option', /no such file/],
  ])('one %s is exit 2 before any request', async (_, args, mode, code, says) => {
    const made = await place(0o600, mode);
    const { url, requests } = await server(guarded(BEARER));
    const result = await made.imgdl(['url', `${url}/a.img`, ...args]);
    expect([result.code, complaint(result.stderr)]).toMatchObject([2, { code, message: expect.stringMatching(says) }]);
    expect(requests).toEqual([]);
  });

  test('with URLs of several servers it is exit 2 before any request, with several of one it is not', async () => {
    const made = await place();
    const [one, two] = [await server(guarded(BEARER)), await server(guarded(BEARER))];
    const mixed = await made.imgdl(['url', `${one.url}/a`, `${two.url}/b`, '-o', './', '--header-file', 'headers']);
    expect([mixed.code, complaint(mixed.stderr)]).toMatchObject([
      2,
      { code: 'usage.option', message: expect.stringMatching(/several servers/) },
    ]);
    expect([one.requests, two.requests]).toEqual([[], []]);
    expect(
      (await made.imgdl(['url', `${one.url}/a`, `${one.url}/b`, '-o', './', '--header-file', 'headers'])).code,
    ).toBe(0);
  });

  test('a URL of a service with its own login is refused', async () => {
    const made = await place();
    const link = `${made.sandbox.urls.uforge}/users/alice/appliances/747/images/1095`;
    const result = await made.imgdl(['url', link, '--header-file', 'headers']);
    expect([result.code, complaint(result.stderr)]).toMatchObject([
      2,
      { code: 'usage.option', hint: expect.stringMatching(/--as plain/) },
    ]);
  });

  test('may not stand in a configuration file: it would go to the server of every URL', async () => {
    const made = await stage();
    plant(`${made.home}/.config/imgdl/config.yaml`, 'header-file: headers\n');
    const result = await made.imgdl(['url', 'http://127.0.0.1:1/a']);
    expect([result.code, complaint(result.stderr).code]).toEqual([2, 'config.key']);
  });
});

const GIVEN: readonly (readonly [string, readonly string[]])[] = [
  ['--netrc', ['--netrc']],
  ['--header-file', ['--header-file', 'headers']],
];

describe.each(GIVEN)('%s belongs to one origin', (_, args) => {
  test('a redirect to another one gets none of it, also on the way back', async () => {
    const made = await place();
    const home = await server((request, response) =>
      request.url === '/a.img'
        ? sendText(response, 302, '', { Location: `${away.url.replace('127.0.0.1', 'localhost')}/b.img` })
        : sendFile(request, response, FILE),
    );
    const away = await server((_request, response) => sendText(response, 302, '', { Location: `${home.url}/c.img` }));
    expect((await made.imgdl(['url', `${home.url}/a.img`, ...args])).code).toBe(0);
    expect(sent(home.requests[0])).toMatch(/canary|"authorization"/);
    for (const request of [away.requests[0], home.requests[1]]) {
      expect(sent(request)).not.toMatch(/canary|authorization/);
      expect(request?.headers['user-agent']).toMatch(/^imgdl\//);
    }
  });

  test('a checksum file from there gets it, one from elsewhere does not', async () => {
    const made = await place();
    const sums = `${createHash('sha256').update(FILE).digest('hex')}  a.img\n`;
    const serve: Handler = (request, response) =>
      request.url === '/SUMS' ? sendText(response, 200, sums) : sendFile(request, response, FILE);
    const [home, away] = [await server(serve), await server(serve)];
    const elsewhere = away.url.replace('127.0.0.1', 'localhost');
    for (const from of [home.url, elsewhere]) {
      const all = ['url', `${home.url}/a.img`, '--checksums', `${from}/SUMS`, '--force', ...args];
      expect((await made.imgdl(all)).code).toBe(0);
    }
    expect(sent(home.requests.find(({ url }) => url === '/SUMS'))).toMatch(/canary|authorization/);
    expect(sent(away.requests[0])).not.toMatch(/canary|authorization/);
  });
});

test('a download that was cut is continued with the same credentials', async () => {
  const made = await place();
  let cut = true;
  const { url, requests } = await server((request, response) => {
    if (request.headers.authorization !== BASIC) return sendText(response, 401, '');
    if (!cut) return sendFile(request, response, FILE, { ETag: '"1"' });
    cut = false;
    response.writeHead(200, { 'Content-Length': FILE.byteLength, ETag: '"1"' });
    response.write(FILE.subarray(0, 20_000), () => response.destroy());
  });
  const result = await made.imgdl(['url', `${url}/a.img`, '--netrc', '--json']);
  expect([result.code, result.json().status, requests.length]).toEqual([0, 'downloaded', 2]);
  expect(readFileSync(made.path('a.img')).equals(FILE)).toBe(true);
  expect(names(made.directory)).toEqual(['a.img', 'headers']);
  writeFileSync(made.path('a.img'), '');
});
