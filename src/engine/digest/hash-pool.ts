import type { Algorithm } from '../../core/digest.js';
import { HashThread } from './hash-thread.js';
import type { HasherFactory } from './hasher.js';

/**
 * The digest threads of a process: one for each algorithm, started when it is first asked for and shared by all
 * files. A file that cannot be read fails alone; when a thread dies, the next start() makes a new one.
 */
export interface HashPool {
  /** Starts a digest. When its close() has resolved, no thread touches the descriptor any more. */
  readonly start: HasherFactory;
  /** Ends all threads. Digests that are still open fail. */
  close(): Promise<void>;
}

export function createHashPool(): HashPool {
  const threads = new Map<Algorithm, HashThread>();
  return {
    start(fd, algorithm, from) {
      let thread = threads.get(algorithm);
      if (thread === undefined || thread.dead) {
        thread = new HashThread(algorithm);
        threads.set(algorithm, thread);
      }
      return thread.start(fd, from);
    },
    async close() {
      const all = [...threads.values()];
      threads.clear();
      await Promise.all(all.map((thread) => thread.close()));
    },
  };
}
