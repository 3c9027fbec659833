/** A direct call that took longer held up everything else for too long: progress, signals, other connections. */
const SLOW_MS = 20;
/** After a slow call threads make the calls for so long, and twice as long after each further one … */
const FIRST_REST_MS = 1_000;
/** … up to this: a disk that is quick again is noticed. */
const LONGEST_REST_MS = 60_000;

/**
 * May a call that moves much be made from the main thread? As long as such calls take no time: a write that only
 * fills memory is done sooner than a thread is woken for it, one that waits for a disk stops everything meanwhile.
 */
export interface Promptness {
  /** May the next call be a direct one? */
  readonly prompt: boolean;
  /** Makes a direct call and remembers how long it took, whether it throws or not. */
  timed<T>(call: () => T): T;
}

/** @param now milliseconds that never go back; without it no call counts as prompt */
export function createPromptness(now: (() => number) | undefined): Promptness {
  if (now === undefined) return { prompt: false, timed: (call) => call() };
  let restMs = FIRST_REST_MS;
  let restsUntil = Number.NEGATIVE_INFINITY;
  return {
    get prompt() {
      return now() >= restsUntil;
    },
    timed(call) {
      const started = now();
      try {
        return call();
      } finally {
        const ended = now();
        if (ended - started > SLOW_MS) {
          restsUntil = ended + restMs;
          restMs = Math.min(restMs * 2, LONGEST_REST_MS);
        }
      }
    },
  };
}
