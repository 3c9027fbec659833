import type { Clock } from '../../core/clock.js';
import { AppError } from '../../core/errors.js';
import { seconds, slowMeter, stallTimer } from '../limits.js';

export interface WaitingLimits {
  readonly stallMs: number;
  readonly slowWindowMs: number;
  readonly slowBytesPerS: number;
  readonly clock: Clock;
}

export type ReadResult = IteratorResult<Uint8Array, undefined>;

/** An error is made when somebody gets to see it: most bodies are left without a reader. */
export type MakeError = () => unknown;

interface Waiter {
  readonly resolve: (result: ReadResult) => void;
  readonly reject: (error: unknown) => void;
  readonly since: number;
}

/** The reader of a body while it waits for bytes, and how long and for how few it has to. */
export class WaitingReader {
  readonly #attempted: string;
  readonly #limits: WaitingLimits;
  readonly #cut: (error: MakeError) => void;
  readonly #meter: ReturnType<typeof slowMeter>;
  readonly #stall: ReturnType<typeof stallTimer>;
  #waiter: Waiter | undefined;

  /** @param cut ends the body and its connection: a limit was hit */
  constructor(attempted: string, limits: WaitingLimits, cut: (error: MakeError) => void) {
    this.#attempted = attempted;
    this.#limits = limits;
    this.#cut = cut;
    // Whoever allows long silences must not be cut for the low mean that they make.
    this.#meter = slowMeter(Math.max(limits.slowWindowMs, 2 * limits.stallMs), limits.slowBytesPerS);
    this.#stall = stallTimer(limits.stallMs, () => cut(() => this.#stalled()));
  }

  get waits(): boolean {
    return this.#waiter !== undefined;
  }

  async wait(): Promise<ReadResult> {
    if (this.waits) throw new AppError('bug', `${this.#attempted}: the body is read twice at once`);
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject, since: this.#limits.clock.now() };
      this.#stall.arm();
    });
  }

  /** Bytes that came while nobody waited: they count for the speed. */
  count(bytes: number): void {
    this.#meter.add(0, bytes);
  }

  give(chunk: Uint8Array): void {
    this.#stall.disarm();
    const since = this.#waiter?.since ?? 0;
    const speed = this.#meter.add(this.#limits.clock.now() - since, chunk.length);
    if (speed === undefined) this.#take()?.resolve({ done: false, value: chunk });
    else this.#cut(() => this.#tooSlow(speed));
  }

  end(): void {
    this.#take()?.resolve({ done: true, value: undefined });
  }

  refuse(error: MakeError): void {
    this.#take()?.reject(error());
  }

  #take(): Waiter | undefined {
    const waiter = this.#waiter;
    this.#waiter = undefined;
    this.#stall.disarm();
    return waiter;
  }

  #stalled(): AppError {
    const hint = 'run again to resume; raise --timeout if the server is slow';
    return new AppError('net.stall', `${this.#attempted}: no data for ${seconds(this.#limits.stallMs)}`, { hint });
  }

  #tooSlow(speed: number): AppError {
    const words = `${Math.round(speed)} bytes/s, below the minimum of ${this.#limits.slowBytesPerS}`;
    const hint = 'run again when the network is better';
    return new AppError('net.slow', `${this.#attempted}: ${words}`, { hint });
  }
}
