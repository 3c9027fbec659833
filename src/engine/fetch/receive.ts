import type { Clock } from '../../core/clock.js';
import type { Report } from '../../core/events.js';
import type { Transport } from '../../core/http.js';
import type { ConnectionBudget, Pace } from '../../core/limits.js';
import type { TransferOptions } from '../../core/transfer-options.js';
import type { ByteSink } from '../sink/byte-sink.js';
import { pump } from './body.js';
import { bringTogether, type FirstBody } from './parallel.js';
import { canBeSplit, type LaneInput } from './segment.js';
import { LEAST_BYTES } from './segment-queue.js';

export interface BringInput extends LaneInput {
  readonly sink: ByteSink;
  readonly connections?: TransferOptions['connections'];
}

/** Moves the body of an opening answer into the sink, with the help of further connections where that is allowed. */
export async function bring(
  first: FirstBody,
  input: BringInput,
  ports: {
    readonly transport: Transport;
    readonly clock: Clock;
    readonly report: Report;
    readonly pace?: Pace;
    readonly budget?: ConnectionBudget;
  },
  signal: AbortSignal,
  heard: { onBytes(bytes: number, live: number): void; onOpened(): void },
): Promise<void> {
  const { sink, identity, remote } = input;
  // A Range goes past Glance's cache, and with many stores it is refused: there only who asks for it gets it.
  const connections = input.connections === 'auto' && remote.opener === 'plain' ? 1 : (input.connections ?? 1);
  const { scatter } = sink;
  const { pace, budget } = ports;
  const small = identity.size !== undefined && identity.size - sink.held <= LEAST_BYTES;
  if (connections === 1 || small || scatter === undefined || identity.size === undefined || !canBeSplit(input)) {
    const course = {
      grant: () => Number.POSITIVE_INFINITY,
      accept: (chunk: Uint8Array) => sink.accept(chunk),
      onBytes: (bytes: number) => heard.onBytes(bytes, 1),
      pace,
    };
    await pump(first.body, first.verdict, sink, remote.webPageExpected === true, course, signal);
    return;
  }
  await bringTogether(
    first,
    { ...input, scatter, size: identity.size, connections, budget, pace, ...heard },
    ports,
    signal,
  );
}
