import { spawnSync } from 'node:child_process';
import { linkSync } from 'node:fs';
import { join } from 'node:path';
import { type Calls, THREADED } from '#imgdl/fs/calls.js';
import { type LockAttempt, type LockPlace, socketName } from '#imgdl/fs/lock-file.js';
import { describeSelf, type LockOwner, type OwnerFacts } from '#imgdl/fs/lock-owner.js';
import { LockSocket } from '#imgdl/fs/lock-socket.js';
import { ownerFacts } from './set-up.js';

export function placeIn(directory: string, changes: Partial<LockPlace> = {}): LockPlace {
  return { path: join(directory, '.imgdl-0.lock'), directory, local: true, shown: './disk.img', ...changes };
}

/** One try for a lock, as acquireLock() makes it. */
export async function attemptAt(
  place: LockPlace,
  calls: Calls = THREADED,
  facts: OwnerFacts = ownerFacts(),
): Promise<LockAttempt> {
  const self = await describeSelf(facts);
  const socket = new LockSocket(place.directory, socketName(place.path, self.nonce));
  return { place, self, facts, ownPath: `${place.path}.${self.nonce}.new`, socket, calls };
}

const FACTS = ownerFacts();

/** The number of a process that is no more; were it given to another one, the start time below is not that one's. */
const { pid } = spawnSync('true');

/** An owner on this machine that has ended, and its socket with it. */
export async function deadOwner(nonce: string): Promise<LockOwner> {
  return { ...(await describeSelf(FACTS)), pid, start: '1', nonce, socket: true };
}

/** A socket file that nobody listens on: what a killed process leaves. */
export async function plantDeadSocket(directory: string, name: string): Promise<void> {
  const socket = new LockSocket(directory, 'living');
  await socket.listen();
  linkSync(join(directory, 'living'), join(directory, name));
  await socket.close();
}
