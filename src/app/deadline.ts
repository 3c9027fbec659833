import { AppError } from '../core/errors.js';
import type { Settings } from '../core/option.js';
import { systemClock } from './clock.js';
import { DEADLINE } from './options.js';

/** What `--deadline` limits: everything from the reading of the settings on. Clear it when that is over. */
export interface Deadline {
  /** Value of the clock's now() at which it has passed; undefined: never. */
  readonly at: number | undefined;
  clear(): void;
}

/** @param abort aborted when the deadline has passed */
export function startDeadline(settings: Settings, abort: AbortController): Deadline {
  const ms = settings.get(DEADLINE);
  if (ms === undefined) return { at: undefined, clear() {} };
  const error = new AppError('net.deadline', 'downloading: the --deadline has passed', {
    hint: 'run the same command again to resume',
  });
  const timer = setTimeout(() => abort.abort(error), ms);
  return { at: systemClock.now() + ms, clear: () => clearTimeout(timer) };
}
