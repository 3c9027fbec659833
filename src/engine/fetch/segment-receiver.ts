import { isAppError } from '../../core/errors.js';
import type { ByteSink, Scatter } from '../sink/byte-sink.js';
import type { Transfer } from '../transfer.js';
import { type BodyAnswer, type Destination, readBody } from './body.js';
import type { Condition } from './condition.js';
import type { Connection, ConnectionSet } from './connection-set.js';
import { type KnownObject, mayBeDocument } from './known-object.js';
import type { Progress } from './progress.js';
import { type OpenedSegment, openSegment } from './segment.js';
import type { Segment, SegmentQueue } from './segment-queue.js';
import type { ThroughputWindow } from './throughput.js';
import type { WantedConnections } from './wanted-connections.js';

/** An object that comes over several connections, and where its bytes go. */
export interface SplitObject {
  readonly known: KnownObject;
  readonly sink: ByteSink;
  readonly scatter: Scatter;
  readonly progress: Progress;
  /** Total bytes. */
  readonly size: number;
  readonly connections: number | 'auto';
}

/** What the connections of one object share. */
export interface SharedWork {
  readonly transfer: Transfer;
  readonly object: SplitObject;
  readonly segments: SegmentQueue;
  readonly connections: ConnectionSet;
  readonly wanted: WantedConnections;
  readonly window: ThroughputWindow;
  /** Of the segments, of what the sink takes, of the end. */
  readonly changed: Condition;
  /** Aborted when the transfer is over, or should be. */
  readonly ending: AbortSignal;
  /** What ends the transfer although other connections could go on. */
  fatal: { readonly error: unknown } | undefined;
}

/** What one connection does: it takes segments and receives them. */
export class SegmentReceiver {
  readonly #work: SharedWork;

  constructor(work: SharedWork) {
    this.#work = work;
  }

  /** Reads the answer on that opened the transfer. @throws what readBody() throws */
  async receiveFirst(answer: BodyAnswer, connection: Connection): Promise<void> {
    const { object, segments, transfer, ending } = this.#work;
    const reached = { at: object.sink.held };
    const segment = segments.take(Number.POSITIVE_INFINITY, this.#sharers);
    if (segment === undefined || !segments.confirm(segment)) return;
    const documentExpected = mayBeDocument(transfer.remote, object.known);
    try {
      await readBody(answer, this.#destination(connection, segment, reached, documentExpected), ending);
    } finally {
      this.#giveBack(segment, reached.at);
    }
  }

  /**
   * One segment after the other, until nothing is left or fewer connections are wanted.
   * @throws SegmentRefused, AppError, RemoteChanged: the segment is given back by then
   */
  async receiveSegments(connection: Connection): Promise<void> {
    const { connections, wanted, segments, ending } = this.#work;
    let isNew = true;
    while (connections.live <= wanted.count && segments.left) {
      ending.throwIfAborted();
      const segment = segments.take(this.#limit, this.#sharers);
      if (segment === undefined) {
        await this.#waitForRoom();
        continue;
      }
      await this.#receiveSegment(connection, segment, isNew);
      isNew = false;
    }
    connections.leave();
  }

  async #receiveSegment(connection: Connection, segment: Segment, isNew: boolean): Promise<void> {
    const { transfer, object, connections, wanted, segments, ending } = this.#work;
    const reached = { at: segment.start };
    let opened: OpenedSegment | undefined;
    try {
      const toEnd = connections.live === 1 && wanted.count === 1;
      opened = await openSegment(segment, toEnd, transfer, object.known, ending);
      const { exchange, verdict, by } = opened;
      if (exchange.reused !== true) transfer.counters.opened += 1;
      if (!segments.confirm(segment)) return;
      if (isNew) transfer.ports.report({ type: 'connected', by, from: segment.start, status: exchange.status });
      const answer = { body: exchange.body, verdict };
      await readBody(answer, this.#destination(connection, segment, reached, true), ending);
      wanted.succeeded();
    } catch (error) {
      // Its bytes were taken under a Content-Range that turned out to be wrong.
      if (reached.at === opened?.verdict.range.end && isAppError(error) && !error.transient) this.#end(error);
      throw error;
    } finally {
      this.#giveBack(segment, reached.at);
      opened?.exchange.cancel();
    }
  }

  /** Where a body goes through its segment; `reached` tells how far it came. */
  #destination(
    connection: Connection,
    segment: Segment,
    reached: { at: number },
    documentExpected: boolean,
  ): Destination {
    const { object, transfer } = this.#work;
    return {
      sink: object.sink,
      documentExpected,
      rateLimit: transfer.ports.rateLimit,
      grant: (at) => this.#grant(segment, at),
      accept: async (chunk, at) => {
        await object.scatter.accept(chunk, at).catch((error: unknown) => {
          this.#end(error);
          throw error;
        });
        reached.at = at + chunk.byteLength;
      },
      onBytes: (bytes) => this.#received(connection, bytes),
    };
  }

  /** How far the connection of the segment may go on from `at`; waits where that is not decided yet. */
  async #grant(segment: Segment, at: number): Promise<number> {
    const { segments, ending } = this.#work;
    while (at >= segment.end) {
      ending.throwIfAborted();
      const answer = segments.extend(segment, this.#limit, this.#sharers);
      if (answer === 'taken') return at;
      if (answer === 'later') await this.#waitForRoom();
    }
    return segment.end;
  }

  /** Nobody else may be left to hear that a checkpoint or a write has failed: all may wait here. */
  async #waitForRoom(): Promise<void> {
    const { object, changed } = this.#work;
    try {
      object.scatter.throwFailure();
    } catch (error) {
      this.#end(error);
      throw error;
    }
    await changed.wait();
  }

  #received(connection: Connection, bytes: number): void {
    const { window, object, connections } = this.#work;
    window.add(bytes);
    object.progress.received(bytes, connections.live);
    if (connection.delivers) return;
    connections.delivers(connection);
    // What it delivers is seen from here on.
    window.begin(connections.delivering);
    window.interrupt();
  }

  #giveBack(segment: Segment, at: number): void {
    const { object, segments, changed } = this.#work;
    object.scatter.end(at);
    segments.giveBack(segment, at);
    changed.notifyAll();
  }

  /** No other connection can make this good. */
  #end(error: unknown): void {
    this.#work.fatal ??= { error };
  }

  get #limit(): number {
    const { connections, object } = this.#work;
    return connections.live <= 1 ? Number.POSITIVE_INFINITY : object.scatter.limit;
  }

  get #sharers(): number {
    return Math.max(this.#work.connections.live, this.#work.wanted.count);
  }
}
