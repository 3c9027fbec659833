/** How a job ended. */
export type Ended<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'failed'; readonly error: unknown };

/**
 * Runs jobs in their order, at most `most` at once. One that fails does not stop the others. When `signal` is aborted
 * no further job starts; those that run are waited for, as they have something to save. A job that never started has
 * failed with the reason of the signal.
 *
 * @returns how each ended, in the order of the jobs. Never rejects.
 */
export async function runQueue<T>(
  jobs: readonly (() => Promise<T>)[],
  most: number,
  signal: AbortSignal,
): Promise<readonly Ended<T>[]> {
  const ended: Ended<T>[] = [];
  const waiting = jobs.entries();
  const worker = async (): Promise<void> => {
    // One iterator for all workers: each takes the next job that nobody has taken.
    for (const [at, job] of waiting) {
      ended[at] = await settled(() => {
        signal.throwIfAborted();
        return job();
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, jobs.length) }, worker));
  return ended;
}

/** How one job ends. Never rejects. */
export async function settled<T>(job: () => Promise<T>): Promise<Ended<T>> {
  try {
    return { kind: 'done', value: await job() };
  } catch (error) {
    return { kind: 'failed', error };
  }
}
