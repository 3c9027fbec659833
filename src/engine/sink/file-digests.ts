import type { Claims } from '../../core/claims.js';
import type { Algorithm } from '../../core/digest.js';
import type { JournalHave, PartFile } from '../../core/storage.js';
import { DigestSet } from '../digest/digest-set.js';
import type { HasherFactory } from '../digest/hasher.js';
import type { ReadAheadPool } from '../digest/read-ahead-buffer.js';
import { CHECKPOINT_BYTES } from './checkpointer.js';
import { checkPrefix, NOTHING_TO_CHECK, type PrefixCheck } from './prefix-check.js';

export interface FileDigestsInput {
  readonly part: Pick<PartFile, 'fd' | 'readNow'>;
  readonly claims: Claims;
  /** Digests that are known to be wanted; more may follow. */
  readonly wanted: readonly Algorithm[];
  /** Where the file will end, as far as that is known. */
  readonly size: number | undefined;
  readonly startHasher: HasherFactory;
  readonly readAheadPool: ReadAheadPool;
}

/**
 * The digests of the whole file, and with them the check of what an earlier run left. All follow the contiguous written
 * prefix.
 */
export class FileDigests {
  readonly #digests: DigestSet;
  #check: PrefixCheck;
  #disprovedAt: number | undefined;

  /** @param onDisproved called at most once with the end of what is good */
  constructor(input: FileDigestsInput, onDisproved: (goodEnd: number) => void) {
    const { part, claims, startHasher } = input;
    this.#digests = new DigestSet(part, startHasher, input.readAheadPool);
    this.#digests.want(input.wanted, input.size);
    this.#check =
      claims.end === 0
        ? NOTHING_TO_CHECK
        : checkPrefix(part.fd, claims, this.#digests, startHasher, (goodEnd) => {
            this.#disprovedAt = goodEnd;
            onDisproved(goodEnd);
          });
    this.advance(claims.end);
  }

  /** End of what is good of an earlier run's bytes, once they have turned out to be bad. */
  get disprovedAt(): number | undefined {
    return this.#disprovedAt;
  }

  /** Is what an earlier run left what its journal says? @throws AppError fs.io */
  get keptIsGood(): Promise<boolean> {
    return this.#check.outcome;
  }

  get running(): boolean {
    return this.#digests.running.length > 0;
  }

  /** How far all digests have come. */
  get position(): number {
    return Math.min(...this.#digests.running.map((hasher) => hasher.position));
  }

  want(algorithms: readonly Algorithm[], size: number | undefined): void {
    this.#digests.want(algorithms, size);
  }

  /** The file is written up to `end`. */
  advance(end: number): void {
    this.#digests.advance(end);
    this.#check.advance(end);
  }

  /** Resolves when no digest that has ever kept up lags too far behind `written`. */
  async keepUp(written: number): Promise<void> {
    await this.#digests.keepUp(written);
  }

  /** The claim of everything before `end`, where the written prefix ends now. */
  async lineUpTo(end: number): Promise<JournalHave> {
    // What an earlier run left is still being hashed: until the digests of the whole have caught up, the line covers
    // only what has come since.
    if (this.#check !== NOTHING_TO_CHECK && !this.#hasCaughtUp(end)) return await this.#check.tailLine(end);
    const digests = Object.fromEntries(await this.#digests.mark(end));
    // From now on every line covers the whole.
    await this.#check.close();
    this.#check = NOTHING_TO_CHECK;
    return { t: 'have', start: 0, end, digests };
  }

  /** Resolves when all digests have come to `end`, or one of them never will. */
  async passed(end: number): Promise<void> {
    for (const hasher of this.#digests.running) await hasher.passed(end);
  }

  /** The digests of the whole file, which ends at `size`. False: what was kept is bad. */
  async ofWhole(size: number): Promise<ReadonlyMap<Algorithm, string> | false> {
    const all = this.#digests.mark(size);
    const [good, values] = await Promise.all([this.keptIsGood, all.catch((error: unknown) => error)]);
    if (!good) return false;
    if (values instanceof Map) return values;
    throw values;
  }

  async close(): Promise<void> {
    await Promise.all([this.#check.close(), this.#digests.close()]);
  }

  #hasCaughtUp(end: number): boolean {
    return this.#check.proven && this.position >= end - CHECKPOINT_BYTES;
  }
}
