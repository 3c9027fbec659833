import type { Algorithm, CheckedDigest, Digest } from '../core/digest.js';
import { mergeDigests } from '../core/digest.js';
import { AppError } from '../core/errors.js';
import { parseHttpDate } from '../core/http-date.js';
import type { Outcome } from '../core/outcome.js';
import type { Plan } from '../core/plan.js';
import { withoutResume } from '../core/resume-hint.js';
import type { Identity } from '../core/source.js';
import type { Journal, PartFile } from '../core/storage.js';
import { type Verification, verify } from '../core/verification.js';
import type { Fetched } from './fetch/fetched.js';
import { inspectImage } from './inspection.js';
import { isMadeForRun } from './made-object.js';
import { outcomeOf, recordReceipt } from './outcome.js';
import { RemoteChanged } from './remote-changed.js';
import { type FileSink, openFileSink } from './sink/file-sink.js';
import type { FileTransfer } from './transfer.js';
import { warn, warnOutvoted } from './warnings.js';
import { fetchWholeFile } from './whole-file.js';

export type FetchPlan = Extract<Plan, { kind: 'fetch' }>;

/** One attempt at the whole file. */
export interface Attempt {
  readonly transfer: FileTransfer;
  readonly plan: FetchPlan;
  /** The attempt after a restart: there is no third. */
  readonly restarted: boolean;
}

export type AttemptResult =
  | { readonly kind: 'published'; readonly outcome: Outcome }
  /** A conditional request was answered: the target is current. */
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'changed'; readonly field: string; readonly discarded: number }
  | {
      readonly kind: 'mismatch';
      readonly wrong: readonly CheckedDigest[];
      readonly suspicion: string | undefined;
      readonly computed: ReadonlyMap<Algorithm, string>;
      readonly discarded: number;
    };

/**
 * Fetches, verifies and publishes. When it throws and nothing durable was won, part and journal are gone again.
 * @throws AppError; the reason of `signal`
 */
export async function attemptDownload(attempt: Attempt, signal: AbortSignal): Promise<AttemptResult> {
  const { transfer, plan } = attempt;
  const expected = {
    identity: plan.known,
    digests: promisedDigests(attempt),
    unless: plan.unless,
    adopts: plan.adopts?.by,
  };
  const { part, journal } = await transfer.workspace.open(plan.mode);
  let sink: FileSink | undefined;
  // A file of nothing, of unproven or of wrong bytes is no use to anybody.
  let worthKeeping = false;
  try {
    sink = await openSink(attempt, part, journal, expected.digests);
    const whole = await fetchWholeFile(transfer, expected, sink, signal);
    if (whole.kind === 'unchanged') return whole;
    const { fetched, computed } = whole;
    const verification = verify(fetched.digests, computed, fetched.sizeKnown);
    const { wrong } = verification;
    const { suspicion } = fetched;
    if (wrong.length > 0) return { kind: 'mismatch', wrong, suspicion, computed, discarded: sink.held };
    await inspectPart(attempt, sink, part, fetched.size);
    const outcome = await publish(attempt, sink, part, fetched, verification);
    worthKeeping = true;
    return { kind: 'published', outcome };
  } catch (error) {
    const durable = sink?.durable ?? (plan.mode === 'continue' ? 1 : 0);
    const isMade = isMadeForRun(transfer.request.source);
    worthKeeping = !isMade && (durable > 0 || error instanceof RemoteChanged);
    if (error instanceof RemoteChanged) return { kind: 'changed', field: error.field, discarded: sink?.held ?? 0 };
    if (worthKeeping) throw error;
    // Of what was made for this run alone nobody expects a rest.
    throw withoutResume(error, !isMade && (sink?.held ?? 0) > 0 ? 'nothing was kept' : undefined);
  } finally {
    transfer.counters.isKept = worthKeeping;
    // What counts was flushed, synced and closed before it was published: a late complaint must not hide the outcome.
    await Promise.allSettled([sink?.close()]);
    await Promise.allSettled([journal.close(), part.close()]);
    if (!worthKeeping) await discard(transfer);
  }
}

