import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { LockPlace } from '#imgdl/fs/lock-file.js';
import { describeSelf } from '#imgdl/fs/lock-owner.js';
import { LockSocket } from '#imgdl/fs/lock-socket.js';
import { namesIn, sweepLocks } from '#imgdl/fs/lock-sweep.js';
import { scratch } from '../support/scratch.js';
import { attemptAt, deadOwner, placeIn, plantDeadSocket } from './lock-set-up.js';
import { ownerFacts } from './set-up.js';

const NONCE = '00000000aaaaaaaa';
const SOCKET = `.imgdl-0.${NONCE}.sock`;

const listening: LockSocket[] = [];

afterEach(async () => {
  for (const socket of listening.splice(0)) await socket.close();
});

/** What lies beside the lock that is held now. */
interface Row {
  readonly name: string;
  readonly plant: (path: string, directory: string) => void | Promise<void>;
  readonly place?: Partial<LockPlace>;
  readonly goes: boolean;
}

const ofDead = async (path: string): Promise<void> => writeFileSync(path, JSON.stringify(await deadOwner(NONCE)));
const ofLiving = async (path: string): Promise<void> =>
  writeFileSync(path, JSON.stringify({ ...(await describeSelf(ownerFacts())), nonce: NONCE }));
const empty = (path: string): void => writeFileSync(path, '');
const deadSocket = (_: string, directory: string): Promise<void> => plantDeadSocket(directory, SOCKET);

async function livingSocket(_: string, directory: string): Promise<void> {
  const socket = new LockSocket(directory, SOCKET);
  listening.push(socket);
  await socket.listen();
}

const rows: readonly (readonly [sentence: string, row: Row])[] = [
  ['the file of a dead process', { name: `.imgdl-0.lock.${NONCE}.new`, plant: ofDead, goes: true }],
  ['the file of a living process', { name: `.imgdl-0.lock.${NONCE}.new`, plant: ofLiving, goes: false }],
  ['the lock of a dead heir', { name: `.imgdl-0.lock.${NONCE}.heir`, plant: ofDead, goes: true }],
  ['the lock of a living heir', { name: `.imgdl-0.lock.${NONCE}.heir`, plant: ofLiving, goes: false }],
  [
    'a file that was never written, wherever it is',
    { name: `.imgdl-0.lock.${NONCE}.new`, plant: empty, place: { local: false }, goes: true },
  ],
  [
    'the torn lock of an heir where another kernel may have it',
    { name: `.imgdl-0.lock.${NONCE}.heir`, plant: empty, place: { local: false }, goes: false },
  ],
  ['the torn lock of an heir', { name: `.imgdl-0.lock.${NONCE}.heir`, plant: empty, goes: true }],
  ['a directory with such a name', { name: '.imgdl-0.lock.x', plant: (path) => mkdirSync(path), goes: false }],
  ['the file of another target', { name: `.imgdl-1.lock.${NONCE}.new`, plant: ofDead, goes: false }],
  ['a file of the user', { name: 'disk.img', plant: empty, goes: false }],
  ['the socket of a dead process', { name: SOCKET, plant: deadSocket, goes: true }],
  ['the socket of a living process', { name: SOCKET, plant: livingSocket, goes: false }],
  [
    'a socket of another target',
    {
      name: `.imgdl-1.${NONCE}.sock`,
      plant: (path, directory) => plantDeadSocket(directory, path.slice(directory.length + 1)),
      goes: false,
    },
  ],
  ['a file named like a socket', { name: SOCKET, plant: empty, goes: false }],
  [
    'a socket where another kernel may have it',
    { name: SOCKET, plant: deadSocket, place: { local: false }, goes: false },
  ],
  [
    'a socket where another kernel may have it, which the user says is over',
    { name: SOCKET, plant: deadSocket, place: { local: false, overrule: true }, goes: true },
  ],
];

describe('beside a lock that is held', () => {
  it.each(rows)('%s goes only if it is of the dead', async (_, { name, plant, place, goes }) => {
    const directory = scratch();
    const path = join(directory, name);
    await plant(path, directory);
    await sweepLocks(await attemptAt(placeIn(directory, place)), async () => [name]);
    expect(existsSync(path)).toBe(!goes);
  });

  it('what was listed and is gone by now holds nothing up, nor does what cannot be judged', async () => {
    const directory = scratch();
    const last = `.imgdl-0.lock.${NONCE}.new`;
    mkdirSync(join(directory, '.imgdl-0.lock.x'));
    await ofDead(join(directory, last));
    const names = ['.imgdl-0.lock.y.new', '.imgdl-0.00000000bbbbbbbb.sock', '.imgdl-0.lock.x', last];
    await sweepLocks(await attemptAt(placeIn(directory)), async () => names);
    expect(await namesIn(directory)).toEqual(['.imgdl-0.lock.x']);
  });

  it('our own socket stays, and the sockets of other users', async () => {
    const directory = scratch();
    await plantDeadSocket(directory, SOCKET);
    const attempt = await attemptAt(placeIn(directory));
    await sweepLocks({ ...attempt, self: { ...attempt.self, nonce: NONCE } }, async () => [SOCKET]);
    const ofAnother = { ...attempt, facts: ownerFacts({ uid: 54321 }) };
    await sweepLocks(ofAnother, async () => [SOCKET]);
    expect(await namesIn(directory)).toEqual([SOCKET]);
  });

  it('nothing is found where nothing can be listed', async () => {
    expect(await namesIn(join(scratch(), 'none'))).toEqual([]);
  });
});
