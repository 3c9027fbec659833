import { AppError } from '../core/errors.js';
import type { LocalFacts, Workspace } from '../core/storage.js';
import { freeBytes } from './space.js';

/** The place of a download in a directory that would have to be made: a dry run looks at it and makes nothing. */
export class UnmadeWorkspace implements Workspace {
  readonly target: string;
  readonly #parent: string;

  /** @param parent where the directory would be, which exists */
  constructor(parent: string, target: string) {
    this.#parent = parent;
    this.target = target;
  }

  async inspect(): Promise<LocalFacts> {
    const free = await freeBytes(this.#parent);
    return { target: { kind: 'absent' }, part: { kind: 'none' }, ...(free !== undefined && { freeBytes: free }) };
  }

  readonly lock = nothingThere;
  readonly open = nothingThere;
  readonly reserve = nothingThere;
  readonly publish = nothingThere;
  readonly finishPublished = nothingThere;
  readonly keepTarget = nothingThere;
  readonly discard = nothingThere;
  readonly digestTarget = nothingThere;
  readonly openTarget = nothingThere;
  readonly readReceipt = nothingThere;
  readonly writeReceipt = nothingThere;

  async expectReceipt(): Promise<void> {}
}

function nothingThere(): Promise<never> {
  return Promise.reject(new AppError('bug', 'a dry run works in a directory that is not there'));
}
