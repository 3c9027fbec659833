import { unlessAborted } from '../core/abort.js';
import { mergeDigests } from '../core/digest.js';
import { AppError } from '../core/errors.js';
import type { Outcome } from '../core/outcome.js';
import { verify } from '../core/verification.js';
import { describedTransfer, reportDescribed } from './description.js';
import { mismatchError, namedFailure } from './failure.js';
import { fetchBytes } from './fetch/fetch.js';
import type { Fetched } from './fetch/fetched.js';
import { inspectImage, StreamedHeader } from './inspection.js';
import { withListed } from './listing.js';
import { outcomeOf } from './outcome.js';
import { changedError, RemoteChanged } from './remote-changed.js';
import { StreamSink, type StreamWriter } from './sink/stream-sink.js';
import type { Transfer, TransferPorts, TransferRequest } from './transfer.js';
import { warnOutvoted } from './warnings.js';

/**
 * Downloads one remote object to stdout, in order, hashed on the way. A cut is continued by Range while the process
 * lives; nothing can be resumed later, and a wrong digest shows in the exit code only.
 *
 * @throws AppError net.no-range when a cut cannot be continued, integrity.digest, …
 */
export async function stream(
  request: TransferRequest,
  ports: TransferPorts,
  write: StreamWriter,
  signal: AbortSignal,
): Promise<Outcome> {
  const transfer = withListed(await describedTransfer(request, ports, signal), undefined);
  const { size } = transfer.remote.identity;
  reportDescribed(transfer, '-');
  if (request.options.dryRun) {
    return outcomeOf(transfer, { path: '-', status: 'dry-run', bytes: size ?? null, would: 'download' });
  }
  ports.report({ type: 'planned', from: 0, size, why: 'streaming to stdout' });
  try {
    return await streamBytes(transfer, write, signal);
  } catch (error) {
    const failure = error instanceof RemoteChanged ? changedError(error.field, false) : error;
    throw namedFailure(failure, 'stdout', transfer.remote.ref, transfer.counters);
  }
}

async function streamBytes(transfer: Transfer, write: StreamWriter, signal: AbortSignal): Promise<Outcome> {
  const { ports, remote } = transfer;
  const { checksums } = transfer.request.options;
  const header = transfer.request.options.inspect === 'off' ? undefined : new StreamedHeader();
  const sink = new StreamSink(
    async (chunk) => {
      header?.add(chunk, sink.held);
      // A reader that stands still holds the write, and must not hold the end of the run.
      await unlessAborted(write(chunk), signal);
    },
    (chunk) => ports.transport.release?.(chunk),
  );
  const digests = mergeDigests(checksums, remote.digests);
  const fetched = await fetchBytes(transfer, { identity: remote.identity, digests }, sink, signal);
  if (fetched.kind === 'unchanged')
    throw new AppError('bug', 'streaming: an unconditional request came back unchanged');
  const outcome = verifiedOutcome(transfer, sink, fetched);
  const image = header?.image(fetched.size, (length) => sink.tail(length));
  if (image !== undefined) await inspectImage(transfer, image, 'do not use what was written to stdout');
  return outcome;
}

/** @throws AppError integrity.digest */
function verifiedOutcome(transfer: Transfer, sink: StreamSink, fetched: Fetched): Outcome {
  const computed = sink.computed();
  // What only a later response promised was not hashed from the first byte on: it can neither match nor differ.
  const promised = fetched.digests.filter((digest) => computed.has(digest.algorithm));
  const { checked, wrong, outvoted, verified } = verify(promised, computed, fetched.sizeKnown);
  const { suspicion } = fetched;
  if (wrong.length > 0) throw mismatchError({ wrong, computed, suspicion }, 'what was written to stdout is wrong');
  warnOutvoted(transfer, outvoted);
  return outcomeOf(transfer, { path: '-', status: 'downloaded', bytes: fetched.size, verified, digests: checked });
}
