import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { answer, head, send, stall } from '../support/fault-server.js';
import { tlsMaterial } from '../support/tls-material.js';
import { tunnelling } from '../support/tunnelling.js';
import { httpSetUp } from './set-up.js';

const { serve, serveTls } = httpSetUp();

/** Far from what the programs take, also on a busy machine, and far below their own limits. */
const FAR_MS = 50_000;

const PROGRAM = `
  import { createTransport } from '#imgdl/http/transport.js';
  const clock = { now: () => performance.now() };
  const limits = { connectMs: 600000, headersMs: 600000, stallMs: 600000 };
  const transport = createTransport({ ...limits, userAgent: 'x', insecure: false, clock, note: undefined, warn() {} });
  const url = new URL(process.env.TARGET);
  const read = async (path) => {
    const exchange = await transport.open({ url: new URL(path, url), headers: {} }, new AbortController().signal);
    for await (const part of exchange.body) console.log(part.length);
  };
  const all = [read('/body'), read('/headers'), read('/finished')].map((one) => one.catch(() => undefined));
  setTimeout(() => transport.close(), 300);
  await Promise.all(all);
`;

it('after close() nothing keeps a process alive: no timer, no socket', async () => {
  const server = await serve((request) => {
    if (request.target === '/headers') return [stall];
    if (request.target === '/finished') return [head(200, 'Content-Length: 1'), send('a')];
    return [head(200, 'Content-Length: 9'), send('a'), stall];
  });
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env: { ...process.env, TARGET: server.url },
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: FAR_MS,
  });
  let noise = '';
  child.stderr.on('data', (data: Buffer) => {
    noise += String(data);
  });
  const [code, signal] = await once(child, 'exit');
  expect([code, signal, noise]).toEqual([0, null, '']);
});

const IDLE_PROGRAM = `
  import { createTransport } from '#imgdl/http/transport.js';
  const clock = { now: () => performance.now() };
  const limits = { connectMs: 600000, headersMs: 600000, stallMs: 600000, idleMs: 600000 };
  const { TARGET, PROXY, CA } = process.env;
  const proxy = PROXY === undefined ? {} : { proxy: { url: PROXY } };
  const transport = createTransport({ ...limits, ...proxy, ca: CA, userAgent: 'x', insecure: false, clock, note: undefined, warn() {} });
  const exchange = await transport.open({ url: new URL(TARGET), headers: {} }, new AbortController().signal);
  for await (const part of exchange.body) process.stdout.write(part);
`;

it.each([
  ['plain', false, undefined],
  ['TLS', true, undefined],
  ['TLS in a tunnel', true, false],
  ['TLS in a tunnel through a proxy with TLS', true, true],
] as const)('a kept connection keeps no process alive: %s', async (_name, secure, proxySecure) => {
  const server = await (secure ? serveTls : serve)(answer(200, 'image'));
  const proxy = proxySecure === undefined ? undefined : await (proxySecure ? serveTls : serve)(tunnelling);
  const child = spawn(process.execPath, ['--input-type=module', '-e', IDLE_PROGRAM], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env: {
      ...process.env,
      TARGET: server.url,
      CA: tlsMaterial().ca,
      ...(proxy === undefined ? {} : { PROXY: proxy.url }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: FAR_MS,
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data: Buffer) => {
      said += String(data);
    });
  }
  const [code, signal] = await once(child, 'exit');
  expect([code, signal, said]).toEqual([0, null, 'image']);
});
