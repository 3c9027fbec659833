import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { createSecureContext, createServer as createTls } from 'node:tls';
import { afterEach, expect, it } from 'vitest';
import { openLine } from '#imgdl/http/line.js';
import { createSlabs } from '#imgdl/http/slabs.js';
import { tlsMaterial } from '../support/tls-material.js';

const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

type Way = 'TCP' | 'TLS' | 'TLS inside of a tunnel';

/** A line to a server that says `greeting` before anybody asked, and `answer` to whatever comes. */
async function lineTo(greeting: string, answer: string, way: Way = 'TCP') {
  const { good, ca } = tlsMaterial();
  const onConnection = (socket: Socket): void => {
    socket.on('error', () => undefined);
    if (greeting !== '') socket.write(greeting);
    socket.on('data', () => socket.write(answer));
  };
  const server = way === 'TCP' ? createServer(onConnection) : createTls(good, onConnection);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const signal = new AbortController().signal;
  const context = createSecureContext({ ca });
  const trust = way === 'TCP' ? undefined : { context: () => context, insecure: false };
  const over = way === 'TLS inside of a tunnel' ? { over: connect(port, '127.0.0.1') } : {};
  const dialing = { attempted: 'GET', host: '127.0.0.1', port, trust, connectMs: 2000, signal, ...over };
  const line = await openLine(dialing, createSlabs(), () => 512 * 1024);
  cleanUps.push(() => {
    line.socket.destroy();
    server.close();
  });
  line.socket.resume();
  return line;
}

it('bytes from before anybody listened are no answer to what is asked then: the connection is closed', async () => {
  const line = await lineTo('HTTP/1.1 200 OK\r\n\r\n', '');
  await delay(100);
  const heard: Uint8Array[] = [];
  line.listen((bytes) => heard.push(bytes));
  expect([line.socket.destroyed, heard]).toEqual([true, []]);
});

it('only the newest listener hears what comes', async () => {
  const line = await lineTo('', 'answer');
  const heard: string[] = [];
  line.listen((bytes) => heard.push(`first: ${Buffer.from(bytes)}`));
  line.listen((bytes) => heard.push(`second: ${Buffer.from(bytes)}`));
  line.socket.write('?');
  while (heard.length === 0) await delay(5);
  expect(heard).toEqual(['second: answer']);
});

it.each<[Way, string, (socket: Socket) => unknown]>([
  ['TLS', 'in this turn', () => undefined],
  ['TLS inside of a tunnel', 'while the socket was paused', (socket) => socket.pause()],
])('bytes of %s, read %s, are not for who listens from now on: the connection is closed', async (way, _, prepare) => {
  const line = await lineTo('', 'answer', way);
  const heard: string[] = [];
  line.listen((bytes) => heard.push(`first: ${Buffer.from(bytes)}`));
  await nextTurn();
  prepare(line.socket);
  line.socket.write('?');
  // Such an immediate was set before the poll, so that it runs before what reading sets.
  for (let turn = 0; turn < 1e6 && !line.unheard; turn += 1) await nextTurn();
  expect([line.unheard, heard]).toEqual([true, []]);
  line.listen((bytes) => heard.push(`second: ${Buffer.from(bytes)}`));
  expect(line.socket.destroyed).toBe(true);
  line.socket.resume();
  await new Promise((resolve) => line.socket.once('close', resolve));
  expect(heard).toEqual([]);
});
