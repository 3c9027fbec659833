import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { createBufferPool } from '#imgdl/http/connection/buffers.js';
import { openConnection } from '#imgdl/http/connection/connection.js';

const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

/** A connection to a server that says `greeting` before anybody asked, and `answer` to whatever comes. */
async function connectionTo(greeting: string, answer: string) {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    if (greeting !== '') socket.write(greeting);
    socket.on('data', () => socket.write(answer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const signal = new AbortController().signal;
  const dialing = { attempted: 'GET', host: '127.0.0.1', port, trust: undefined, connectMs: 2000, signal };
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
  await delay(100);
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
