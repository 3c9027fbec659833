import { Server } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { type Sandbox, startSandbox } from '#imgdl/sandbox/sandbox.js';
import { ALICE, get } from './client.js';

let sandbox: Sandbox | undefined;
afterEach(async () => {
  await sandbox?.close();
  sandbox = undefined;
});

test('the examples use only variables of the environment', async () => {
  sandbox = await startSandbox({ size: 1000 });
  const used = sandbox.examples.flatMap((line) => [...line.matchAll(/\$(\w+)/g)].map((match) => match[1] ?? ''));
  expect(used.length).toBeGreaterThan(8);
  for (const name of used) expect(sandbox.environment).toHaveProperty(name);
});

test('SANDBOX_URL works without credentials, once, and does not spend the key of the metadata', async () => {
  sandbox = await startSandbox({ size: 1000 });
  const url = sandbox.environment['SANDBOX_URL'] ?? '';
  expect((await get(url)).body.length).toBe(1000);
  expect((await get(url)).status).toBe(401);
  const { text } = await get(`${sandbox.urls.uforge}/users/alice/appliances/747/images/1095`, { headers: ALICE });
  const uri = /<downloadUri>(.*?)</.exec(text)?.[1];
  expect((await get(`${sandbox.urls.uforge}/${uri}`)).status).toBe(200);
});

test('a terabyte costs nothing, has no digests unless asked for, and its last bytes are where they belong', async () => {
  const size = 2 ** 40;
  sandbox = await startSandbox({ size });
  const metadata = await get(`${sandbox.urls.uforge}/users/alice/appliances/747/images/1095`, { headers: ALICE });
  expect(metadata.text).toContain(`<fileSize>${size}</fileSize>`);
  expect(metadata.text).not.toContain('md5sum');
  const tail = await get(`${sandbox.urls.files}/image.raw`, { headers: { range: `bytes=${size - 5000}-` } });
  expect(tail.body.equals(sandbox.control.object('files/image.raw').bytes(size - 5000, size))).toBe(true);
});

test('a port that is taken is an error, not a hang', async () => {
  sandbox = await startSandbox({ size: 1000 });
  const port = Number(new URL(sandbox.urls.origin).port);
  await expect(startSandbox({ size: 1000, port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

test('closing ends connections that are open', async () => {
  const other = await startSandbox({ size: 1_000_000, stallAfter: 10 });
  const answer = get(`${other.urls.files}/image.raw`);
  await new Promise((resolve) => setTimeout(resolve, 100));
  await other.close();
  expect((await answer).complete).toBe(false);
});

test('when the second listener cannot be had, the first is closed: nothing keeps the process alive', async () => {
  const { listen } = Server.prototype;
  const servers: Server[] = [];
  const spy = vi.spyOn(Server.prototype, 'listen').mockImplementation(function (this: Server, ...args: unknown[]) {
    servers.push(this);
    if (servers.length === 2) {
      process.nextTick(() => this.emit('error', new Error('no more files')));
      return this;
    }
    return Reflect.apply(listen, this, args);
  });
  await expect(startSandbox({ size: 1000 })).rejects.toThrow('no more files');
  spy.mockRestore();
  expect(servers.map((server) => server.listening)).toEqual([false, false]);
});
