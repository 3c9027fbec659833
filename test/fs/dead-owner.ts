import { spawnSync } from 'node:child_process';
import { describeSelf, type LockOwner } from '#imgdl/fs/lock-owner.js';
import { ownerFacts } from './set-up.js';

/** The number of a process that is no more; were it given to another one, the start time below is not that one's. */
const { pid } = spawnSync('true');

/** An owner on this machine that has ended, and its socket with it. */
export async function deadOwner(nonce: string): Promise<LockOwner> {
  return { ...(await describeSelf(ownerFacts())), pid, start: '1', nonce, socket: true };
}
