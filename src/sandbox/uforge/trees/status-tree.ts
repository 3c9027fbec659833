import { own, type UforgeImage } from '../objects.js';
import type { Tree } from '../xml.js';

/** What `status` says, whatever it is of. */
export interface Progress {
  readonly state: UforgeImage['state'];
  /** Of 100. */
  readonly percentage: number;
  /** What it is of, below the user. */
  readonly path: string;
  /** Of a publication. */
  readonly published?: boolean;
}

/** `status`: in the order of the schema. */
export function statusTree({ state, percentage, path, published }: Progress): Tree {
  const failed = state === 'error' || state === 'complete-with-error';
  return {
    cancelled: state === 'cancelled',
    complete: state === 'complete' || state === 'complete-with-error',
    detailedError: false,
    error: failed,
    errorMessage: failed ? 'No space left on the build machine <br/> & more' : undefined,
    message: state === 'complete' ? 'Done' : state === 'queued' ? 'In queue' : 'Installing packages',
    parentUri: own(path),
    percentage,
    published,
  };
}

export function imageStatusTree({ state, percentage, path, kind }: UforgeImage): Tree {
  return statusTree({ state, percentage, path, ...(kind === 'pimage' ? { published: state === 'complete' } : {}) });
}
