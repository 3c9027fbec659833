import type { Algorithm } from '../../core/digest.js';
import { startHashThread } from './hash-thread.js';
import type { Hasher } from './hasher.js';

/** One digest in a thread of its own, which ends with it. Who hashes several files shares a pool of threads. */
export function startHasher(fd: number, algorithm: Algorithm, from: number): Hasher {
  const thread = startHashThread(algorithm);
  const hasher = thread.start(fd, from);
  return {
    algorithm,
    from,
    get position() {
      return hasher.position;
    },
    advance: hasher.advance,
    mark: hasher.mark,
    passed: hasher.passed,
    lend: (memory) => hasher.lend?.(memory),
    async close() {
      await Promise.all([hasher.close(), thread.close()]);
    },
  };
}
