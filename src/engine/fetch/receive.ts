import type { ByteSink } from '../sink/byte-sink.js';
import type { Transfer } from '../transfer.js';
import { type BodyAnswer, readBody } from './body.js';
import { type KnownObject, mayBeDocument } from './known-object.js';
import { ParallelTransfer } from './parallel.js';
import type { Progress } from './progress.js';
import { canBeSplit } from './segment.js';
import { LEAST_BYTES } from './segment-queue.js';

/** An object on its way: what it is, where its bytes go, and who hears of them. */
export interface Incoming {
  readonly known: KnownObject;
  readonly sink: ByteSink;
  readonly progress: Progress;
}

/**
 * Moves the body of the first answer into the sink, with the help of further connections where that is allowed.
 * @throws AppError, RemoteChanged; the reason of `signal`
 */
export async function receive(
  answer: BodyAnswer,
  transfer: Transfer,
  { known, sink, progress }: Incoming,
  signal: AbortSignal,
): Promise<void> {
  const { scatter } = sink;
  const { size } = known.identity;
  const connections = connectionsFor(transfer);
  const isSmall = size !== undefined && size - sink.held <= LEAST_BYTES;
  if (connections !== 1 && scatter !== undefined && size !== undefined && !isSmall && canBeSplit(transfer, known)) {
    const split = { known, sink, progress, scatter, size, connections };
    await new ParallelTransfer(answer, transfer, split, signal).run();
    return;
  }
  const destination = {
    sink,
    documentExpected: mayBeDocument(transfer.remote, known),
    rateLimit: transfer.ports.rateLimit,
    grant: () => Number.POSITIVE_INFINITY,
    accept: (chunk: Uint8Array) => sink.accept(chunk),
    onBytes: (bytes: number) => progress.received(bytes, 1),
  };
  await readBody(answer, destination, signal);
}

function connectionsFor({ request, remote }: Transfer): number | 'auto' {
  const { connections } = request.options;
  // A Range goes past Glance's cache, and with many stores it is refused: there only who asks for it gets it.
  return connections === 'auto' && remote.opener === 'plain' ? 1 : connections;
}
