import { setMaxListeners } from 'node:events';
import { whenAborted } from '../../core/abort.js';
import type { Clock } from '../../core/clock.js';
import { isAppError } from '../../core/errors.js';
import type { Report } from '../../core/events.js';
import type { Exchange, Transport } from '../../core/http.js';
import type { ConnectionBudget, Pace } from '../../core/limits.js';
import type { Verdict } from '../../core/response.js';
import { LAG_BYTES } from '../digest/digest-set.js';
import type { ByteSink, Scatter } from '../sink/byte-sink.js';
import { fewer, type Tuning, tune, UNTUNED } from './auto-connections.js';
import { type Course, pump } from './body.js';
import { createBell } from './condition.js';
import { type LaneInput, LaneRefused, openPiece } from './segment.js';
import { createPieces, type Piece } from './segment-queue.js';

const WINDOW_MS = 500;
/** `auto` never goes beyond: who shares a server with others leaves them something. */
const AUTO_MOST = 8;
/** A digest that lags so far behind is what holds us up. */
const UNHASHED_BYTES = LAG_BYTES / 2;
/** A thread with so much to do gets nothing done sooner by a further connection. */
const BUSY_SHARE = 0.85;
/** A trial costs a connection: it is worth it only when so many windows are still to come. */
const WORTH_WINDOWS = 5;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

/** The beginning of a stretch of time over which the throughput is taken. */
interface Window {
  readonly since: number;
  /** Bytes so far, of all connections. */
  readonly received: number;
  /** Time so far that this thread was at work. */
  readonly busyMs: number;
  /** Connections that were bringing bytes already. */
  readonly delivering: number;
}

interface Lane {
  /** Has it brought anything yet? */
  delivers: boolean;
}

/** The answer that opened the transfer. */
export interface FirstBody {
  readonly body: Exchange['body'];
  readonly verdict: Extract<Verdict, { kind: 'part' | 'whole' }>;
}

export interface LanesInput extends LaneInput {
  readonly sink: ByteSink;
  readonly scatter: Scatter;
  /** Total bytes of the object. */
  readonly size: number;
  readonly connections: number | 'auto';
  readonly budget: ConnectionBudget | undefined;
  readonly pace: Pace | undefined;
  /** `live`: connections at this moment. */
  readonly onBytes: (bytes: number, live: number) => void;
  /** A connection was opened, as opposed to one used again. */
  readonly onOpened: () => void;
}

/**
 * Brings the rest of an object over several connections. The first answer is read on until it meets bytes that
 * another connection brings; from then on all are alike and take one piece after the other. A connection that fails
 * gives its piece back and is replaced later, if at all: only when none is left does the failure count.
 *
 * @throws the failure of the last connection, of the disk at once, or the reason of `signal`; nothing runs any more then
 */
