import { setMaxListeners } from 'node:events';
import { whenAborted } from '../../core/abort.js';
import { isAppError } from '../../core/errors.js';
import { LAG_BYTES } from '../digest/digest-set.js';
import type { Transfer } from '../transfer.js';
import type { BodyAnswer } from './body.js';
import { Condition } from './condition.js';
import { type Connection, ConnectionSet } from './connection-set.js';
import { SegmentRefused } from './segment.js';
import { SegmentQueue } from './segment-queue.js';
import { SegmentReceiver, type SharedWork, type SplitObject } from './segment-receiver.js';
import { type ThroughputSample, ThroughputWindow, WINDOW_MS } from './throughput.js';
import { WantedConnections } from './wanted-connections.js';

/** A digest that lags so far behind is what holds us up. */
const UNHASHED_BYTES = LAG_BYTES / 2;
/** A thread with so much to do gets nothing done sooner by a further connection. */
const BUSY_SHARE = 0.85;
/** A trial costs a connection: it is worth it only when so many windows are still to come. */
const WORTH_WINDOWS = 5;
/** A rate so near to the rate limit is the limit's doing. */
const LIMITED_SHARE = 0.9;

/**
 * The rest of an object over several connections. The first answer is read on until it meets bytes that another
 * connection fetches; from then on all are alike and take one segment after the other. A connection that fails gives its
 * segment back and is replaced later, if at all: only when none is left does the failure count.
 */
export class ParallelTransfer {
  readonly #first: BodyAnswer;
  readonly #signal: AbortSignal;
  readonly #stop = new AbortController();
  readonly #work: SharedWork;
  readonly #receiver: SegmentReceiver;
  #lastFailure: unknown;

  constructor(first: BodyAnswer, transfer: Transfer, object: SplitObject, signal: AbortSignal) {
    const { clock } = transfer.ports;
    this.#first = first;
    this.#signal = signal;
    const ending = AbortSignal.any([signal, this.#stop.signal]);
    // Every connection listens more than once.
    setMaxListeners(0, ending);
    this.#work = {
      transfer,
      object,
      segments: new SegmentQueue(object.sink.held, object.size, object.scatter.windowBytes),
      connections: new ConnectionSet(),
      wanted: new WantedConnections(object.connections, clock),
      window: new ThroughputWindow(clock),
      changed: new Condition(),
      ending,
      fatal: undefined,
    };
    this.#receiver = new SegmentReceiver(this.#work);
  }

  /**
   * Resolves when all bytes are accepted, or when no connection has anything to do. Nothing runs any more then.
   * @throws the failure of the last connection, of the disk at once, or the reason of the signal
   */
  async run(): Promise<void> {
    const work = this.#work;
    const { object, connections, window, changed, ending } = work;
    object.scatter.onMoved(changed.notifyAll);
    const unlisten = whenAborted(ending, changed.notifyAll);
    try {
      this.#openFirst();
      // Not before: the first connection delivers from now on.
      window.begin(connections.delivering);
      while (!connections.isEmpty && work.fatal === undefined && !ending.aborted) {
        while (this.#takeConnection()) this.#openFurther();
        const sample = await window.wait(() => connections.delivering);
        if (sample !== undefined) this.#tune(sample);
      }
    } finally {
      await this.close();
      object.scatter.onMoved(undefined);
      unlisten();
    }
    this.#throwFailure();
  }

  /** Ends every connection, and resolves when none runs any more. */
  async close(): Promise<void> {
    this.#stop.abort(new Error('the transfer is over'));
    this.#work.changed.notifyAll();
    await this.#work.connections.ended();
  }

  #throwFailure(): void {
    const { object, fatal } = this.#work;
    this.#signal.throwIfAborted();
    if (fatal !== undefined) throw fatal.error;
    if (object.sink.held < object.size && this.#lastFailure !== undefined) throw this.#lastFailure;
  }

  /** Is one more connection wanted and allowed? It is taken from the budget then. */
  #takeConnection(): boolean {
    const { connections, wanted, segments, transfer } = this.#work;
    const { live } = connections;
    const isWanted = live > 0 && live < wanted.count && segments.left && wanted.mayOpen;
    return isWanted && transfer.ports.budget.take();
  }

  #openFirst(): void {
    const work = async (connection: Connection): Promise<void> => {
      await this.#receiver.receiveFirst(this.#first, connection);
      await this.#receiver.receiveSegments(connection);
    };
    // It has its answer already.
    this.#start({ delivers: true }, (connection) => work(connection).catch((error) => this.#failed(error, true)));
  }

  #openFurther(): void {
    const work = (connection: Connection): Promise<void> =>
      this.#receiver.receiveSegments(connection).catch((error) => this.#failed(error, false));
    this.#start({ delivers: false }, work, () => this.#work.transfer.ports.budget.giveBack());
  }

  #start(connection: Connection, run: (connection: Connection) => Promise<void>, onEnd = (): void => {}): void {
    const { connections, changed, window } = this.#work;
    connections.start(connection, run, () => {
      onEnd();
      changed.notifyAll();
      window.interrupt();
    });
  }

  #failed(error: unknown, isFirst: boolean): void {
    const { connections, ending, wanted, transfer } = this.#work;
    connections.leave();
    if (ending.aborted) return;
    const refusal = error instanceof SegmentRefused ? error : undefined;
    // The first answer decided what the object is: what is wrong with it is not the business of one connection.
    const isFatal = refusal === undefined && (!isAppError(error) || (isFirst && !error.transient));
    if (isFatal) this.#work.fatal ??= { error };
    if (this.#work.fatal !== undefined) return;
    this.#lastFailure = refusal?.error ?? error;
    const { live } = connections;
    wanted.failed(live, refusal?.forGood === true, refusal?.error.retryAfterMs);
    if (live === 0) return;
    const why = refusal !== undefined || isAppError(error) ? (error as Error).message : 'an error';
    const message = `one of ${live + 1} connections was lost (${why}): continuing with ${live}`;
    transfer.ports.report({ type: 'note', message });
  }

  #tune({ elapsedMs, rate, busyShare, delivering }: ThroughputSample): void {
    if (elapsedMs < WINDOW_MS / 2) return;
    const { object, transfer, connections, wanted } = this.#work;
    const { size, sink, scatter } = object;
    const { rateLimit } = transfer.ports;
    const isLimited = rateLimit !== undefined && rate * 1000 >= LIMITED_SHARE * rateLimit.bytesPerS;
    const isWorth = size - sink.held >= rate * WINDOW_MS * WORTH_WINDOWS;
    const isIdle = busyShare < BUSY_SHARE && scatter.unhashed < UNHASHED_BYTES;
    const promising = rate > 0 && isWorth && isIdle && !isLimited;
    wanted.tune({ rate, live: Math.min(connections.live, delivering), promising });
  }
}
