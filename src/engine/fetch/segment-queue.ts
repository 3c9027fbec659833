import type { Range } from '../../core/ranges.js';

/** What is no larger is not shared out. */
export const LEAST_BYTES = 512 * 1024;
const MOST_BYTES = 8 * 1024 * 1024;
/**
 * So much of the window is in the hands of the connections. The rest is for who is done early and would wait for who
 * brings the front; not more, as every piece costs a request: 0.7 ms of CPU.
 */
const SHARED = 3 / 5;

/** A run of bytes that one connection brings. */
export interface Piece {
  readonly start: number;
  /** Grows while the same connection goes on into what nobody else has taken. */
  readonly end: number;
}

/**
 * Who brings what: pieces are handed out near the front, in order, so that the digest can follow, a stream can be
 * written in order, and an interruption costs no more than the window.
 */
export interface Pieces {
  /** Is there anything that nobody brings yet? */
  readonly left: boolean;
  /**
   * The next piece before `limit`: what was given back first, then what follows. Undefined: nothing may be taken now.
   * Until it is confirmed, whoever reaches its start may take it over.
   */
  take(limit: number, connections: number): Piece | undefined;
  /** The server has begun to send it. False: another connection has taken it over meanwhile. */
  confirm(piece: Piece): boolean;
  /**
   * More of what follows the piece, for a connection that would bring it anyway. `taken`: another brings it, or there
   * is no more. `later`: it lies beyond the limit.
   */
  extend(piece: Piece, limit: number, connections: number): 'granted' | 'taken' | 'later';
  /** The connection is done with the piece; [at, end) has not come and is to be handed out again. */
  release(piece: Piece, at: number): void;
}

interface Held {
  readonly start: number;
  end: number;
  confirmed: boolean;
}

/**
 * @param from first byte that is missing
 * @param size end of the object; Infinity when it is not known, for one connection only
 * @param windowBytes how much may be on its way at once
 */
export function createPieces(from: number, size: number, windowBytes: number): Pieces {
  /** What failed connections left, sorted. Before `next`. */
  let gaps: readonly Range[] = [];
  /** Everything from here on is untouched. */
  let next = from;
  const held = new Set<Held>();
  const shared = Math.min(windowBytes * SHARED, size - from);
  const share = (connections: number): number =>
    Math.min(MOST_BYTES, Math.max(LEAST_BYTES, Math.ceil(shared / connections)));

  const add = (start: number, end: number): Piece => {
    const piece: Held = { start, end, confirmed: false };
    held.add(piece);
    return piece;
  };

  return {
    get left() {
      return gaps.length > 0 || next < size;
    },
    take(limit, connections) {
      const gap = gaps[0];
      if (gap !== undefined) {
        const end = Math.min(gap.end, gap.start + share(connections));
        gaps = end === gap.end ? gaps.slice(1) : [{ start: end, end: gap.end }, ...gaps.slice(1)];
        return add(gap.start, end);
      }
      const end = Math.min(size, next + share(connections));
      if (next >= size || end > limit) return undefined;
      const start = next;
      next = end;
      return add(start, end);
    },
    confirm(piece) {
      const mine = piece as Held;
      if (!held.has(mine)) return false;
      mine.confirmed = true;
      return true;
    },
    extend(piece, limit, connections) {
      const mine = piece as Held;
      const behind = [...held].find((other) => other.start === mine.end);
      if (behind !== undefined) {
        if (behind.confirmed) return 'taken';
        held.delete(behind);
        mine.end = behind.end;
        return 'granted';
      }
      const gap = gaps.find((range) => range.start === mine.end);
      if (gap !== undefined) {
        gaps = gaps.filter((range) => range !== gap);
        mine.end = gap.end;
        return 'granted';
      }
      if (mine.end !== next || next >= size) return 'taken';
      const end = Math.min(size, next + share(connections));
      if (end > limit) return 'later';
      next = end;
      mine.end = end;
      return 'granted';
    },
    release(piece, at) {
      const mine = piece as Held;
      if (!held.delete(mine) || at >= mine.end) return;
      if (mine.end === next) {
        next = at;
        return;
      }
      gaps = [...gaps, { start: at, end: mine.end }].sort((a, b) => a.start - b.start);
    },
  };
}