export async function bringTogether(
  first: FirstBody,
  input: LanesInput,
  ports: { readonly transport: Transport; readonly clock: Clock; readonly report: Report },
  signal: AbortSignal,
): Promise<void> {
  const { sink, scatter, size, budget } = input;
  const { clock, report } = ports;
  const most = input.connections === 'auto' ? AUTO_MOST : input.connections;
  const pieces = createPieces(sink.held, size, scatter.windowBytes);
  const stop = new AbortController();
  const ending = AbortSignal.any([signal, stop.signal]);
  // Every connection listens more than once.
  setMaxListeners(0, ending);
  const bell = createBell();
  const lanes = new Set<Promise<void>>();
  /** Connections that have not decided to end. */
  let live = 0;
  /** Connections that have brought something. */
  let delivering = 0;
  let nap = new AbortController();
  let tuning: Tuning = input.connections === 'auto' ? UNTUNED : { ...UNTUNED, wanted: most };
  let alone = false;
  let pausedUntil = Number.NEGATIVE_INFINITY;
  let pauseMs = FIRST_PAUSE_MS;
  let received = 0;
  let lastFailure: unknown;
  let fatal: { readonly error: unknown } | undefined;

  const limit = (): number => (live <= 1 ? Number.POSITIVE_INFINITY : scatter.limit);
  const sharers = (): number => Math.max(live, tuning.wanted);

  /** The course of one body through its piece; `onAccepted` hears how far it came. */
  const courseOf = (lane: Lane, piece: Piece, onAccepted: (end: number) => void): Course => ({
    async grant(at) {
      while (at >= piece.end) {
        ending.throwIfAborted();
        const answer = pieces.extend(piece, limit(), sharers());
        if (answer === 'taken') return at;
        if (answer === 'later') await bell.heard();
      }
      return piece.end;
    },
    async accept(chunk, at) {
      try {
        await scatter.accept(chunk, at);
      } catch (error) {
        fatal ??= { error };
        throw error;
      }
      onAccepted(at + chunk.byteLength);
    },
    onBytes(bytes) {
      received += bytes;
      input.onBytes(bytes, live);
      if (lane.delivers) return;
      lane.delivers = true;
      delivering += 1;
      // What it brings is seen from here on.
      window = openWindow();
      nap.abort();
    },
    pace: input.pace,
  });

  const bringFirst = async (lane: Lane): Promise<void> => {
    let at = sink.held;
    const piece = pieces.take(Number.POSITIVE_INFINITY, sharers());
    if (piece === undefined || !pieces.confirm(piece)) return;
    const course = courseOf(lane, piece, (end) => {
      at = end;
    });
    try {
      await pump(first.body, first.verdict, sink, input.remote.webPageExpected === true, course, ending);
    } finally {
      done(piece, at);
    }
  };

  const bringPiece = async (lane: Lane, piece: Piece, told: boolean): Promise<void> => {
    let at = piece.start;
    let exchange: Exchange | undefined;
    let rangeEnd: number | undefined;
    try {
      const opened = await openPiece(piece, live === 1 && tuning.wanted === 1, input, ports, ending);
      ({ exchange } = opened);
      rangeEnd = opened.verdict.range.end;
      if (exchange.reused !== true) input.onOpened();
      if (!pieces.confirm(piece)) return;
      if (!told) report({ type: 'connected', by: opened.by, from: piece.start, status: exchange.status });
      const course = courseOf(lane, piece, (end) => {
        at = end;
      });
      await pump(exchange.body, opened.verdict, sink, true, course, ending);
      pauseMs = FIRST_PAUSE_MS;
    } catch (error) {
      // Its bytes were taken under a Content-Range that turned out to be wrong.
      if (at === rangeEnd && isAppError(error) && !error.transient) fatal ??= { error };
      throw error;
    } finally {
      done(piece, at);
      exchange?.cancel();
    }
  };

  const done = (piece: Piece, at: number): void => {
    scatter.end(at);
    pieces.release(piece, at);
    bell.ring();
  };

  /** One piece after the other, until nothing is left or fewer connections are wanted. */
  const bringPieces = async (lane: Lane): Promise<void> => {
    let told = false;
    while (live <= tuning.wanted && pieces.left) {
      ending.throwIfAborted();
      const piece = pieces.take(limit(), sharers());
      if (piece === undefined) {
        await bell.heard();
        continue;
      }
      await bringPiece(lane, piece, told);
      told = true;
    }
    // At once, so that two that see one too many do not both end.
    live -= 1;
  };

  const failed = (error: unknown, isFirst: boolean): void => {
    live -= 1;
    if (ending.aborted) return;
    const refused = error instanceof LaneRefused;
    // The first answer decided what the object is: what is wrong with it is not the business of one connection.
    if (!refused && (!isAppError(error) || (isFirst && !error.transient))) fatal ??= { error };
    if (fatal !== undefined) return;
    lastFailure = refused ? error.error : error;
    if (refused && error.forGood) alone = true;
    const after = refused ? error.error.retryAfterMs : undefined;
    pausedUntil = clock.now() + Math.max(pauseMs, after ?? 0);
    pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
    if (input.connections === 'auto' || alone) tuning = fewer(tuning, alone ? 1 : live);
    if (live === 0) return;
    const why = refused || isAppError(error) ? error.message : 'an error';
    report({ type: 'note', message: `one of ${live + 1} connections was lost (${why}): continuing with ${live}` });
  };

  const start = (work: (lane: Lane) => Promise<void>, isFirst: boolean): void => {
    live += 1;
    // The first has its answer already.
    const lane: Lane = { delivers: isFirst };
    if (isFirst) delivering += 1;
    const working: Promise<void> = work(lane)
      .catch((error: unknown) => failed(error, isFirst))
      .finally(() => {
        if (lane.delivers) delivering -= 1;
        lanes.delete(working);
        if (!isFirst) budget?.giveBack();
        bell.ring();
        nap.abort();
      });
    lanes.add(working);
  };

  const more = (): boolean =>
    !alone && live > 0 && live < tuning.wanted && pieces.left && clock.now() >= pausedUntil && (budget?.take() ?? true);

  const openWindow = (): Window => ({ since: clock.now(), received, busyMs: clock.busy?.() ?? 0, delivering });
  let window = openWindow();

  const judge = (since: Window, until: Window): void => {
    const elapsedMs = until.since - since.since;
    if (input.connections !== 'auto' || alone || elapsedMs < WINDOW_MS / 2) return;
    const rate = (until.received - since.received) / elapsedMs;
    const limited = input.pace !== undefined && rate * 1000 >= 0.9 * input.pace.bytesPerS;
    const worth = size - sink.held >= rate * WINDOW_MS * WORTH_WINDOWS;
    const idle = until.busyMs - since.busyMs < elapsedMs * BUSY_SHARE && scatter.unhashed < UNHASHED_BYTES;
    const promising = rate > 0 && worth && idle && !limited;
    tuning = tune(tuning, { rate, live: Math.min(live, since.delivering), promising }, most);
  };

  scatter.onMoved(bell.ring);
  const unlisten = whenAborted(ending, bell.ring);
  try {
    start(async (lane) => {
      await bringFirst(lane);
      await bringPieces(lane);
    }, true);
    // Again, as one delivers now.
    window = openWindow();
    while (lanes.size > 0 && fatal === undefined && !ending.aborted) {
      while (more()) start(bringPieces, false);
      nap = new AbortController();
      await clock.sleep(WINDOW_MS, nap.signal).catch(() => {});
      if (nap.signal.aborted) continue;
      const now = openWindow();
      judge(window, now);
      window = now;
    }
  } finally {
    stop.abort(new Error('the transfer is over'));
    bell.ring();
    await Promise.all(lanes);
    scatter.onMoved(undefined);
    unlisten();
  }
  signal.throwIfAborted();
  if (fatal !== undefined) throw (fatal as { readonly error: unknown }).error;
  if (sink.held < size && lastFailure !== undefined) throw lastFailure;
}
