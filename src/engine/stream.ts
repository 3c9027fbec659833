import { checkDigests, mergeDigests, verifiedBy } from '../core/digest.js';
import { AppError } from '../core/errors.js';
import type { Outcome } from '../core/outcome.js';
import { mismatchError, namedFailure, refuseUnknownAlgorithm } from './failure.js';
import { fetchBytes, type Tally } from './fetch/fetch.js';
import type { DownloadPorts, DownloadRequest } from './outcome.js';
import { changedError, createAttempts, RemoteChanged, withAttempts } from './retry-budget.js';
import { type StreamWriter, streamSink } from './sink/stream-sink.js';

/**
 * Brings one remote object to stdout, in order, hashed on the way. A cut is continued by Range while the process
 * lives; nothing can be resumed later, and a wrong digest shows in the exit code only.
 *
 * @throws AppError net.no-range when a cut cannot be continued, integrity.digest, …
 */
export async function stream(
  request: DownloadRequest,
  ports: Pick<DownloadPorts, 'transport' | 'clock' | 'report' | 'pace' | 'budget'>,
  write: StreamWriter,
  signal: AbortSignal,
): Promise<Outcome> {
  const { source, options } = request;
  const attempts = createAttempts(options.retries, request.deadlineAt, ports);
  ports.report({ type: 'phase', phase: 'describing' });
  const remote = await withAttempts(() => source.describe(signal), attempts, signal);
  refuseUnknownAlgorithm(remote, options);
  ports.report({ type: 'described', remote, target: '-' });
  const tally: Tally = { received: 0, attempts: 0, startsFromZero: false, warnings: [...remote.warnings] };
  const facts = {
    path: '-',
    received: 0,
    resumedFrom: null,
    warnings: tally.warnings,
    name: remote.label ?? remote.name ?? null,
  };
  if (options.dryRun) {
    return {
      ...facts,
      status: 'dry-run',
      bytes: remote.identity.size ?? null,
      verified: 'none',
      digests: [],
      attempts: 0,
      connections: 0,
      would: 'download',
    };
  }
  ports.report({ type: 'planned', from: 0, size: remote.identity.size, why: 'streaming to stdout' });
  const sink = streamSink(write, (chunk) => ports.transport.release?.(chunk));
  const digests = mergeDigests(options.checksums, remote.digests);
  const input = {
    source,
    remote,
    sink,
    identity: remote.identity,
    unless: undefined,
    digests,
    require: options.require,
    connections: options.connections,
    attempts,
    tally,
  };
  const fetched = await fetchBytes(input, ports, signal).catch((error: unknown) => {
    const failure = error instanceof RemoteChanged ? changedError(error.field, false) : error;
    throw namedFailure(failure, 'stdout', source.ref, tally);
  });
  if (fetched.kind === 'unchanged')
    throw new AppError('bug', 'streaming: an unconditional request came back unchanged');
  const computed = sink.computed();
  // What only a later response promised was not hashed from the first byte on: it can neither match nor differ.
  const checked = checkDigests(
    fetched.digests.filter((digest) => computed.has(digest.algorithm)),
    computed,
  );
  if (checked.some((digest) => digest.matched === false)) {
    const failure = mismatchError(checked, computed, 'what was written to stdout is wrong');
    throw namedFailure(failure, 'stdout', source.ref, tally);
  }
  return {
    ...facts,
    status: 'downloaded',
    bytes: fetched.size,
    verified: verifiedBy(checked, fetched.sizeKnown),
    digests: checked,
    received: tally.received,
    attempts: tally.attempts,
    connections: tally.connections ?? 1,
  };
}
