import { createPrivateKey } from 'node:crypto';
import { createSecureServer } from 'node:http2';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { TransportOptions } from '#imgdl/http/transport.js';
import { answer, body, content, fin, head, type Script, send, stall } from '../support/fault-server.js';
import { type Fault, startFront } from '../support/tcp-front.js';
import { type KeyPair, tlsMaterial } from '../support/tls-material.js';
import { drain, failure, httpSetUp } from './set-up.js';

const tls = tlsMaterial();
const http = httpSetUp();
const serve = (pair: KeyPair, script: Script, more: object = {}) => http.serve(script, { tls: { ...pair, ...more } });

describe('a certificate', () => {
  it('of the given authority is good, by address and by name', async () => {
    const server = await serve(tls.good, answer(200, 'image'));
    expect(String(await drain(await http.open(server.url, { ca: tls.ca })))).toBe('image');
    expect(String(await drain(await http.open(`https://localhost:${server.port}/`, { ca: tls.ca })))).toBe('image');
  });

  it.each<[string, KeyPair, string | undefined, RegExp]>([
    ['of an unknown authority', tls.good, undefined, /unknown authority/],
    ['signed by itself', tls.selfSigned, undefined, /self-signed/],
    ['for another host', tls.wrongHost, tls.ca, /another host: "DNS:elsewhere.example"/],
    ['that has expired', tls.expired, tls.ca, /expired/],
  ])('%s is refused with a reason; nothing is sent', async (_name, pair, ca, reason) => {
    const server = await serve(pair, answer(200, 'image'));
    const error = await failure(http.open(server.url, ca === undefined ? {} : { ca }));
    expect(error.code).toBe('tls.certificate');
    expect(error.message).toMatch(reason);
    expect(error.hint).toContain('--cacert');
    expect(error.hint).not.toContain('--insecure');
    expect(server.requests).toHaveLength(0);
  });

  it('is not looked at with insecure', async () => {
    const server = await serve(tls.selfSigned, answer(200, 'image'));
    expect(String(await drain(await http.open(server.url, { insecure: true })))).toBe('image');
  });

  it('is looked at although the environment says otherwise', async () => {
    const server = await serve(tls.selfSigned, answer(200, 'image'));
    const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      expect((await failure(http.open(server.url))).code).toBe('tls.certificate');
    } finally {
      if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
    }
  });
});

describe('a client certificate', () => {
  const demand = { ca: tls.ca, requestCert: true, rejectUnauthorized: true };
  it('is shown to a server that wants one', async () => {
    const server = await serve(tls.good, answer(200, 'image'), demand);
    expect(String(await drain(await http.open(server.url, { ca: tls.ca, ...tls.client })))).toBe('image');
  });

  it('is not shown to another origin', async () => {
    const second = await serve(tls.good, answer(200, 'image'), demand);
    const first = await serve(tls.good, answer(302, '', `Location: ${second.url}/`), demand);
    await failure(http.open(first.url, { ca: tls.ca, ...tls.client }));
    expect([first.requests.length, second.requests.length]).toEqual([1, 0]);
  });

  it.each<[string, Partial<TransportOptions>]>([
    ['an authority that is no PEM', { ca: 'nonsense' }],
    ['a key that is no PEM', { cert: tls.client.cert, key: 'nonsense' }],
    ['a certificate without key', { cert: tls.client.cert }],
  ])('%s is refused before anything is sent', async (_name, options) => {
    expect((await failure((async () => http.transport(options))())).code).toBe('usage.option');
  });
});

const locked = createPrivateKey(tls.client.key).export({
  type: 'pkcs8',
  format: 'pem',
  cipher: 'aes-128-cbc',
  passphrase: 'x',
});

