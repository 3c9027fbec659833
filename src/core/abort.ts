/**
 * Calls `listener` once when `signal` is aborted; now, when that has happened already. The event does not come again: who
 * only listens for it waits for ever.
 *
 * @returns stops listening
 */
export function whenAborted(signal: AbortSignal, listener: () => void): () => void {
  if (signal.aborted) {
    listener();
    return () => {};
  }
  signal.addEventListener('abort', listener, { once: true });
  return () => signal.removeEventListener('abort', listener);
}

/**
 * Waits for `work`, but not longer than until `signal` is aborted. The work itself goes on: whoever began it ends it,
 * and what it fails with after the abort is told to nobody.
 *
 * @throws what `work` is rejected with, or the reason of `signal`
 */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  work.catch(() => {});
  let unlisten = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    unlisten = whenAborted(signal, () => reject(signal.reason));
  });
  try {
    return await Promise.race([aborted, work]);
  } finally {
    unlisten();
  }
}
