import type { TextSink } from './format.js';

/** How soon a line goes when the reader is slow: `lossy` first, then `detail`, `vital` last. */
export type Rank = 'lossy' | 'detail' | 'vital';

interface Entry {
  readonly line: string;
  /** Where it belongs among the others. */
  readonly at: number;
}

/** Characters that wait for the reader, besides those that are being written. */
export const QUEUE_LIMIT = 256 * 1024;

/**
 * Lines on their way to a reader that may be slow or stand still. One write is out at a time; what comes meanwhile
 * waits here, and is dropped beyond the limit: nobody ever waits for the reader, and no memory grows with it.
 */
export class EventQueue {
  readonly #sink: TextSink;
  readonly #droppedLine: (lines: number) => string;
  readonly #waiting: Readonly<Record<Rank, Entry[]>> = { lossy: [], detail: [], vital: [] };
  #added = 0;
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
    this.#waiting[rank].push({ line, at: this.#added });
    this.#added += 1;
    this.#held += line.length;
    this.#flush();
    while (this.#held > QUEUE_LIMIT) this.#drop();
  }

  /** Hands the rest to the sink, and from now on every line at once: few of them are left. */
  close(): void {
    this.#closed = true;
    this.#flush();
  }

  /** The oldest of the least important. */
  #drop(): void {
    const { lossy, detail, vital } = this.#waiting;
    const entry = lossy.shift() ?? detail.shift() ?? vital.shift();
    this.#held -= entry?.line.length ?? this.#held;
    this.#dropped += 1;
  }

  #flush(): void {
    if ((this.#writing && !this.#closed) || this.#held + this.#dropped === 0) return;
    const waiting = Object.values(this.#waiting).flatMap((entries) => entries.splice(0));
    const lines = waiting.sort((a, b) => a.at - b.at).map(({ line }) => line);
    if (this.#dropped > 0) lines.push(this.#droppedLine(this.#dropped));
    this.#held = 0;
    this.#dropped = 0;
    this.#writing = true;
    this.#sink.write(lines.join(''), () => {
      this.#writing = false;
      this.#flush();
    });
  }
}
