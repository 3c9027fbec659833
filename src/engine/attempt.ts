import { whenAborted } from '../core/abort.js';
import type { Algorithm, CheckedDigest, Digest } from '../core/digest.js';
import { checkDigests, mergeDigests, verifiedBy } from '../core/digest.js';
import { AppError } from '../core/errors.js';
import type { Outcome } from '../core/outcome.js';
import type { Plan } from '../core/plan.js';
import type { Identity, Remote, Warning } from '../core/source.js';
import type { PartFile } from '../core/storage.js';
import { type Fetched, fetchBytes } from './fetch/fetch.js';
import { outcomeOf, type Run, recordReceipt, warn } from './outcome.js';
import { RemoteChanged } from './retry-budget.js';
import { type FileSink, openFileSink } from './sink/file-sink.js';

/** One go at the whole file. */
export interface Round {
  readonly remote: Remote;
  readonly plan: Extract<Plan, { kind: 'fetch' }>;
  /** The go after a restart: there is no third. */
  readonly restarted: boolean;
}

export type RoundResult =
  | { readonly kind: 'published'; readonly outcome: Outcome }
  /** A conditional request was answered: the target is current. */
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'changed'; readonly field: string; readonly discarded: number }
  | {
      readonly kind: 'mismatch';
      readonly checked: readonly CheckedDigest[];
      readonly computed: ReadonlyMap<Algorithm, string>;
      readonly discarded: number;
    };

/**
 * Fetches, verifies and publishes. When it throws and nothing durable was won, part and journal are gone again.
 * @throws AppError; the reason of `signal`
 */
export async function playRound(run: Run, round: Round, signal: AbortSignal): Promise<RoundResult> {
  const { request, ports, workspace } = run;
  const { remote, plan } = round;
  const kept = plan.mode === 'continue';
  const promised = mergeDigests(request.options.checksums, remote.digests, kept ? promisedBy(plan.known) : []);
  const { part, journal } = await workspace.open(plan.mode);
  let sink: FileSink | undefined;
  // A file of nothing, of unproven or of wrong bytes is no use to anybody.
  let worthKeeping = false;
  try {
    sink = await openFileSink(
      {
        part,
        journal,
        source: request.source.ref,
        identity: plan.known,
        kept: kept ? (journal.content?.have ?? []) : undefined,
        digests: promised,
        startHasher: ports.startHasher,
        aheadStore: ports.aheadStore,
      },
      ports,
    );
    const brought = await bringAll(run, round, sink, promised, signal);
    if (brought.kind === 'unchanged') return brought;
    const { fetched, computed } = brought;
    const checked = checkDigests(fetched.digests, computed);
    if (checked.some((digest) => digest.matched === false)) {
      return { kind: 'mismatch', checked, computed, discarded: sink.held };
    }
    const outcome = await publish(run, round, sink, part, fetched, checked);
    worthKeeping = true;
    return { kind: 'published', outcome };
  } catch (error) {
    worthKeeping = (sink?.durable ?? (kept ? 1 : 0)) > 0;
    if (error instanceof RemoteChanged) {
      worthKeeping = true;
      return { kind: 'changed', field: error.field, discarded: sink?.held ?? 0 };
    }
    throw error;
  } finally {
    // What counts was flushed, synced and closed before it was published: a late complaint must not hide the outcome.
    await Promise.allSettled([sink?.close()]);
    await Promise.allSettled([journal.close(), part.close()]);
    if (!worthKeeping) await workspace.discard().catch((error: unknown) => warn(run, leftover(error)));
  }
}

function leftover(error: unknown): Warning {
  const why = error instanceof AppError ? error.message : 'an unknown reason';
  return { code: 'fs.leftover', message: `the empty part file could not be removed: ${why}` };
}

/** The promises that an earlier run's responses made, as its journal remembers them. */
function promisedBy(known: Identity): readonly Digest[] {
  return (known.digests ?? []).map((entry) => {
    const colon = entry.indexOf(':');
    return { algorithm: entry.slice(0, colon) as Algorithm, hex: entry.slice(colon + 1), from: 'header' as const };
  });
}

