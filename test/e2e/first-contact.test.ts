import { createServer } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runHere, type Said } from '../support/in-process.js';
import { listening } from '../support/listening.js';
import { scratch } from '../support/scratch.js';

/** Where nobody listens. */
let nobody = '';
let files = '';
let close = async (): Promise<void> => {};
beforeAll(async () => {
  const gone = await listening(createServer());
  nobody = `127.0.0.1:${gone.port}`;
  await gone.close();
  const server = await listening(createServer((_request, response) => response.end('image')));
  files = `http://127.0.0.1:${server.port}`;
  close = server.close;
});
afterAll(() => close());

interface Asked {
  readonly args: () => readonly string[];
  readonly env?: () => Readonly<Record<string, string>>;
  readonly attempts: number;
}

const uforge = (): Record<string, string> => ({
  IMGDL_URL: `http://${nobody}/api`,
  IMGDL_USER: 'alice',
  IMGDL_PASSWORD: 'other-word',
});
const cloud = (): Record<string, string> => ({
  OS_AUTH_URL: `http://${nobody}/v3`,
  OS_USERNAME: 'alice',
  OS_PASSWORD: 'other-word',
  OS_PROJECT_NAME: 'lab',
});

const COMMANDS: Readonly<Record<string, Asked>> = {
  'an image': { args: () => ['url', `http://${nobody}/x.img`], attempts: 3 },
  metadata: { args: () => ['appliance', 'image', '747', '1'], env: uforge, attempts: 3 },
  'a list': { args: () => ['appliance', 'list'], env: uforge, attempts: 3 },
  'a log-in': { args: () => ['glance', 'image', 'debian'], env: cloud, attempts: 3 },
  'a log-in for a list': { args: () => ['glance', 'list'], env: cloud, attempts: 3 },
  'a checksum file': {
    args: () => ['url', `${files}/x.img`, '--checksums', `http://${nobody}/SUMS`],
    attempts: 3,
  },
  'through a proxy': { args: () => ['url', 'http://images.invalid/x.img', '--proxy', `http://${nobody}`], attempts: 3 },
  'an image, with --retries 0': { args: () => ['url', `http://${nobody}/x.img`, '--retries', '0'], attempts: 1 },
};

/** The attempts at it are told by the number in the message. */
function attemptsIn({ code, stderr }: Said): unknown {
  const names = stderr.includes(`connection refused (${nobody})`);
  return { code, names, attempts: Number(/\((\d+) attempts\)/.exec(stderr)?.[1] ?? 1) };
}

test('a server that is not there is given up after two quick retries, whatever it is asked for', async () => {
  const rows = Object.entries(COMMANDS);
  const ends = await Promise.all(
    rows.map(async ([, { args, env }]) => {
      const directory = scratch();
      return attemptsIn(await runHere(args(), { cwd: directory, home: directory, env: env?.() ?? {} }));
    }),
  );
  expect(Object.fromEntries(rows.map(([name], at) => [name, ends[at]]))).toEqual(
    Object.fromEntries(rows.map(([name, { attempts }]) => [name, { code: 6, names: true, attempts }])),
  );
});
