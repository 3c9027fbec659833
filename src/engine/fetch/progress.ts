import type { ByteSink } from '../sink/byte-sink.js';
import type { Transfer } from '../transfer.js';

const REPORT_EVERY_MS = 50;

/** Counts the bytes that come, and reports how far the object is. */
export class Progress {
  readonly #transfer: Pick<Transfer, 'ports' | 'counters'>;
  readonly #sink: Pick<ByteSink, 'held'>;
  #size: number | undefined;
  #reportedAt = Number.NEGATIVE_INFINITY;

  constructor(transfer: Pick<Transfer, 'ports' | 'counters'>, sink: Pick<ByteSink, 'held'>) {
    this.#transfer = transfer;
    this.#sink = sink;
  }

  /** Total bytes of the object, as soon as they are known. */
  expect(size: number | undefined): void {
    this.#size = size;
  }

  /** @param connections that are open at this moment */
  received(bytes: number, connections: number): void {
    const { counters, ports } = this.#transfer;
    counters.received += bytes;
    counters.mostAtOnce = Math.max(counters.mostAtOnce ?? 0, connections);
    if (ports.clock.now() - this.#reportedAt >= REPORT_EVERY_MS) this.report(connections);
  }

  /** Reports now. */
  report(connections: number): void {
    const { counters, ports } = this.#transfer;
    this.#reportedAt = ports.clock.now();
    const size = this.#size === undefined ? {} : { size: this.#size };
    ports.report({ type: 'bytes', front: this.#sink.held, received: counters.received, connections, ...size });
  }
}
