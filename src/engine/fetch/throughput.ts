import type { Clock } from '../../core/clock.js';

/** Length of a window of time over which the throughput is taken. */
export const WINDOW_MS = 500;

/** What one window has shown. */
export interface ThroughputSample {
  readonly elapsedMs: number;
  /** Bytes per millisecond, of all connections. */
  readonly rate: number;
  /** Share of the time that this thread was at work. */
  readonly busyShare: number;
  /** Connections that were delivering bytes when it began. */
  readonly delivering: number;
}

/** Where a window began or ended. */
interface Reading {
  readonly at: number;
  readonly received: number;
  readonly busyMs: number;
  readonly delivering: number;
}

/** The throughput of all connections together, window by window. */
export class ThroughputWindow {
  readonly #clock: Clock;
  #received = 0;
  #start: Reading;
  #wait = new AbortController();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#start = this.#read(0);
  }

  add(bytes: number): void {
    this.#received += bytes;
  }

  /** The window begins now. @param delivering connections that deliver bytes already */
  begin(delivering: number): void {
    this.#start = this.#read(delivering);
  }

  /** Ends wait() at once: there is something to look at. */
  readonly interrupt = (): void => {
    this.#wait.abort();
  };

  /** Resolves at the end of the window, and begins the next. Undefined: interrupted, the window goes on. */
  async wait(delivering: () => number): Promise<ThroughputSample | undefined> {
    const wait = new AbortController();
    this.#wait = wait;
    await this.#clock.sleep(WINDOW_MS, wait.signal).catch(() => {});
    if (wait.signal.aborted) return undefined;
    const start = this.#start;
    const end = this.#read(delivering());
    this.#start = end;
    const elapsedMs = end.at - start.at;
    return {
      elapsedMs,
      rate: (end.received - start.received) / elapsedMs,
      busyShare: (end.busyMs - start.busyMs) / elapsedMs,
      delivering: start.delivering,
    };
  }

  #read(delivering: number): Reading {
    return { at: this.#clock.now(), received: this.#received, busyMs: this.#clock.busy?.() ?? 0, delivering };
  }
}
