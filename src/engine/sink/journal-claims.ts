import { type Claims, claimsOf, claimsUpTo } from '../../core/claims.js';
import type { Identity, SourceRef } from '../../core/source.js';
import type { Journal, JournalHave } from '../../core/storage.js';

export interface JournalClaimsInput {
  readonly journal: Journal;
  readonly source: SourceRef;
  /** Identity for the head of a journal that starts anew. */
  readonly identity: Identity;
  /** What an earlier run claims, under a head that stands; undefined to start fresh. */
  readonly kept: readonly JournalHave[] | undefined;
}

/** What the journal of one part file claims, and the object its head names. */
export class JournalClaims {
  readonly #journal: Journal;
  readonly #source: SourceRef;
  #identity: Identity;
  /** False: the journal says nothing of this object yet. Without a claim its head is of no use to anybody. */
  #headWritten: boolean;
  #lines: JournalHave[];

  /** @param partBytes what lies beyond is not claimed, whatever the journal says */
  constructor({ journal, source, identity, kept }: JournalClaimsInput, partBytes: number) {
    this.#journal = journal;
    this.#source = source;
    this.#identity = identity;
    this.#headWritten = kept !== undefined;
    this.#lines = linesOf(claimsUpTo(claimsOf(kept ?? []), partBytes));
  }

  get identity(): Identity {
    return this.#identity;
  }

  /** End of everything claimed. */
  get end(): number {
    return this.#lines.at(-1)?.end ?? 0;
  }

  get claims(): Claims {
    return claimsOf(this.#lines);
  }

  /** The object is this one: the head is written with the next claim, above what is claimed already. */
  identify(identity: Identity): void {
    this.#identity = identity;
    this.#headWritten = false;
  }

  /** @throws AppError disk.*, fs.* */
  async append(line: JournalHave): Promise<void> {
    if (!this.#headWritten) await this.#reset(this.#lines);
    await this.#journal.append(line);
    this.#lines.push(line);
  }

  /**
   * Takes back every claim beyond `end`.
   * @throws AppError disk.*, fs.*
   */
  async rewind(end: number): Promise<void> {
    await this.#reset(linesOf(claimsUpTo(this.claims, end)));
  }

  async #reset(lines: readonly JournalHave[]): Promise<void> {
    await this.#journal.reset({ t: 'head', v: 1, source: this.#source, identity: this.#identity }, lines);
    this.#headWritten = true;
    this.#lines = [...lines];
  }
}

function linesOf(claims: Claims): JournalHave[] {
  return [...claims.prefix, ...claims.tail];
}