type Brought =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'brought'; readonly fetched: Fetched; readonly computed: ReadonlyMap<Algorithm, string> };

/** Fetches until the file is whole and its kept bytes are proven. Bad kept bytes are fetched again, nothing else. */
async function bringAll(
  run: Run,
  round: Round,
  sink: FileSink,
  promised: readonly Digest[],
  signal: AbortSignal,
): Promise<Brought> {
  const { request, ports, tally } = run;
  const { remote, plan } = round;
  let goodEnd: number | undefined;
  for (;;) {
    const disproof = new AbortController();
    sink.onDisproved((end) => {
      goodEnd = end;
      disproof.abort(new Error('the kept bytes have changed'));
    });
    try {
      // All bytes may be there from an earlier run; where a digest can tell whether they are right, no key is spent.
      const fetched: Fetched | { readonly kind: 'unchanged' } =
        sink.held > 0 && sink.held === plan.known.size && promised.length > 0
          ? { kind: 'fetched', size: sink.held, sizeKnown: true, digests: promised, identity: plan.known }
          : await fetchBytes(
              {
                source: request.source,
                remote,
                sink,
                identity: plan.known,
                unless: plan.unless,
                digests: promised,
                require: request.options.require,
                connections: request.options.connections,
                attempts: run.attempts,
                tally,
              },
              ports,
              AbortSignal.any([signal, disproof.signal]),
            );
      if (fetched.kind === 'unchanged') return fetched;
      if (sink.held !== fetched.size) {
        throw new AppError('integrity.size', `downloading: received ${sink.held} bytes, expected ${fetched.size}`);
      }
      await sink.complete();
      ports.report({ type: 'phase', phase: 'verifying' });
      const computed = await unlessAborted(sink.digestAll(fetched.size), signal);
      if (computed !== false) return { kind: 'brought', fetched, computed };
    } catch (error) {
      // An overlap that differs accuses the remote object; first it must be sure that it is not our own disk.
      const suspect =
        error instanceof RemoteChanged &&
        error.field === 'content' &&
        !(await unlessAborted(sink.keptIsGood(), signal));
      if (signal.aborted || (goodEnd === undefined && !suspect)) throw error;
    }
    const end = goodEnd ?? 0;
    const why = `the part file does not match its journal after byte ${end}`;
    const before = sink.held;
    await sink.rewind(end);
    // Not before: a checkpoint that was under way is told first, and counts no more.
    ports.report({ type: 'restart', why, kept: sink.held, discarded: before - sink.held });
    goodEnd = undefined;
  }
}

/** Hashing terabytes takes long: a signal or the deadline ends the wait at once. The threads end with the sink. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  // Nobody may be left to hear it when the threads end.
  work.catch(() => {});
  let unlisten = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    unlisten = whenAborted(signal, () => reject(signal.reason));
  });
  try {
    return await Promise.race([aborted, work]);
  } finally {
    unlisten();
  }
}

async function publish(
  run: Run,
  round: Round,
  sink: FileSink,
  part: PartFile,
  fetched: Fetched,
  checked: readonly CheckedDigest[],
): Promise<Outcome> {
  const { ports, workspace } = run;
  const verified = verifiedBy(checked, fetched.sizeKnown);
  ports.report({ type: 'phase', phase: 'publishing' });
  await sink.close();
  for (const warning of await workspace.publish(part, round.plan.replace)) warn(run, warning);
  if (verified === 'none') {
    warn(run, {
      code: 'verify.none',
      message: 'the server sent neither a length nor a digest: nothing could be verified',
    });
  } else if (verified === 'size-only') {
    warn(run, {
      code: 'verify.size-only',
      message: 'the server provides no digest for this image: only its size was verified',
    });
  }
  await recordReceipt(run, { identity: fetched.identity, bytes: fetched.size, verified, digests: checked });
  const resumed = !round.restarted && sink.kept > 0;
  return outcomeOf(run, {
    status: resumed ? 'resumed' : 'downloaded',
    bytes: fetched.size,
    verified,
    digests: checked,
    resumedFrom: resumed ? sink.kept : null,
  });
}
