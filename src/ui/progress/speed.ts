/** An average that forgets: what was received counts less the longer ago it was. Times are monotonic milliseconds. */
export interface Speed {
  readonly bytesPerMs: number;
  readonly at: number;
  readonly received: number;
  readonly samples: number;
}

/** After this time a change of speed is shown for two thirds. */
const MEMORY_MS = 4_000;
/** Shorter intervals say more about buffers than about the network. */
const SAMPLE_MS = 250;

/** The average after `received` bytes in all. */
export function nextSpeed(speed: Speed | undefined, received: number, now: number): Speed {
  if (speed === undefined) return { bytesPerMs: 0, at: now, received, samples: 0 };
  const elapsedMs = now - speed.at;
  if (elapsedMs < SAMPLE_MS) return speed;
  const current = (received - speed.received) / elapsedMs;
  // The first samples count fully, else the display would climb from zero for seconds.
  const weight = Math.max(1 - Math.exp(-elapsedMs / MEMORY_MS), 1 / (speed.samples + 1));
  return {
    bytesPerMs: speed.bytesPerMs + weight * (current - speed.bytesPerMs),
    at: now,
    received,
    samples: speed.samples + 1,
  };
}

/** Bytes per millisecond now; it fades while nothing comes. Undefined until it means something. */
export function speedAt(speed: Speed | undefined, now: number): number | undefined {
  if (speed === undefined || speed.samples === 0) return undefined;
  const silentMs = now - speed.at - 2 * SAMPLE_MS;
  return silentMs > 0 ? speed.bytesPerMs * Math.exp(-silentMs / MEMORY_MS) : speed.bytesPerMs;
}
