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
