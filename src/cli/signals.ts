import { constants } from 'node:os';

/** The reason with which everything is aborted when a signal came. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  constructor(readonly signal: NodeJS.Signals) {
    super(`stopped by ${signal}`);
  }

  get number(): number {
    return constants.signals[this.signal];
  }
}

/** SIGHUP too: Node takes the disposition that nohup sets away, so that a hang-up always ends the process. */
const WATCHED: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** timeout(1) of coreutils sends its signal to the process and once more to the group: that is one request. */
const SAME_MS = 300;

/**
 * The first signal aborts, so that a checkpoint can be written; a second one ends at once.
 * @returns stops watching
 */
export function watchSignals(abort: AbortController): () => void {
  let first: { readonly signal: NodeJS.Signals; readonly at: number } | undefined;
  const listeners = WATCHED.map((signal) => {
    const listener = (): void => {
      const now = performance.now();
      if (first?.signal === signal && now - first.at < SAME_MS) return;
      if (abort.signal.aborted) raiseAgain(signal);
      first ??= { signal, at: now };
      abort.abort(new Interrupted(signal));
    };
    process.on(signal, listener);
    return [signal, listener] as const;
  });
  return () => {
    for (const [signal, listener] of listeners) process.removeListener(signal, listener);
  };
}

/**
 * Ends this process by the signal itself, so that a shell's loop stops and the exit status tells the truth.
 * Node ignores SIGPIPE from the start; a listener that comes and goes restores the default.
 */
export function raiseAgain(signal: NodeJS.Signals): void {
  process.removeAllListeners(signal);
  const restore = (): void => {};
  process.on(signal, restore);
  process.removeListener(signal, restore);
  process.kill(process.pid, signal);
}
