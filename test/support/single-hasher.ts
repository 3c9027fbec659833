import type { Algorithm } from '#imgdl/core/digest.js';
import { HashThread } from '#imgdl/engine/digest/hash-thread.js';
import type { Hasher } from '#imgdl/engine/digest/hasher.js';

/** One digest in a thread of its own, which ends with it. The product shares a pool of threads. */
export function startHasher(fd: number, algorithm: Algorithm, from: number): Hasher {
  const thread = new HashThread(algorithm);
  const hasher = thread.start(fd, from);
  return {
    algorithm,
    from,
    get position() {
      return hasher.position;
    },
    advance: (end) => hasher.advance(end),
    mark: (end) => hasher.mark(end),
    passed: (end) => hasher.passed(end),
    attach: (buffer) => hasher.attach?.(buffer),
    async close() {
      await Promise.all([hasher.close(), thread.close()]);
    },
  };
}
