import type { Range } from '../../core/ranges.js';

/** What is no larger is not shared out. */
export const LEAST_BYTES = 512 * 1024;
const MOST_BYTES = 8 * 1024 * 1024;
/**
 * So much of the window is in the hands of the connections. The rest is for those that are done early and would wait
 * for the one at the front; not more, as every segment costs a request: 0.7 ms of CPU.
 */
const SHARED = 3 / 5;

/** A run of bytes that one connection fetches. */
export interface Segment {
  readonly start: number;
  /** Grows while the same connection goes on into what nobody else has taken. */
  readonly end: number;
}

interface Taken {
  readonly start: number;
  end: number;
  confirmed: boolean;
}

/**
 * Who fetches what: segments are handed out near the front, in order, so that the digest can follow, a stream can be
 * written in order, and an interruption costs no more than the window.
 */
export class SegmentQueue {
  readonly #size: number;
  /** Bytes that all connections share out among themselves. */
  readonly #shared: number;
  /** What failed connections left, sorted. Before `next`. */
  #gaps: readonly Range[] = [];
  /** Everything from here on is untouched. */
  #next: number;
  readonly #taken = new Set<Taken>();

  /**
   * @param from first byte that is missing
   * @param size end of the object; Infinity when it is not known, for one connection only
   * @param windowBytes how much may be on its way at once
   */
  constructor(from: number, size: number, windowBytes: number) {
    this.#next = from;
    this.#size = size;
    this.#shared = Math.min(windowBytes * SHARED, size - from);
  }

  /** Is there anything that no connection fetches yet? */
  get left(): boolean {
    return this.#gaps.length > 0 || this.#next < this.#size;
  }

  /**
   * The next segment before `limit`: what was given back first, then what follows. Undefined: nothing may be taken now.
   * Until it is confirmed, the connection that reaches its start may take it over.
   */
  take(limit: number, connections: number): Segment | undefined {
    const share = this.#shareOf(connections);
    const gap = this.#gaps[0];
    if (gap !== undefined) {
      const end = Math.min(gap.end, gap.start + share);
      const others = this.#gaps.slice(1);
      this.#gaps = end === gap.end ? others : [{ start: end, end: gap.end }, ...others];
      return this.#add(gap.start, end);
    }
    const start = this.#next;
    const end = Math.min(this.#size, start + share);
    if (start >= this.#size || end > limit) return undefined;
    this.#next = end;
    return this.#add(start, end);
  }

  /** The server has begun to send it. False: another connection has taken it over meanwhile. */
  confirm(segment: Segment): boolean {
    const taken = segment as Taken;
    if (!this.#taken.has(taken)) return false;
    taken.confirmed = true;
    return true;
  }

  /**
   * More of what follows the segment, for a connection that would receive it anyway. `taken`: another fetches it, or
   * there is no more. `later`: it lies beyond the limit.
   */
  extend(segment: Segment, limit: number, connections: number): 'granted' | 'taken' | 'later' {
    const taken = segment as Taken;
    const behind = [...this.#taken].find((other) => other.start === taken.end);
    if (behind !== undefined) {
      if (behind.confirmed) return 'taken';
      this.#taken.delete(behind);
      taken.end = behind.end;
      return 'granted';
    }
    const gap = this.#gaps.find((range) => range.start === taken.end);
    if (gap !== undefined) {
      this.#gaps = this.#gaps.filter((range) => range !== gap);
      taken.end = gap.end;
      return 'granted';
    }
    if (taken.end !== this.#next || this.#next >= this.#size) return 'taken';
    const end = Math.min(this.#size, this.#next + this.#shareOf(connections));
    if (end > limit) return 'later';
    this.#next = end;
    taken.end = end;
    return 'granted';
  }

  /** The connection is done with the segment; [at, end) has not come and is to be handed out again. */
  giveBack(segment: Segment, at: number): void {
    const taken = segment as Taken;
    if (!this.#taken.delete(taken) || at >= taken.end) return;
    if (taken.end === this.#next) {
      this.#next = at;
      return;
    }
    this.#gaps = [...this.#gaps, { start: at, end: taken.end }].sort((a, b) => a.start - b.start);
  }

  #shareOf(connections: number): number {
    return Math.min(MOST_BYTES, Math.max(LEAST_BYTES, Math.ceil(this.#shared / connections)));
  }

  #add(start: number, end: number): Segment {
    const taken: Taken = { start, end, confirmed: false };
    this.#taken.add(taken);
    return taken;
  }
}
