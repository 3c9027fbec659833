import type { Clock } from '../../core/clock.js';
import type { Algorithm, Digest } from '../../core/digest.js';
import type { Report } from '../../core/events.js';
import type { Transport } from '../../core/http.js';
import type { Identity } from '../../core/source.js';
import type { PartFile } from '../../core/storage.js';
import { algorithmsFor } from '../digest/digest-set.js';
import type { HasherFactory } from '../digest/hasher.js';
import type { ReadAheadPool } from '../digest/read-ahead-buffer.js';
import type { ByteSink, Scatter } from './byte-sink.js';
import { Checkpointer, UNCLAIMED_BYTES } from './checkpointer.js';
import { FileDigests } from './file-digests.js';
import { JournalClaims, type JournalClaimsInput } from './journal-claims.js';
import { WriteBehind } from './write-behind.js';

/**
 * Bytes that several connections may have on their way at once. With a checkpoint's worth behind it, less than what
 * may be unclaimed.
 */
const WINDOW_BYTES = 40 * 1024 * 1024;
/** So few bytes are fetched again sooner than they are claimed: when nothing but their digest is left, they are not. */
const SMALL_BYTES = 128 * 1024;
/** Hashed by an old machine in a tenth of a second, read from a slow disk in a few seconds. */
const TELL_BYTES = 8 * 1024 * 1024;

export interface FileSinkInput extends JournalClaimsInput {
  readonly part: PartFile;
  /** Digests already promised, so that hashing what is kept starts at once. */
  readonly digests: readonly Digest[];
  /** What is kept came from another source. Absent: it did not. */
  readonly adopts?: boolean;
  readonly startHasher: HasherFactory;
  readonly readAheadPool: ReadAheadPool;
  /**
   * Is there room for a file of `size` bytes, of which `held` are there? Absent: nobody knows.
   * @throws AppError disk.full
   */
  readonly reserve?: (size: number, held: number) => Promise<void>;
}

export interface FileSinkPorts {
  readonly clock: Clock;
  readonly report: Report;
  readonly transport?: Pick<Transport, 'release'>;
}

/** @throws AppError disk.*, fs.* */
export async function openFileSink(input: FileSinkInput, ports: FileSinkPorts): Promise<FileSink> {
  // What is missing at the end is not claimed: truncate() would fill it with zeros.
  const journal = new JournalClaims(input, await input.part.size());
  await input.part.truncate(journal.end);
  return new FileSink(input, ports, journal);
}

/** What works on the file from where it was opened, or from the last rewind() on. */
interface Pass {
  readonly writes: WriteBehind;
  readonly digests: FileDigests;
  readonly checkpoints: Checkpointer;
}

/**
 * A file on its way. Order is the contract: bytes are written, then fdatasync, then the journal claims them. Digests
 * read what is written.
 */
export class FileSink implements ByteSink, Scatter {
  readonly comparesAll = true;
  readonly scatter = this;
  readonly windowBytes = WINDOW_BYTES;
  readonly #input: FileSinkInput;
  readonly #ports: FileSinkPorts;
  readonly #journal: JournalClaims;
  #wanted: readonly Algorithm[];
  #kept: number;
  /** The size that there is room for. */
  #reserved: number | undefined;
  #pass: Pass;
  #onDisproved: (goodEnd: number) => void = () => {};
  #onMoved: (() => void) | undefined;

  constructor(input: FileSinkInput, ports: FileSinkPorts, journal: JournalClaims) {
    this.#input = input;
    this.#ports = ports;
    this.#journal = journal;
    this.#wanted = input.digests.length === 0 ? [] : algorithmsFor(input.digests);
    this.#kept = journal.end;
    this.#pass = this.#begin();
  }

  get held(): number {
    return this.#pass.writes.accepted;
  }

  get durable(): number {
    return this.#journal.end;
  }

  /** Bytes of an earlier run that are still part of the file. */
  get kept(): number {
    return this.#kept;
  }

  get limit(): number {
    return Math.min(this.held + WINDOW_BYTES, this.durable + UNCLAIMED_BYTES);
  }

