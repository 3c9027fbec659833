/**
 * How many connections are worth having: one more while that gives over 10 % more, one less when two windows have not
 * shown it. Pure.
 *
 * Uniform slowness never triggers anything: only the difference that the last connection made counts.
 */
export interface Tuning {
  readonly wanted: number;
  /** Throughput before the last connection was added; undefined when none is on trial. */
  readonly before: number | undefined;
  /** A window of the trial has shown no gain: a far-away connection needs one to come up to speed (slow start). */
  readonly doubted: boolean;
  /** Windows until the next trial. */
  readonly rest: number;
  /** Length of the next rest. */
  readonly nextRest: number;
}

/** What one window of time has shown. */
export interface WindowSample {
  /** Bytes per millisecond. */
  readonly rate: number;
  /** Connections that were delivering all the time: what it takes to open one is not held against it. */
  readonly live: number;
  /** May one more help? Not where the digest, the disk or a limit of our own is what holds us up. */
  readonly promising: boolean;
}

const GAIN = 1.1;
const FIRST_REST = 10;
const LONGEST_REST = 160;

export const UNTUNED: Tuning = { wanted: 1, before: undefined, doubted: false, rest: 0, nextRest: FIRST_REST };

/** The tuning after a window. */
export function tune(tuning: Tuning, { rate, live, promising }: WindowSample, most: number): Tuning {
  // Not all of them are there yet: the window says nothing.
  if (live < tuning.wanted) return tuning;
  if (tuning.before !== undefined && rate <= tuning.before * GAIN) {
    return tuning.doubted ? fewer(tuning, tuning.wanted - 1) : { ...tuning, doubted: true };
  }
  if (tuning.rest > 0) return { ...tuning, rest: tuning.rest - 1 };
  if (!promising || tuning.wanted >= most) return { ...tuning, before: undefined, doubted: false };
  return { ...tuning, wanted: tuning.wanted + 1, before: rate, doubted: false };
}

/** Fewer, because more did not help or were refused: the next trial comes later each time. */
export function fewer(tuning: Tuning, wanted: number): Tuning {
  const { nextRest } = tuning;
  return {
    wanted: Math.max(1, Math.min(wanted, tuning.wanted)),
    before: undefined,
    doubted: false,
    rest: nextRest,
    nextRest: Math.min(LONGEST_REST, nextRest * 2),
  };
}
