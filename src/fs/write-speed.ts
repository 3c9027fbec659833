/** Direct calls may take as long as a disk of 200 MB/s needs for what they move … */
const BYTES_PER_MS = 200_000;
/** … and that much longer in all, for a processor is shared. What takes more holds up everything else for too long. */
const GRACE_MS = 20;
/** After a slow call threads make the calls for so long, and twice as long after each further one … */
const FIRST_PAUSE_MS = 1_000;
/** … up to this: a disk that is fast again is noticed. */
const LONGEST_PAUSE_MS = 60_000;
/** Fast for so long after a pause: what was slow is forgotten. */
const FORGOTTEN_MS = 60_000;

/**
 * May a call that moves much be made from the main thread? As long as such calls take no time: a write that only
 * fills memory is done sooner than a thread is woken for it, one that waits for a disk stops everything meanwhile:
 * progress, signals, other connections. One for all files of a disk.
 */
export interface WriteSpeed {
  /** May the next call be a direct one? */
  readonly fast: boolean;
  /** Makes a direct call that moves so many bytes and remembers how long it took, whether it throws or not. */
  timed<T>(bytes: number, call: () => T): T;
}

/** @param now milliseconds that never go back; without it no call counts as fast */
export function createWriteSpeed(now: (() => number) | undefined): WriteSpeed {
  if (now === undefined) return { fast: false, timed: (_, call) => call() };
  let pauseMs = FIRST_PAUSE_MS;
  let pausedUntil = Number.NEGATIVE_INFINITY;
  /** How much longer than they may the calls have taken so far. */
  let lateMs = 0;
  const slow = (at: number): void => {
    if (at - pausedUntil > FORGOTTEN_MS) pauseMs = FIRST_PAUSE_MS;
    pausedUntil = at + pauseMs;
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    lateMs = 0;
  };
  return {
    get fast() {
      return now() >= pausedUntil;
    },
    timed(bytes, call) {
      const started = now();
      try {
        return call();
      } finally {
        const ended = now();
        lateMs = Math.max(0, lateMs + (ended - started) - bytes / BYTES_PER_MS);
        if (lateMs > GRACE_MS) slow(ended);
      }
    },
  };
}
