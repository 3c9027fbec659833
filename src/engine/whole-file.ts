import { unlessAborted } from '../core/abort.js';
import type { Algorithm } from '../core/digest.js';
import { AppError } from '../core/errors.js';
import { fetchBytes } from './fetch/fetch.js';
import type { Expected, Fetched, FetchResult, Unchanged } from './fetch/fetched.js';
import { RemoteChanged } from './remote-changed.js';
import type { FileSink } from './sink/file-sink.js';
import type { FileTransfer } from './transfer.js';

/** All bytes are in the file, those of an earlier run are proven, and its digests are computed. */
export interface WholeFile {
  readonly kind: 'whole';
  readonly fetched: Fetched;
  readonly computed: ReadonlyMap<Algorithm, string>;
}

/**
 * Fetches until the file is whole and its kept bytes are proven. Bad kept bytes are fetched again, nothing else.
 * @throws AppError, RemoteChanged; the reason of `signal`
 */
export async function fetchWholeFile(
  transfer: FileTransfer,
  expected: Expected,
  sink: FileSink,
  signal: AbortSignal,
): Promise<WholeFile | Unchanged> {
  for (;;) {
    const result = await fetchAndHash(transfer, expected, sink, signal);
    if (result.kind !== 'disproved') return result;
    const { goodEnd } = result;
    const why = `the part file does not match its journal after byte ${goodEnd}`;
    const before = sink.held;
    await sink.rewind(goodEnd);
    // Not before: a checkpoint that was under way is told first, and counts no more.
    transfer.ports.report({ type: 'restart', why, kept: sink.held, discarded: before - sink.held });
  }
}

/** @returns `disproved` when the bytes of an earlier run are good up to `goodEnd` only */
async function fetchAndHash(
  transfer: FileTransfer,
  expected: Expected,
  sink: FileSink,
  signal: AbortSignal,
): Promise<WholeFile | Unchanged | { readonly kind: 'disproved'; readonly goodEnd: number }> {
  let goodEnd: number | undefined;
  const disproof = new AbortController();
  sink.onDisproved((end) => {
    goodEnd = end;
    disproof.abort(new Error('the kept bytes have changed'));
  });
  try {
    const fetched = await fetchMissing(transfer, expected, sink, AbortSignal.any([signal, disproof.signal]));
    if (fetched.kind === 'unchanged') return fetched;
    if (sink.held !== fetched.size) {
      throw new AppError('integrity.size', `downloading: received ${sink.held} bytes, expected ${fetched.size}`);
    }
    await sink.complete();
    transfer.ports.report({ type: 'phase', phase: 'verifying' });
    const { size } = fetched;
    void sink.whileHashing((hashed) => transfer.ports.report({ type: 'hashed', hashed, size }));
    // Hashing terabytes takes long: a signal or the deadline ends the wait at once. The threads end with the sink.
    const computed = await unlessAborted(sink.digestAll(size), signal);
    if (computed !== false) return { kind: 'whole', fetched, computed };
  } catch (error) {
    // An overlap that differs accuses the remote object; first it must be sure that it is not our own disk.
    const isSuspect =
      error instanceof RemoteChanged && error.field === 'content' && !(await unlessAborted(sink.keptIsGood(), signal));
    if (signal.aborted || (goodEnd === undefined && !isSuspect)) throw error;
  }
  return { kind: 'disproved', goodEnd: goodEnd ?? 0 };
}

/** All bytes may be there from an earlier run; where a digest can tell whether they are right, no key is spent. */
async function fetchMissing(
  transfer: FileTransfer,
  expected: Expected,
  sink: FileSink,
  signal: AbortSignal,
): Promise<FetchResult> {
  const { identity, digests } = expected;
  const isListed = transfer.lookUp === undefined;
  if (sink.held > 0 && sink.held === identity.size && digests.length > 0 && isListed) {
    return { kind: 'fetched', size: sink.held, sizeKnown: true, digests, identity };
  }
  return await fetchBytes(transfer, expected, sink, signal);
}
