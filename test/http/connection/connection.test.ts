import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { createSecureContext, createServer as createTls } from 'node:tls';
import { afterEach, expect, it } from 'vitest';
import { Addresses } from '#imgdl/http/connection/addresses.js';
import { createBufferPool } from '#imgdl/http/connection/buffers.js';
import { openConnection } from '#imgdl/http/connection/connection.js';
import { tlsMaterial } from '../../support/tls-material.js';

const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

type Way = 'TCP' | 'TLS' | 'TLS inside of a tunnel';

/** A connection to a server that says `greeting` before anybody asked, and `answer` to whatever comes. */
async function connectionTo(greeting: string, answer: string, way: Way = 'TCP') {
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
  const addresses = new Addresses();
  const dialing = { attempted: 'GET', host: '127.0.0.1', port, trust, addresses, connectMs: 2000, signal, ...over };
  const connection = await openConnection(dialing, createBufferPool(), () => 512 * 1024);
  cleanUps.push(() => {
    connection.socket.destroy();
    server.close();
  });
  connection.socket.resume();
  return connection;
}

it('bytes from before anybody listened are no answer to what is asked then: the connection is closed', async () => {
  const connection = await connectionTo('HTTP/1.1 200 OK\r\n\r\n', '');
  while (!connection.unheard) await delay(5);
  const heard: Uint8Array[] = [];
  connection.listen((bytes) => heard.push(bytes));
  expect([connection.socket.destroyed, heard]).toEqual([true, []]);
});

it('only the newest listener hears what comes', async () => {
  const connection = await connectionTo('', 'answer');
  const heard: string[] = [];
  connection.listen((bytes) => heard.push(`first: ${Buffer.from(bytes)}`));
  connection.listen((bytes) => heard.push(`second: ${Buffer.from(bytes)}`));
  connection.socket.write('?');
  while (heard.length === 0) await delay(5);
  expect(heard).toEqual(['second: answer']);
});

it.each<[Way, string, (socket: Socket) => unknown]>([
  ['TLS', 'in this turn', () => undefined],
  ['TLS inside of a tunnel', 'while the socket was paused', (socket) => socket.pause()],
])('bytes of %s, read %s, are not for who listens from now on: the connection is closed', async (way, _, prepare) => {
  const connection = await connectionTo('', 'answer', way);
  const heard: string[] = [];
  connection.listen((bytes) => heard.push(`first: ${Buffer.from(bytes)}`));
  await nextTurn();
  prepare(connection.socket);
  connection.socket.write('?');
  // Such an immediate was set before the poll, so that it runs before what reading sets.
  for (let turn = 0; turn < 1e6 && !connection.unheard; turn += 1) await nextTurn();
  expect([connection.unheard, heard]).toEqual([true, []]);
  connection.listen((bytes) => heard.push(`second: ${Buffer.from(bytes)}`));
  expect(connection.socket.destroyed).toBe(true);
  connection.socket.resume();
  await new Promise((resolve) => connection.socket.once('close', resolve));
  expect(heard).toEqual([]);
});
