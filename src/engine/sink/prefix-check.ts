import type { Claims } from '../../core/claims.js';
import type { Algorithm } from '../../core/digest.js';
import type { JournalHave } from '../../core/storage.js';
import type { DigestSet } from '../digest/digest-set.js';
import type { Hasher, HasherFactory } from '../digest/hasher.js';

/** Algorithm of the checkpoints that a resumed run writes until the old prefix is hashed again. */
const TAIL_ALGORITHM: Algorithm = 'sha256';

/**
 * Checks the bytes of an earlier run while the rest arrives. They are good up to the last checkpoint before the first
 * whose digest does not match.
 */
export interface PrefixCheck {
  /** Everything claimed by the earlier run is proven. */
  readonly proven: boolean;
  /** Resolves with true when all is proven, with false after the disproof was reported. @throws AppError fs.io */
  readonly outcome: Promise<boolean>;
  advance(end: number): void;
  /** The line of a checkpoint at `end` while the prefix is unproven: it covers only the bytes since. */
  tailLine(end: number): Promise<JournalHave>;
  close(): Promise<void>;
}

/** Nothing was kept. */
export const NOTHING_TO_CHECK: PrefixCheck = {
  proven: true,
  outcome: Promise.resolve(true),
  advance: () => {},
  tailLine: () => Promise.reject(new Error('a fresh file has no tail')),
  close: async () => {},
};

/** @param onDisproved called at most once with the end of what is good */
export function checkPrefix(
  fd: number,
  claims: Claims,
  digests: DigestSet,
  start: HasherFactory,
  onDisproved: (goodEnd: number) => void,
): PrefixCheck {
  const base = claims.prefix.at(-1)?.end ?? 0;
  const tail: Hasher = start(fd, TAIL_ALGORITHM, base);
  let proven = false;
  let closed = false;

  // All marks are asked for before anybody advances: a hasher must know of them before it runs past.
  const checks = [
    ...claims.prefix.map((line) => checkOf(line, digests)),
    ...claims.tail.map((line) => ({ line, hex: tail.mark(line.end), expected: line.digests[TAIL_ALGORITHM] })),
  ];
  // After the first that fails nobody waits for the others any more.
  for (const check of checks) check.hex.catch(() => {});
  const outcome = (async (): Promise<boolean> => {
    let good = 0;
    for (const check of checks) {
      // A thread that cannot run or read is no word about the bytes: it must not cost them.
      const hex = await check.hex.catch((error: unknown) => {
        if (!closed) throw error;
        return '';
      });
      if (closed) return false;
      if (hex !== check.expected) {
        onDisproved(good);
        return false;
      }
      good = check.line.end;
    }
    proven = true;
    return true;
  })();

  return {
    get proven() {
      return proven;
    },
    outcome,
    advance: (end) => tail.advance(end),
    tailLine: async (end) => ({ t: 'have', start: base, end, digests: { [TAIL_ALGORITHM]: await tail.mark(end) } }),
    async close() {
      closed = true;
      await tail.close();
    },
  };
}

/** Compares one algorithm of a line: one that runs anyway, else the line's first is started for it. */
function checkOf(
  line: JournalHave,
  digests: DigestSet,
): { line: JournalHave; hex: Promise<string>; expected: string | undefined } {
  const recorded = Object.keys(line.digests) as Algorithm[];
  let hasher = digests.running.find((running) => recorded.includes(running.algorithm));
  if (hasher === undefined) {
    digests.want(recorded.slice(0, 1));
    hasher = digests.running.find((running) => recorded.includes(running.algorithm));
  }
  if (hasher === undefined) return { line, hex: Promise.resolve(''), expected: undefined };
  return { line, hex: hasher.mark(line.end), expected: line.digests[hasher.algorithm] };
}