/**
 * What is refused is kept as a part: a run that accepts it finds it whole.
 * @throws AppError inspect.*, fs.*
 */
async function inspectPart({ transfer }: Attempt, sink: FileSink, part: PartFile, size: number): Promise<void> {
  const image = { size, read: (offset: number, length: number) => part.read(offset, length) };
  try {
    await inspectImage(transfer, image, 'the partial download is kept');
  } catch (error) {
    await Promise.allSettled([sink.settle()]);
    throw error;
  }
}

async function discard(transfer: FileTransfer): Promise<void> {
  // Elsewhere nothing durable is ever discarded without a restart, which says so.
  if (isMadeForRun(transfer.request.source)) transfer.ports.report({ type: 'checkpoint', durable: 0 });
  await transfer.workspace.discard().catch((error: unknown) => {
    const why = error instanceof AppError ? error.message : 'an unknown reason';
    warn(transfer, { code: 'fs.leftover', message: `the partial download could not be removed: ${why}` });
  });
}

function promisedDigests({ transfer, plan }: Attempt): readonly Digest[] {
  const { request, remote } = transfer;
  const remembered = plan.mode === 'continue' ? digestsOf(plan.known) : [];
  return mergeDigests(request.options.checksums, remote.digests, remembered);
}

/** The promises that an earlier run's responses made, as its journal remembers them. */
function digestsOf(known: Identity): readonly Digest[] {
  return (known.digests ?? []).map((entry) => {
    const colon = entry.indexOf(':');
    return { algorithm: entry.slice(0, colon) as Algorithm, hex: entry.slice(colon + 1), from: 'header' as const };
  });
}

async function openSink(
  { transfer, plan }: Attempt,
  part: PartFile,
  journal: Journal,
  promised: readonly Digest[],
): Promise<FileSink> {
  const { remote, ports, workspace } = transfer;
  return await openFileSink(
    {
      part,
      journal,
      source: remote.ref,
      identity: plan.known,
      kept: plan.mode === 'continue' ? (journal.content?.have ?? []) : undefined,
      digests: promised,
      adopts: plan.adopts !== undefined,
      startHasher: ports.startHasher,
      readAheadPool: ports.readAheadPool,
      reserve: (size, held) => workspace.reserve(part, size, held),
    },
    ports,
  );
}

async function publish(
  { transfer, plan, restarted }: Attempt,
  sink: FileSink,
  part: PartFile,
  fetched: Fetched,
  { checked, outvoted, verified }: Verification,
): Promise<Outcome> {
  const { ports, workspace } = transfer;
  warnOutvoted(transfer, outvoted);
  ports.report({ type: 'phase', phase: 'publishing' });
  await sink.close();
  const modifiedAt = timeOf(transfer, fetched);
  for (const warning of await workspace.publish(part, plan.replace, modifiedAt)) warn(transfer, warning);
  if (verified === 'none') {
    const message = 'the server sent neither a length nor a digest: nothing could be verified';
    warn(transfer, { code: 'verify.none', message });
  } else if (verified === 'size-only') {
    const message = 'the server provides no digest for this image: only its size was verified';
    warn(transfer, { code: 'verify.size-only', message });
  }
  const { identity, size } = fetched;
  await recordReceipt(transfer, { identity, bytes: size, verified, digests: checked });
  const resumed = !restarted && sink.kept > 0;
  return outcomeOf(transfer, {
    path: workspace.target,
    status: resumed ? 'resumed' : 'downloaded',
    bytes: size,
    verified,
    digests: checked,
    resumedFrom: resumed ? sink.kept : null,
  });
}

/** A plain file has no other sign of its age, and by it the next run sees that it is there. */
function timeOf({ remote }: FileTransfer, { modifiedAt, identity }: Fetched): number | undefined {
  if (remote.validator !== 'http') return undefined;
  // All of it may have been there already, and no answer has said it again.
  return modifiedAt ?? (identity.lastModified === undefined ? undefined : parseHttpDate(identity.lastModified));
}
