import { once } from 'node:events';
import { stat } from 'node:fs';
import { Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { createPool } from '#imgdl/http/connection/pool.js';
import type { Route } from '#imgdl/http/connection/route.js';
import { tlsMaterial } from '../../support/tls-material.js';
import { never, transportWith } from '../set-up.js';

const tls = tlsMaterial();
const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A kept connection to a server that can write on it while our event loop stands still. */
async function keptConnection(secure: boolean) {
  const turn = new Int32Array(new SharedArrayBuffer(4));
  const workerData = { turn, tls: secure ? tls.good : undefined };
  const server = new Worker(new URL('stray-server.mjs', import.meta.url), { workerData });
  cleanUps.push(() => server.terminate());
  const [port] = (await once(server, 'message')) as [number];
  const transport = transportWith({ idleMs: 4000, ca: tls.ca });
  cleanUps.push(() => transport.close());
  const url = new URL(`${secure ? 'https' : 'http'}://127.0.0.1:${port}/`);
  const get = async () => (await transport.call({ method: 'GET', url, headers: {} }, never())).text;
  expect(await get()).toBe('connection 1');
  return {
    get,
    /** Returns when the forged answer lies in our kernel; no turn of the event loop passes. */
    plant() {
      server.postMessage('write');
      expect(Atomics.wait(turn, 0, 0, 5000)).not.toBe('timed-out');
      // What was written is nearly always readable by now; no event tells about the rest.
      Atomics.wait(turn, 0, 1, 20);
    },
  };
}

type Phase = (callback: () => void) => unknown;

const PHASES: readonly (readonly [string, Phase])[] = [
  ['where bytes are read', (callback) => stat('/', callback)],
  ['where timers end', (callback) => setTimeout(callback, 10)],
  ['where immediates run', (callback) => setImmediate(callback)],
];
const TRANSPORTS = [
  ['TCP', false],
  ['TLS', true],
] as const;
const EVERY = TRANSPORTS.flatMap(([name, secure]) => PHASES.map(([phase, at]) => [name, phase, secure, at] as const));

describe('on a kept connection', () => {
  it.each(EVERY)('of %s, in the phase %s, an answer that came before the request is none', async (...row) => {
    const [, , secure, at] = row;
    const { get, plant } = await keptConnection(secure);
    const second = new Promise<string>((resolve, reject) => {
      at(() => {
        plant();
        get().then(resolve, reject);
      });
    });
    expect(await second).toBe('connection 2');
  });

  it.each(EVERY)('of %s, in the phase %s, the next request is served when nothing came', async (...row) => {
    const [, , secure, at] = row;
    const { get } = await keptConnection(secure);
    await new Promise<void>((resolve) => at(resolve));
    expect(await get()).toBe('connection 1');
  });
});

it.each([
  ['what was read on it and is not heard yet makes a kept connection worthless', true],
  ['a kept connection on which nothing was read is good', false],
])('%s', async (_, unheard) => {
  const context = () => {
    throw new Error('nobody dials');
  };
  const route: Route = { url: new URL('http://127.0.0.1/'), trust: { context, insecure: false }, proxy: undefined };
  const line = { socket: new Socket(), unheard, listen: () => undefined };
  const pool = createPool();
  pool.put(route, line, 4000);
  expect(await pool.take(route)).toBe(unheard ? undefined : line);
  expect(line.socket.destroyed).toBe(unheard);
  line.socket.destroy();
});
