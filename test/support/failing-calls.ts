import { type Calls, direct } from '#imgdl/fs/calls.js';
import type { OpenFile } from '#imgdl/fs/open-file.js';

/** One call of a file system that fails: which one, counted from 0, and with what. */
export interface Failure {
  readonly at: number;
  readonly errno: string;
  /** Of the calls with this name alone. */
  readonly only?: string;
  /** It fails from then on, not only once. */
  readonly forGood?: boolean;
}

/** The calls of a real file system, of which some fail, and the names of those that were made. Nothing is synced. */
export class FailingCalls {
  readonly made: string[] = [];
  /** Files that nobody has closed. */
  readonly open = new Set<object>();
  readonly #failure: Failure | undefined;
  #counted = 0;

  constructor(failure?: Failure) {
    this.#failure = failure;
  }

  readonly calls: Calls = this.#wrapped(direct(), '');

  /**
   * Every function of `target` counts, those of the files it opens too. What fails has done nothing, but for closing,
   * and for an unlink that finds nothing: NFS says so when it is asked again because the first answer was lost.
   */
  #wrapped<T extends object>(target: T, prefix: string): T {
    const get = (_: T, key: string | symbol): unknown => {
      const value = Reflect.get(target, key);
      if (typeof value !== 'function') return value;
      return async (...given: unknown[]) => {
        const failing = this.#isNext(`${prefix}${String(key)}`);
        if (failing && key !== 'close' && !(key === 'unlink' && failing.code === 'ENOENT')) throw failing;
        if (key === 'datasync' || key === 'sync') return;
        const result = await value.apply(target, given);
        if (key === 'close') this.open.delete(target);
        if (failing) throw failing;
        if (key === 'open') this.open.add(result as OpenFile);
        return key === 'open' ? this.#wrapped(result as OpenFile, 'file.') : result;
      };
    };
    return new Proxy(target, { get });
  }

  #isNext(name: string): (Error & { readonly code: string }) | undefined {
    this.made.push(name);
    if (this.#failure === undefined) return undefined;
    const { at, errno, only = name, forGood = false } = this.#failure;
    if (name !== only) return undefined;
    const number = this.#counted;
    this.#counted += 1;
    if (number !== at && !(forGood && number > at)) return undefined;
    return Object.assign(new Error(`${errno}: ${name}`), { code: errno, errno: -1 });
  }
}
