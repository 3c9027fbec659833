/** The middle value; the mean of the two middle ones for an even count. Undefined for none. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  return upper === undefined || lower === undefined ? undefined : (upper + lower) / 2;
}

/**
 * Medians of every figure of some runs, with the spread of the wall time.
 * A figure that a run does not have (no `time`, no first byte) is null.
 */
export function summarise(runs) {
  if (runs.length === 0) return undefined;
  const middle = (key) => {
    const values = runs.map((run) => run[key]).filter((value) => typeof value === 'number');
    return median(values) ?? null;
  };
  const walls = runs.map((run) => run.wallMs);
  return {
    wallMs: middle('wallMs'),
    wallMinMs: Math.min(...walls),
    wallMaxMs: Math.max(...walls),
    cpuMs: middle('cpuMs'),
    rssBytes: middle('rssBytes'),
    firstByteMs: middle('firstByteMs'),
  };
}

/**
 * The order of one round: everybody once, each round begins with the next one, so that nobody always runs after the
 * same neighbour and a slow spell of the machine hits all of them.
 */
export function roundOrder(count, round) {
  return Array.from({ length: count }, (_, index) => (index + round) % count);
}
