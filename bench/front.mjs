/**
 * A TCP proxy in front of a server, in a process of its own: node front.mjs PORT DELAY_MS WINDOW_BYTES
 *
 * Models a long line. Every answer arrives DELAY_MS late, the first of a connection twice that (its handshake has
 * been there and back too), and at most WINDOW_BYTES of a connection are on their way, so that one connection has
 * WINDOW_BYTES per DELAY_MS. There is no slow start and no loss: real lines are worse.
 *
 * Writes JSON lines: `{"port":N}`, then for each connection `{"at":ms,"range":"…"}` when its first answer byte goes out.
 */
import { connect, createServer } from 'node:net';

const [target, delayMs, window] = process.argv.slice(2).map(Number);
const say = (fact) => process.stdout.write(`${JSON.stringify(fact)}\n`);
const now = () => performance.now();

const server = createServer((client) => {
  const upstream = connect(target, '127.0.0.1');
  const line = []; // chunks on their way: {due, chunk}
  let onTheWay = 0;
  let extra = delayMs;
  let range = '';
  let timer;
  let ended = false;
  let told = false;

  const flush = () => {
    timer = undefined;
    while (line.length > 0 && line[0].due <= now()) {
      const { chunk } = line.shift();
      onTheWay -= chunk.length;
      if (!told) {
        told = true;
        say({ at: Date.now(), range });
      }
      if (!client.write(chunk)) {
        upstream.pause();
        client.once('drain', flush);
        return;
      }
    }
    if (onTheWay < window) upstream.resume();
    if (line.length > 0) timer ??= setTimeout(flush, Math.max(0, line[0].due - now()));
    else if (ended) client.end();
  };

  client.setNoDelay(true);
  client.on('data', (chunk) => {
    range = /\r\nrange: *([^\r]*)/i.exec(chunk.toString('latin1'))?.[1] ?? range;
    upstream.write(chunk);
  });
  client
    .on('end', () => upstream.end())
    .on('close', () => {
      clearTimeout(timer);
      upstream.destroy();
    });
  upstream.on('data', (chunk) => {
    line.push({ due: now() + delayMs + extra, chunk });
    extra = 0;
    onTheWay += chunk.length;
    if (onTheWay >= window) upstream.pause();
    timer ??= setTimeout(flush, Math.max(0, line[0].due - now()));
  });
  upstream.on('end', () => {
    ended = true;
    timer ??= setTimeout(flush, line.length > 0 ? Math.max(0, line[0].due - now()) : 0);
  });
  for (const socket of [client, upstream]) socket.on('error', () => {});
});
server.listen(0, '127.0.0.1', () => say({ port: server.address().port }));
// Nobody is left behind when the bench dies.
process.stdin.on('end', () => process.exit(0)).resume();
