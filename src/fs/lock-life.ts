/** Is the owner of a lock alive? */
import { type LockAttempt, type LockFile, socketName } from './lock-file.js';
import { bootedSince, type Life, lifeByProcess, processTable } from './lock-owner.js';
import { askSocket } from './lock-socket.js';

/**
 * A dead owner of this machine blocks nobody, a living one is never robbed, be it stopped, in another container or of
 * another boot id: its socket answers. Where no socket answers:
 *
 * * a process that the lock names and that is there lives;
 * * on a file system of this kernel alone, nobody else can be the owner: it is dead, also where the lock is empty or torn
 *   by a power cut;
 * * anywhere else (a network, FUSE, unknown) another kernel may have the socket: dead only if the process table proves it.
 *
 * An owner that could make no socket is known by its process alone.
 */
export async function lifeOf(
  { owner }: LockFile,
  attempt: Pick<LockAttempt, 'place' | 'self' | 'facts'>,
): Promise<Life> {
  const { local } = attempt.place;
  if (owner === undefined) return local ? 'dead' : 'unseen';
  if (owner.socket) {
    const { path, directory } = attempt.place;
    if ((await askSocket(directory, socketName(path, owner.nonce))) === 'answered') return 'alive';
  }
  const life = await lifeByProcess(owner, attempt.self, processTable(attempt.facts));
  if (life !== 'unseen' || !local) return life;
  return owner.socket || bootedSince(owner, attempt.self) ? 'dead' : 'unseen';
}
