/** Time, as whoever waits is handed it. */

export interface Clock {
  /** Milliseconds of a monotonic clock. */
  now(): number;
  /** Milliseconds since 1970. */
  wall(): number;
  /** Rejects with the signal's reason when aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** [0, 1). */
  random(): number;
  /** Milliseconds that this thread has had work to do since its start. Absent: not known. */
  busy?(): number;
}
