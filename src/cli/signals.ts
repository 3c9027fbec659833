import { constants } from 'node:os';
import { systemClock } from '../app/clock.js';

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

export interface WatchOptions {
  /** Those that came before anybody watched, oldest first: bin/imgdl.js keeps them. */
  readonly early?: readonly NodeJS.Signals[];
  /** Called when a second signal ends the process, just before it does. */
  readonly beforeEnd?: () => void;
}

/**
 * The first signal aborts, so that a checkpoint can be written; a second one ends at once.
 * @returns stops watching
 */
export function watchSignals(abort: AbortController, options: WatchOptions = {}): () => void {
  let first: { readonly signal: NodeJS.Signals; readonly at: number } | undefined;
  const take = (signal: NodeJS.Signals): void => {
    const now = systemClock.now();
    if (first?.signal === signal && now - first.at < SAME_MS) return;
    if (abort.signal.aborted) {
      options.beforeEnd?.();
      raiseAgain(signal);
    }
    first ??= { signal, at: now };
    abort.abort(new Interrupted(signal));
  };
  for (const signal of WATCHED) process.on(signal, take);
  stopKeeping(take);
  for (const signal of options.early ?? []) take(signal);
  return () => {
    for (const signal of WATCHED) process.removeListener(signal, take);
  };
}

/**
 * From now on signals are no longer kept by bin/imgdl.js: they go to `taker`, or end the process. The taker listens
 * before the keeper is gone, as Node loses what is on its way when the last listener goes.
 */
export function stopKeeping(taker?: NodeJS.SignalsListener): void {
  for (const signal of WATCHED) {
    for (const listener of process.listeners(signal)) {
      if (listener !== taker) process.removeListener(signal, listener);
    }
  }
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