it.each([
  ['of another certificate', tls.good.key, /the key is not that of the certificate/],
  ['with a passphrase', locked, /--key: the key has a passphrase\n.*openssl pkey/],
  ['that is none', 'nonsense', /not a PEM certificate and its key/],
])('a key %s is told as that', async (_, key, says) => {
  const error = await failure((async () => http.transport({ cert: tls.client.cert, key }))());
  expect(`${error.message}\n${error.hint}`).toMatch(says);
});

describe('a connection', () => {
  it('http on the TLS port is tls.protocol', async () => {
    const plain = createServer((socket) => {
      socket.on('error', () => undefined).once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    });
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    http.closing(plain);
    const address = plain.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const error = await failure(http.open(`https://127.0.0.1:${address.port}/`));
    expect(error.code).toBe('tls.protocol');
  });

  it('a server that speaks HTTP/2 only is told as one', async () => {
    const server = createSecureServer({ ...tls.good, allowHTTP1: false });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    http.closing(server);
    const { port } = server.address() as AddressInfo;
    const error = await failure(http.open(`https://127.0.0.1:${port}/`, { ca: tls.ca }));
    expect([error.code, error.message, error.hint]).toEqual([
      'tls.protocol',
      expect.stringMatching(/does not speak HTTP\/1\.1, perhaps only HTTP\/2/),
      expect.stringMatching(/HTTP\/1\.1/),
    ]);
  });

  it('TLS on the http port is proto.framing or a reset, never an answer', async () => {
    const server = await serve(tls.good, answer(200, 'x'));
    const error = await failure(http.open(`http://127.0.0.1:${server.port}/`));
    expect(['proto.framing', 'net.reset']).toContain(error.code);
  });

  it('a handshake that never ends is net.connect-timeout', async () => {
    const server = await http.serve([stall]);
    const error = await failure(http.open(`https://127.0.0.1:${server.port}/`, { connectMs: 150 }));
    expect(error.code).toBe('net.connect-timeout');
  });

  const MB = 1_000_000;
  it.each<[string, Fault]>([
    ['a damaged record', { flipAt: 500_000 }],
    ['FIN without close_notify', { cutAfter: [500_000], cutBy: 'fin' }],
    ['RST', { cutAfter: [500_000] }],
  ])(
    '%s in a body with length fails within the stall limit, and every byte before it is right',
    async (_name, fault) => {
      const server = await serve(tls.good, [head(200, `Content-Length: ${MB}`), body(1, 0, MB)]);
      const front = http.closing(await startFront({ target: server.port, ...fault }));
      const exchange = await http.open(`https://127.0.0.1:${front.port}/`, { ca: tls.ca, stallMs: 500 });
      const parts: Uint8Array[] = [];
      const error = await failure(
        (async () => {
          for await (const part of exchange.body) parts.push(part);
        })(),
      );
      expect(error.transient, error.code).toBe(true);
      const received = Buffer.concat(parts);
      expect(received.length).toBeLessThan(MB);
      expect(received.equals(content(1, 0, received.length))).toBe(true);
    },
  );

  it('a slow reader gets all of a body that was closed behind it', async () => {
    const server = await serve(tls.good, [head(200, 'Connection: close'), body(1, 0, 3 * MB), fin]);
    const exchange = await http.open(server.url, { ca: tls.ca });
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect((await drain(exchange)).equals(content(1, 0, 3 * MB))).toBe(true);
  });

  it('from http to https is followed', async () => {
    const second = await serve(tls.good, [head(200, 'Content-Length: 5'), send('image')]);
    const first = await http.serve(answer(301, '', `Location: ${second.url}/`));
    expect(String(await drain(await http.open(first.url, { ca: tls.ca })))).toBe('image');
  });

  it('from https to http is refused', async () => {
    const second = await http.serve(answer(200, 'image'));
    const first = await serve(tls.good, answer(301, '', `Location: ${second.url}/`));
    expect((await failure(http.open(first.url, { ca: tls.ca }))).code).toBe('tls.downgrade');
    expect(second.requests).toHaveLength(0);
  });
});
