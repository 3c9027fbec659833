import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { type FaultServer, head, send, stall, startFaultServer } from '../support/fault-server.js';

const servers: FaultServer[] = [];
afterAll(async () => {
  for (const server of servers) await server.close();
});

const PROGRAM = `
  import { createTransport } from '#imgdl/http/transport.js';
  const clock = { now: () => performance.now() };
  const limits = { connectMs: 60000, headersMs: 60000, stallMs: 60000 };
  const transport = createTransport({ ...limits, userAgent: 'x', insecure: false, clock });
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
  const server = await startFaultServer((request) => {
    if (request.target === '/headers') return [stall];
    if (request.target === '/finished') return [head(200, 'Content-Length: 1'), send('a')];
    return [head(200, 'Content-Length: 9'), send('a'), stall];
  });
  servers.push(server);
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env: { ...process.env, TARGET: server.url },
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: 10_000,
  });
  let noise = '';
  child.stderr.on('data', (data: Buffer) => {
    noise += String(data);
  });
  const [code, signal] = await once(child, 'exit');
  expect([code, signal, noise]).toEqual([0, null, '']);
});
