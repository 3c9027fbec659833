import type { Clock } from '../../core/clock.js';
import { fewer, type Tuning, tune, UNTUNED, type WindowSample } from './auto-connections.js';

/** `auto` never goes beyond: who shares a server with others leaves them something. */
const AUTO_MOST = 8;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

/** How many connections an object should have: what the user says, or what helps, as far as the server allows it. */
export class WantedConnections {
  readonly #clock: Clock;
  readonly #isAuto: boolean;
  #tuning: Tuning;
  /** The server does not give this object over several. */
  #isAlone = false;
  #pausedUntil = Number.NEGATIVE_INFINITY;
  #pauseMs = FIRST_PAUSE_MS;

  /** @param connections `--connections` */
  constructor(connections: number | 'auto', clock: Clock) {
    this.#clock = clock;
    this.#isAuto = connections === 'auto';
    this.#tuning = connections === 'auto' ? UNTUNED : { ...UNTUNED, wanted: connections };
  }

  get count(): number {
    return this.#tuning.wanted;
  }

  /** May another be opened now? Not right after one was lost. */
  get mayOpen(): boolean {
    return !this.#isAlone && this.#clock.now() >= this.#pausedUntil;
  }

  /** A window of time has shown what they deliver. */
  tune(sample: WindowSample): void {
    if (this.#isAuto && !this.#isAlone) this.#tuning = tune(this.#tuning, sample, AUTO_MOST);
  }

  /** A segment came to its end. */
  succeeded(): void {
    this.#pauseMs = FIRST_PAUSE_MS;
  }

  /**
   * A connection was lost or refused.
   * @param left those that go on
   * @param forGood the server will never give the object over several
   */
  failed(left: number, forGood: boolean, retryAfterMs: number | undefined): void {
    if (forGood) this.#isAlone = true;
    this.#pausedUntil = this.#clock.now() + Math.max(this.#pauseMs, retryAfterMs ?? 0);
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, this.#pauseMs * 2);
    if (this.#isAuto || this.#isAlone) this.#tuning = fewer(this.#tuning, this.#isAlone ? 1 : left);
  }
}