  get unhashed(): number {
    return this.held - Math.min(this.#pass.digests.position, this.held);
  }

  onMoved(listener: (() => void) | undefined): void {
    this.#onMoved = listener;
  }

  /** Fires when the kept bytes turned out to be bad from `goodEnd` on, also if that was before: stop, then rewind(). */
  onDisproved(listener: (goodEnd: number) => void): void {
    this.#onDisproved = listener;
    const { disprovedAt } = this.#pass.digests;
    if (disprovedAt !== undefined) listener(disprovedAt);
  }

  async learned(identity: Identity, promised: readonly Digest[]): Promise<void> {
    if (identity.size !== undefined) await this.#reserve(identity.size);
    const { writes, digests } = this.#pass;
    // Without any promise, what runs already to check the kept bytes is as good as another digest.
    if (promised.length > 0 || !digests.running) this.#wanted = algorithmsFor(promised);
    digests.want(this.#wanted, identity.size);
    digests.advance(writes.written);
    // Bytes of another URL get the name of this one with the first claim: by then what came was compared with them.
    if (writes.accepted === 0 || this.#input.adopts === true) this.#journal.identify(identity);
  }

  /** Takes bytes at `at`, by default the next ones in order. */
  async accept(chunk: Uint8Array, at: number = this.held): Promise<void> {
    const { writes, digests, checkpoints } = this.#pass;
    const end = at + chunk.byteLength;
    // Several connections keep within `limit`; one alone is held up here.
    while (at === writes.accepted && at > this.durable && checkpoints.isFull(end)) {
      await writes.flush();
      await checkpoints.makeRoom();
    }
    checkpoints.throwFailure();
    await writes.put(chunk, at);
    await digests.keepUp(writes.written);
    checkpoints.startIfDue();
    await checkpoints.slowDown(end);
  }

  throwFailure(): void {
    const { writes, checkpoints } = this.#pass;
    checkpoints.throwFailure();
    writes.throwFailure();
  }

  end(at: number): void {
    this.#pass.writes.end(at);
  }

  async matches(bytes: Uint8Array, at: number): Promise<boolean> {
    const { writes } = this.#pass;
    if (at + bytes.byteLength > writes.written) await writes.flush();
    return Buffer.compare(await this.#input.part.read(at, bytes.byteLength), bytes) === 0;
  }

  async settle(): Promise<void> {
    const { writes, checkpoints } = this.#pass;
    // Also after a failed write: the contiguous prefix before it is good and worth a claim.
    const [flushed] = await Promise.allSettled([writes.flush()]);
    writes.forget();
    // What a failed write has left beyond it takes the room that the claim may need.
    if (flushed.status === 'rejected') await this.#input.part.truncate(writes.written).catch(() => undefined);
    await checkpoints.claimAll();
    if (flushed.status === 'rejected') throw flushed.reason;
  }

  /** Everything has come: settles it, unless it is small and only a kill before the end could make use of a claim. */
  async complete(): Promise<void> {
    const { writes, checkpoints } = this.#pass;
    if (checkpoints.begun || writes.accepted > SMALL_BYTES) await this.settle();
    else await writes.flush();
  }

  /** Gives up everything from `end`, which must be the end of a proven claim. */
  async rewind(end: number): Promise<void> {
    const { checkpoints } = this.#pass;
    await this.close();
    await checkpoints.rewind(end);
    this.#kept = Math.min(this.#kept, this.durable);
    this.#pass = this.#begin();
  }

  /** Is what an earlier run left what its journal says? Resolves when all of it was hashed again. @throws AppError fs.io */
  keptIsGood(): Promise<boolean> {
    return this.#pass.digests.keptIsGood;
  }

  /** Waits for the check of what was kept and for the digests of the whole. False: rewind() is due. */
  async digestAll(size: number): Promise<ReadonlyMap<Algorithm, string> | false> {
    const { writes, digests } = this.#pass;
    await writes.flush();
    return await digests.ofWhole(size);
  }

  /**
   * Tells how far all digests are with what is held, again and again until they have all of it, or one fails.
   * @param tell gets bytes, from 0
   */
  async whileHashing(tell: (hashed: number) => void): Promise<void> {
    const { digests } = this.#pass;
    const size = this.held;
    for (let next = digests.position + TELL_BYTES; next < size; next = digests.position + TELL_BYTES) {
      await digests.passed(next);
      const { position } = digests;
      // Failed, or closed.
      if (position < next || position > size) return;
      tell(position);
    }
  }

  /** Nothing touches the files any more. What was not settled is given up. */
  async close(): Promise<void> {
    const { writes, digests, checkpoints } = this.#pass;
    await checkpoints.close();
    await writes.close();
    await digests.close();
  }

  /** Once for each size: what others write meanwhile is for the write itself to find out. */
  async #reserve(size: number): Promise<void> {
    if (size === this.#reserved) return;
    await this.#input.reserve?.(size, this.held);
    this.#reserved = size;
  }

  #begin(): Pass {
    const { part, startHasher, readAheadPool } = this.#input;
    const { claims, identity } = this.#journal;
    const writes = new WriteBehind(part, claims.end, {
      onWritten: (end) => {
        digests.advance(end);
        // Who waits for room adds no bytes that would start a checkpoint.
        checkpoints.startIfDue();
        this.#onMoved?.();
      },
      onFailed: () => this.#onMoved?.(),
      release: (chunk) => this.#ports.transport?.release?.(chunk),
    });
    const hashed = { part, claims, wanted: this.#wanted, size: identity.size, startHasher, readAheadPool };
    const digests = new FileDigests(hashed, (goodEnd) => this.#onDisproved(goodEnd));
    const claimable = {
      get written() {
        return writes.written;
      },
      get scattered() {
        return writes.scattered;
      },
      lineUpTo: (end: number) => digests.lineUpTo(end),
    };
    const { clock, report } = this.#ports;
    const onEnd = (): void => this.#onMoved?.();
    const checkpoints = new Checkpointer(part, this.#journal, claimable, { clock, report, onEnd });
    // A thread that cannot run or read back leaves the bytes unproven: nothing more is claimed on top of them.
    digests.keptIsGood.catch((error: unknown) => checkpoints.fail(error));
    return { writes, digests, checkpoints };
  }
}
