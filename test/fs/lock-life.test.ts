import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { type LockFile, socketName } from '#imgdl/fs/lock-file.js';
import { lifeOf } from '#imgdl/fs/lock-life.js';
import { describeSelf, type LockOwner } from '#imgdl/fs/lock-owner.js';
import { LockSocket } from '#imgdl/fs/lock-socket.js';
import { scratch } from '../support/scratch.js';
import { attemptAt, deadOwner, placeIn, plantDeadSocket } from './lock-set-up.js';
import { ownerFacts } from './set-up.js';

const NONCE = '00000000aaaaaaaa';
const NAME = socketName('.imgdl-0.lock', NONCE);

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
  const self = await describeSelf(ownerFacts());
  const has = socket !== 'has none';
  if (has) await SOCKETS[socket as keyof typeof SOCKETS](directory);
  const owner: LockOwner = { ...self, ...PROCESSES[process]?.(), nonce: NONCE, socket: has };
  const found: LockFile = { inode: { dev: 1n, ino: 1n }, ctimeNs: 0n, owner };
  expect(await lifeOf(found, await attemptAt(placeIn(directory, { local })))).toBe(expected(socket, process, local));
});

it.each([
  [true, 'dead'],
  [false, 'unseen'],
] as const)('a lock that names no owner, local file system: %s, is %s', async (local, life) => {
  const found: LockFile = { inode: { dev: 1n, ino: 1n }, ctimeNs: 0n };
  expect(await lifeOf(found, await attemptAt(placeIn(scratch(), { local })))).toBe(life);
});

it('an owner that made no socket is known by its process, also where no socket can be asked', async () => {
  const owner: LockOwner = { ...(await deadOwner(NONCE)), socket: false };
  const found: LockFile = { inode: { dev: 1n, ino: 1n }, ctimeNs: 0n, owner };
  expect(await lifeOf(found, await attemptAt(placeIn('/nonexistent')))).toBe('dead');
});
