import { spawnSync } from 'node:child_process';
import { linkSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { THREADED } from '#imgdl/fs/calls.js';
import { type LockFile, socketName } from '#imgdl/fs/lock-file.js';
import { lifeOf } from '#imgdl/fs/lock-life.js';
import { describeSelf, type LockOwner } from '#imgdl/fs/lock-owner.js';
import { askSocket, LockSocket } from '#imgdl/fs/lock-socket.js';
import { scratch } from '../support/scratch.js';
import { ownerFacts } from './set-up.js';

const NONCE = '00000000aaaaaaaa';
const NAME = socketName('.imgdl-0.lock', NONCE);

/** A socket file that nobody listens on: what a killed process leaves. */
async function plantDeadSocket(directory: string, name: string): Promise<void> {
  const socket = new LockSocket(directory, 'living');
  await socket.listen();
  linkSync(join(directory, 'living'), join(directory, name));
  await socket.close();
}

const SOCKETS = {
  answers: async (directory: string) => void (await new LockSocket(directory, NAME).listen()),
  refuses: (directory: string) => plantDeadSocket(directory, NAME),
  'is missing': async () => {},
} as const;

/** What the lock says of its process, beside what this process says of itself. */
const PROCESSES: Readonly<Record<string, () => Partial<LockOwner>>> = {
  'is there': () => ({ pid: process.pid }),
  'has ended': () => ({ pid: spawnSync('true').pid }),
  'has the pid of a later one': () => ({ pid: process.pid, start: '1' }),
  'was in a container of another host name': () => ({ host: 'c1', pidns: 'pid:[1]' }),
  'was in a container with a boot id of its own': () => ({ boot: 'b', pidns: 'pid:[1]' }),
  'was before a reboot': () => ({ boot: 'earlier' }),
  'is on another machine': () => ({ host: 'other', machine: 'm', boot: 'b' }),
};

const HERE = new Set(['is there', 'has ended', 'has the pid of a later one']);

/** The rule again, in one sentence each. */
function expected(socket: string, process: string, local: boolean): string {
  if (socket === 'answers') return 'alive';
  if (HERE.has(process)) return process === 'is there' ? 'alive' : 'dead';
  if (local) return socket === 'has none' && process !== 'was before a reboot' ? 'unseen' : 'dead';
  return 'unseen';
}

const rows = [...Object.keys(SOCKETS), 'has none'].flatMap((socket) =>
  Object.keys(PROCESSES).flatMap((process) => [true, false].map((local) => ({ socket, process, local }))),
);

it.each(rows)('its socket $socket, its process $process, local file system: $local', async (row) => {
  const { socket, process, local } = row;
  const directory = scratch();
  const facts = ownerFacts();
  const self = await describeSelf(facts);
  const has = socket !== 'has none';
  if (has) await SOCKETS[socket as keyof typeof SOCKETS](directory);
  const owner: LockOwner = { ...self, ...PROCESSES[process]?.(), nonce: NONCE, socket: has };
  const found: LockFile = { inode: { dev: 1n, ino: 1n }, ctimeNs: 0n, owner };
  const place = { path: join(directory, '.imgdl-0.lock'), directory, local, shown: 'x' };
  const own = new LockSocket(directory, 'own');
  const attempt = { place, self, facts, ownPath: join(directory, 'new'), socket: own, calls: THREADED };
  expect(await lifeOf(found, attempt)).toBe(expected(socket, process, local));
});

it('a socket in a directory with a long path answers under its own name', async () => {
  const directory = scratch();
  const deep = join(directory, 'd'.repeat(120), 'e'.repeat(120));
  spawnSync('mkdir', ['-p', deep]);
  const socket = new LockSocket(deep, NAME);
  expect(await socket.listen()).toBe(true);
  expect([readdirSync(deep), lstatSync(join(deep, NAME)).isSocket()]).toEqual([[NAME], true]);
  expect([await askSocket(deep, NAME), await socket.isThere()]).toEqual(['answered', true]);
  await socket.close();
  expect([readdirSync(deep), await askSocket(deep, NAME)]).toEqual([[], 'missing']);
});
