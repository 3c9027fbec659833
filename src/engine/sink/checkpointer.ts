import type { Clock } from '../../core/clock.js';
import { AppError } from '../../core/errors.js';
import type { Report } from '../../core/events.js';
import type { JournalHave, PartFile } from '../../core/storage.js';
import type { JournalClaims } from './journal-claims.js';

/** A checkpoint is due after so many bytes or so much time. */
export const CHECKPOINT_BYTES = 32 * 1024 * 1024;
const CHECKPOINT_MS = 5_000;
/** It is due earlier with bytes beyond the contiguous prefix: a crash would cost these too. */
const SCATTERED_CHECKPOINT_BYTES = 16 * 1024 * 1024;
/** Unclaimed bytes at which writing slows down. */
export const UNCLAIMED_BYTES = 60 * 1024 * 1024;
/** Unclaimed bytes at which it stops, whatever the server makes of that: a crash never costs more. */
const UNCLAIMED_MAX_BYTES = 64 * 1024 * 1024;
/**
 * Longest pause of writing while a checkpoint is late. uWSGI in front of Glance cuts a reader that pauses for 10 s,
 * with a clean end of the body.
 */
const STEP_MS = 2_000;

/** What there is to claim. */
export interface Claimable {
  /** End of the contiguous written prefix. */
  readonly written: number;
  /** Is anything there beyond it? */
  readonly scattered: boolean;
  /** The claim that ends at `end`, which is where the written prefix ends at the time of the call. */
  lineUpTo(end: number): Promise<JournalHave>;
}

export interface CheckpointPorts {
  readonly clock: Clock;
  readonly report: Report;
  /** A checkpoint has ended: there may be room for more. Or none will begin any more, and there never will be. */
  readonly onEnd: () => void;
}

/**
 * Makes what is written durable and claims it, in this order: fdatasync of the part, then a line of the journal. One
 * checkpoint ends before the next begins. The first that fails is the last: after a failed fdatasync Linux may have
 * dropped the pages, so that the next one would succeed for bytes that are gone.
 */
export class Checkpointer {
  readonly #part: Pick<PartFile, 'sync' | 'truncate'>;
  readonly #journal: JournalClaims;
  readonly #claimable: Claimable;
  readonly #ports: CheckpointPorts;
  /** When the last checkpoint ended. */
  #endedAt: number;
  #running: Promise<void> | undefined;
  #failure: unknown;
  #closed = false;

  constructor(
    part: Pick<PartFile, 'sync' | 'truncate'>,
    journal: JournalClaims,
    claimable: Claimable,
    ports: CheckpointPorts,
  ) {
    this.#part = part;
    this.#journal = journal;
    this.#claimable = claimable;
    this.#ports = ports;
    this.#endedAt = ports.clock.now();
  }

  /** Bytes that survive a crash. */
  get durable(): number {
    return this.#journal.end;
  }

  /** Has the file been claimed in part, or is it about to be? */
  get begun(): boolean {
    return this.durable > 0 || this.#running !== undefined;
  }

  /** To be called when the written prefix has grown, and when bytes come: a checkpoint may be due by time alone. */
  startIfDue(): void {
    if (this.#isDue()) void this.#start();
  }

  /** Resolves when everything that is written is claimed. @throws the first failure of a checkpoint */
  async claimAll(): Promise<void> {
    for (;;) {
      this.throwFailure();
      if (this.#running === undefined && this.#unclaimed <= 0) return;
      await this.#start();
    }
  }

  /** Would bytes up to `end` be more than may be unclaimed? */
  isFull(end: number): boolean {
    return end - this.durable > UNCLAIMED_MAX_BYTES;
  }

  /** Resolves at the end of the running checkpoint, or of one that begins now. @throws its failure */
  async makeRoom(): Promise<void> {
    this.throwFailure();
    await this.#start();
    this.throwFailure();
  }

  /** Pauses for one step when bytes up to `end` are many and a checkpoint is on its way. */
  async slowDown(end: number): Promise<void> {
    if (this.#running === undefined || end - this.durable < UNCLAIMED_BYTES) return;
    const waited = new AbortController();
    const step = this.#ports.clock.sleep(STEP_MS, waited.signal).catch(() => {});
    await Promise.race([this.#running, step]);
    waited.abort();
  }

  /** Nothing more is claimed, for this reason. */
  fail(error: unknown): void {
    this.#failure ??= error;
    this.#ports.onEnd();
  }

  throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /**
   * Its last act: gives up the claims and bytes beyond `end`, the end of a proven claim. The claims go first: a journal
   * must not claim what is not there.
   * @throws the failure of a checkpoint before: then everything stays as it is
   */
  async rewind(end: number): Promise<void> {
    await this.close();
    this.throwFailure();
    try {
      await this.#journal.rewind(end);
      await this.#part.truncate(this.durable);
    } catch (error) {
      // Whoever settles afterwards hears of this, and not that no checkpoint may begin any more.
      this.fail(error);
      throw error;
    }
  }

  /** Lets no other checkpoint begin, and resolves when the running one has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
  }

  get #unclaimed(): number {
    return this.#claimable.written - this.durable;
  }

  #isDue(): boolean {
    if (this.#closed) return false;
    const due = this.#claimable.scattered ? SCATTERED_CHECKPOINT_BYTES : CHECKPOINT_BYTES;
    const isLate = this.#ports.clock.now() - this.#endedAt >= CHECKPOINT_MS;
    return this.#unclaimed >= due || (this.#unclaimed > 0 && isLate);
  }

  /** The running checkpoint, or the next one. Never rejects: the failure is kept for everybody. */
  #start(): Promise<void> {
    if (this.#closed) this.fail(new AppError('bug', 'claiming: the file is closed'));
    if (this.#running === undefined && this.#failure === undefined) {
      this.#running = this.#checkpoint()
        .catch((error: unknown) => this.fail(error))
        .finally(() => {
          this.#running = undefined;
          // Who waits for room adds no bytes that would start the next one.
          this.startIfDue();
          this.#ports.onEnd();
        });
    }
    return this.#running ?? Promise.resolve();
  }

  async #checkpoint(): Promise<void> {
    const end = this.#claimable.written;
    if (end <= this.durable) return;
    // Asked for before the sync begins: the digests must not run past `end` meanwhile.
    const line = this.#claimable.lineUpTo(end);
    // It is awaited only after the sync, which must have ended before anything else happens to the file.
    line.catch(() => {});
    await this.#part.sync();
    await this.#journal.append(await line);
    this.#endedAt = this.#ports.clock.now();
    this.#ports.report({ type: 'checkpoint', durable: end });
  }
}
