import { type Claims, claimsOf, claimsUpTo } from '../core/claims.js';
import type {
  Algorithm,
  Clock,
  Digest,
  Identity,
  Journal,
  JournalHave,
  PartFile,
  Report,
  SourceRef,
  Transport,
} from '../core/types.js';
import type { ByteSink } from './byte-sink.js';
import { algorithmsFor, createDigestSet, type HasherFactory } from './digests.js';
import { NOTHING_TO_PROVE, type PrefixProof, provePrefix } from './prefix-proof.js';
import type { AheadStore } from './read-ahead.js';
import { createWriter, type Writer } from './writer.js';

/** A checkpoint is due after so many bytes or so much time. */
const CHECKPOINT_BYTES = 32 * 1024 * 1024;
const CHECKPOINT_MS = 5_000;
/** Unclaimed bytes at which writing slows down. */
const UNCLAIMED_BYTES = 60 * 1024 * 1024;
/** Unclaimed bytes at which it stops, whatever the server makes of that: a crash never costs more. */
const UNCLAIMED_MAX_BYTES = 64 * 1024 * 1024;
/**
 * Bytes that several connections may have on their way at once. With a checkpoint's worth behind it, less than what
 * may be unclaimed.
 */
const WINDOW_BYTES = 40 * 1024 * 1024;
/** A checkpoint is due earlier with bytes beyond the front: a crash would cost these too. */
const SCATTERED_CHECKPOINT_BYTES = 16 * 1024 * 1024;
/** So few bytes are fetched again sooner than they are claimed: when nothing but their proof is left, they are not. */
const SMALL_BYTES = 128 * 1024;
/**
 * Longest pause of reading while a checkpoint is late. uWSGI in front of Glance cuts a reader that pauses for 10 s,
 * with a clean end of the body.
 */
const STEP_MS = 2_000;

export interface FileSinkInput {
  readonly part: PartFile;
  readonly journal: Journal;
  readonly source: SourceRef;
  /** Identity for the head of a journal that starts anew. */
  readonly identity: Identity;
  /** What an earlier run claims; undefined to start fresh. */
  readonly kept: readonly JournalHave[] | undefined;
  /** Digests already promised, so that hashing what is kept starts at once. */
  readonly digests: readonly Digest[];
  readonly startHasher: HasherFactory;
  readonly aheadStore?: AheadStore | undefined;
}

/** A file on its way: writes behind the network, hashes behind the writes, claims behind the disk. */
export interface FileSink extends ByteSink {
  /** Bytes of an earlier run that are still part of the file. */
  readonly kept: number;
  /** Fires when the kept bytes turned out to be bad from `goodEnd` on: stop, then rewind(). */
  onDisproved(listener: (goodEnd: number) => void): void;
  /** Is what an earlier run left what its journal says? Resolves when all of it was hashed again. */
  keptIsGood(): Promise<boolean>;
  /** Everything has come: settles it, unless it is small and only a kill before the end could make use of a claim. */
  complete(): Promise<void>;
  /** Gives up everything from `end`, which must be the end of a proven claim. */
  rewind(end: number): Promise<void>;
  /** Waits for the proof of what was kept and for the digests of the whole. False: rewind() is due. */
  digestAll(size: number): Promise<ReadonlyMap<Algorithm, string> | false>;
  close(): Promise<void>;
}

/**
 * Order is the contract: bytes are written, then fdatasync, then the journal claims them.
 *
 * @throws AppError disk.*, fs.*
 */
