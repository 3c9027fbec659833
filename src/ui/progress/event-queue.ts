import type { TextSink } from './format.js';

/** How soon a line goes when the reader is slow: `lossy` first, then `detail`, `vital` last. */
export type Rank = 'lossy' | 'detail' | 'vital';

const RANKS: readonly Rank[] = ['lossy', 'detail', 'vital'];

/** Characters that wait for the reader, besides those that are being written. */
export const QUEUE_LIMIT = 256 * 1024;

/**
 * Lines on their way to a reader that may be slow or stand still. One write is out at a time; what comes meanwhile
 * waits here, and is dropped beyond the limit: nobody ever waits for the reader, and no memory grows with it.
 */
export class EventQueue {
  readonly #sink: TextSink;
  readonly #droppedLine: (lines: number) => string;
  #waiting: { readonly line: string; readonly rank: Rank }[] = [];
  #held = 0;
  #dropped = 0;
  #writing = false;
  #closed = false;

  /** @param droppedLine the line that says how many are missing before it */
  constructor(sink: TextSink, droppedLine: (lines: number) => string) {
    this.#sink = sink;
    this.#droppedLine = droppedLine;
  }

  /** Characters that wait. */
  get held(): number {
    return this.#held;
  }

  add(line: string, rank: Rank): void {
    this.#waiting.push({ line, rank });
    this.#held += line.length;
    this.#flush();
    this.#shrink();
  }

  /** Hands the rest to the sink, and from now on every line at once: few of them are left. */
  close(): void {
    this.#closed = true;
    this.#flush();
  }

  #shrink(): void {
    for (const rank of RANKS) {
      if (this.#held <= QUEUE_LIMIT) return;
      this.#waiting = this.#waiting.filter((entry) => {
        if (entry.rank !== rank || this.#held <= QUEUE_LIMIT) return true;
        this.#held -= entry.line.length;
        this.#dropped += 1;
        return false;
      });
    }
  }

  #flush(): void {
    if ((this.#writing && !this.#closed) || this.#waiting.length === 0) return;
    const lines = this.#waiting.map(({ line }) => line);
    if (this.#dropped > 0) lines.push(this.#droppedLine(this.#dropped));
    this.#waiting = [];
    this.#held = 0;
    this.#dropped = 0;
    this.#writing = true;
    this.#sink.write(lines.join(''), () => {
      this.#writing = false;
      this.#flush();
    });
  }
}
