/**
 * A server in a thread of its own, so that it can write while the event loop of its client stands still. Told to, it
 * writes an answer that nobody asked for on every connection; `turn` becomes 1 when the kernel has it.
 */
import { createServer as createTcp } from 'node:net';
import { createServer as createTls } from 'node:tls';
import { parentPort, workerData } from 'node:worker_threads';

const { tls, turn } = workerData;
const sockets = new Set();
let connections = 0;

const answer = (text) => `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`;

const onConnection = (socket) => {
  connections += 1;
  const own = connections;
  // What is written goes out at once, also while the answer before has not been acknowledged.
  socket.setNoDelay(true);
  sockets.add(socket);
  socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  socket.on('data', () => socket.write(answer(`connection ${own}`)));
};

const server = tls === undefined ? createTcp(onConnection) : createTls(tls, onConnection);
server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));

parentPort.on('message', () => {
  for (const socket of sockets) {
    socket.write(answer('forged'), () => {
      Atomics.store(turn, 0, 1);
      Atomics.notify(turn, 0);
    });
  }
});