export async function openFileSink(
  input: FileSinkInput,
  ports: { readonly clock: Clock; readonly report: Report; readonly transport?: Pick<Transport, 'release'> },
): Promise<FileSink> {
  const { part, journal } = input;
  const { clock, report, transport } = ports;
  const release = (chunk: Uint8Array): void => transport?.release?.(chunk);
  // What is missing at the end is not claimed: truncate() would fill it with zeros.
  let claims: Claims = claimsUpTo(claimsOf(input.kept ?? []), await part.size());
  let identity = input.identity;
  let wanted: readonly Algorithm[] = input.digests.length === 0 ? [] : algorithmsFor(input.digests);
  let listener: (goodEnd: number) => void = () => {};
  let moved: (() => void) | undefined;
  /** A disproof that nobody has heard of yet. */
  let disprovedAt: number | undefined;
  let claimed = 0;
  let claimedAt = clock.now();
  let running: Promise<void> | undefined;
  /** The first failure of a checkpoint is final: nothing more is claimed. */
  let failure: unknown;
  /** No checkpoint may begin: what is written is given up, or the files are closed. */
  let stopped = false;
  let kept = claims.end;
  let writer: Writer = createWriter(part, 0, () => {});
  let digests = createDigestSet(part, input.startHasher, input.aheadStore);
  let proof: PrefixProof = NOTHING_TO_PROVE;
  /** The journal says nothing of this object yet: without a claim its head is of no use to anybody. */
  let headless = input.kept === undefined;

  const begin = (): void => {
    claimed = claims.end;
    claimedAt = clock.now();
    stopped = false;
    disprovedAt = undefined;
    const onFront = (front: number): void => {
      digests.advance(front);
      proof.advance(front);
      if (moved !== undefined) checkpointIfDue();
      moved?.();
    };
    writer = createWriter(part, claimed, onFront, release);
    digests = createDigestSet(part, input.startHasher, input.aheadStore);
    digests.want(wanted, identity.size);
    proof =
      claims.end === 0
        ? NOTHING_TO_PROVE
        : provePrefix(part.fd, claims, digests, input.startHasher, (good) => {
            disprovedAt = good;
            listener(good);
          });
    proof.outcome.catch((error: unknown) => {
      failure ??= error;
    });
    digests.advance(claimed);
    proof.advance(claimed);
  };

  /** The digests of the whole prefix lag behind while they catch up with what an earlier run left. */
  const caughtUp = (): boolean =>
    proof.proven && digests.running.every((hasher) => hasher.position >= writer.front - CHECKPOINT_BYTES);

  const claimLine = async (end: number): Promise<JournalHave> => {
    if (proof !== NOTHING_TO_PROVE && !caughtUp()) return await proof.tailLine(end);
    return { t: 'have', start: 0, end, digests: Object.fromEntries(await digests.mark(end)) };
  };

  const writeHead = async (have: readonly JournalHave[]): Promise<void> => {
    await journal.reset({ t: 'head', v: 1, source: input.source, identity }, have);
    headless = false;
  };

  const checkpoint = async (): Promise<void> => {
    if (writer.front <= claimed) return;
    if (headless) await writeHead([]);
    const end = writer.front;
    // The mark is asked for before the sync starts: the digest threads must not run past it meanwhile.
    const asked = claimLine(end);
    asked.catch(() => {});
    await part.sync();
    const line = await asked;
    await journal.append(line);
    claims = claimsOf([...claims.prefix, ...claims.tail, line]);
    claimed = end;
    claimedAt = clock.now();
    if (line.start === 0 && proof !== NOTHING_TO_PROVE) {
      await proof.close();
      proof = NOTHING_TO_PROVE;
    }
    report({ type: 'checkpoint', durable: end });
  };

  const checkpointInBackground = (): void => {
    running ??= checkpoint()
      .catch((error: unknown) => {
        failure ??= error;
      })
      .finally(() => {
        running = undefined;
        // Who waits for room brings no bytes that would start the next one.
        checkpointIfDue();
        moved?.();
      });
  };

  const checkpointIfDue = (): void => {
    const due = writer.scattered ? SCATTERED_CHECKPOINT_BYTES : CHECKPOINT_BYTES;
    const late = writer.front > claimed && clock.now() - claimedAt >= CHECKPOINT_MS;
    if (failure === undefined && !stopped && (late || writer.front - claimed >= due)) checkpointInBackground();
  };

  /** Waits the running checkpoint out; none begins from now on. */
  const stopCheckpoints = async (): Promise<void> => {
    stopped = true;
    await running;
  };

  /** One after the other: a checkpoint that ends may have begun the next one. */
  const claimAll = async (): Promise<void> => {
    for (;;) {
      if (failure !== undefined) throw failure;
      if (running === undefined && writer.front <= claimed) return;
      checkpointInBackground();
      await running;
    }
  };

  const accept = async (chunk: Uint8Array, at: number): Promise<void> => {
    const end = at + chunk.byteLength;
    // Several connections keep within `limit`; one alone is held up here.
    while (at === writer.accepted && at > claimed && end - claimed > UNCLAIMED_MAX_BYTES) {
      await writer.flush();
      if (failure !== undefined) throw failure;
      checkpointInBackground();
      await running;
    }
    if (failure !== undefined) throw failure;
    await writer.put(chunk, at);
    await digests.keepUp(writer.front);
    checkpointIfDue();
    if (running !== undefined && end - claimed >= UNCLAIMED_BYTES) {
      const waited = new AbortController();
      const step = clock.sleep(STEP_MS, waited.signal).catch(() => {});
      await Promise.race([running, step]);
      waited.abort();
    }
  };

  const settle = async (): Promise<void> => {
    // Also after a failed write: what lies before the front is good and worth a claim.
    const flushed = await Promise.allSettled([writer.flush()]);
    writer.forget();
    await claimAll();
    if (flushed[0].status === 'rejected') throw flushed[0].reason;
  };

  const stopHashing = async (): Promise<void> => {
    await Promise.all([proof.close(), digests.close()]);
  };

  const rewind = async (end: number): Promise<void> => {
    await writer.flush().catch(() => {});
    await stopCheckpoints();
    if (failure !== undefined) throw failure;
    await stopHashing();
    claims = claimsUpTo(claims, end);
    kept = Math.min(kept, claims.end);
    await writeHead([...claims.prefix, ...claims.tail]);
    await part.truncate(claims.end);
    begin();
  };

  await part.truncate(claims.end);
  begin();

  return {
    get held() {
      return writer.accepted;
    },
    get durable() {
      return claimed;
    },
    get kept() {
      return kept;
    },
    canRestart: true,
    onDisproved(next) {
      listener = next;
      if (disprovedAt !== undefined) next(disprovedAt);
    },
    async learned(facts, promised) {
      // Without any promise, what runs already to prove the kept bytes is as good as another digest.
      if (promised.length > 0 || digests.running.length === 0) wanted = algorithmsFor(promised);
      digests.want(wanted, facts.size);
      digests.advance(writer.front);
      if (writer.accepted === 0) {
        identity = facts;
        headless = true;
      }
    },
    accept: (chunk) => accept(chunk, writer.accepted),
    scatter: {
      windowBytes: WINDOW_BYTES,
      get limit() {
        return Math.min(writer.accepted + WINDOW_BYTES, claimed + UNCLAIMED_BYTES);
      },
      get unhashed() {
        return writer.accepted - Math.min(...digests.running.map((hasher) => hasher.position), writer.accepted);
      },
      accept,
      end: (at) => writer.end(at),
      onMoved(next) {
        moved = next;
      },
    },
    async tail(length) {
      await writer.flush();
      const start = Math.max(0, writer.front - length);
      return await part.read(start, writer.front - start);
    },
    settle,
    async complete() {
      if (claimed > 0 || running !== undefined || writer.accepted > SMALL_BYTES) await settle();
      else await writer.flush();
    },
    async restart(next) {
      identity = next;
      await rewind(0);
    },
    rewind,
    keptIsGood: () => proof.outcome,
    async digestAll(size) {
      await writer.flush();
      const all = digests.mark(size);
      const [proven, values] = await Promise.all([proof.outcome, all.catch((error: unknown) => error)]);
      if (!proven) return false;
      if (values instanceof Map) return values;
      throw values;
    },
    async close() {
      await stopCheckpoints();
      await stopHashing();
    },
  };
}
