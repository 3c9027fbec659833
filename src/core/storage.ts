/** The disk as the engine sees it: part file, journal, lock, target and receipt. */
import type { Algorithm, CheckedDigest, Verified } from './digest.js';
import type { ReadableImage } from './inspection.js';
import type { Identity, SourceRef, Warning } from './source.js';

/** The part file: bytes at offsets. Every error is an AppError (disk.*, fs.*). */
export interface PartFile {
  readonly path: string;
  /** For the digest threads, which read the file through the same descriptor. */
  readonly fd: number;
  /** Writes all chunks, one after the other, at `offset`; short writes are continued or reported. */
  write(offset: number, chunks: readonly Uint8Array[]): Promise<void>;
  /** Reads exactly `length` bytes at `offset`, fewer only at the end of the file. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Fills `into` from `offset` if that takes no time. False: it would, or the file ends before, or cannot be read. */
  readNow?(offset: number, into: Uint8Array): boolean;
  /** fdatasync. After one failure every later call fails too: nothing since the last checkpoint is believed. */
  sync(): Promise<void>;
  truncate(size: number): Promise<void>;
  size(): Promise<number>;
  close(): Promise<void>;
}

/** First line of a journal. */
export interface JournalHead {
  readonly t: 'head';
  readonly v: 1;
  readonly source: SourceRef;
  readonly identity: Identity;
  /** Base name of the target, which the name of the journal does not show. Absent in journals of 0.1.0. */
  readonly target?: string;
}

/** Bytes [start, end) are on disk (fdatasync came before this line) and have these digests. */
export interface JournalHave {
  readonly t: 'have';
  readonly start: number;
  readonly end: number;
  readonly digests: Readonly<Partial<Record<Algorithm, string>>>;
}

export type JournalRecord = JournalHead | JournalHave;

/** What a journal that can be trusted says. `have` in the order written. */
export interface JournalContent {
  readonly head: JournalHead;
  readonly have: readonly JournalHave[];
}

/** Append-only; a line counts when its checksum is right and every line before it counted. */
export interface Journal {
  /** What was found when it was opened; undefined for a new one. */
  readonly content: JournalContent | undefined;
  /** Appends one line and fdatasyncs the journal. */
  append(record: JournalHave): Promise<void>;
  /** Starts anew: exactly this head, with the target's name, and these claims (durable before it returns). */
  reset(head: JournalHead, have: readonly JournalHave[]): Promise<void>;
  close(): Promise<void>;
}

/** A file that is read and nothing else. */
export interface OpenTarget extends ReadableImage {
  close(): Promise<void>;
}

/** What is at the target's place, seen by lstat. */
export type TargetFacts =
  | { readonly kind: 'absent' }
  /** `modifiedAt`: milliseconds since 1970. */
  | { readonly kind: 'file'; readonly size: number; readonly isPart: boolean; readonly modifiedAt?: number }
  | { readonly kind: 'symlink' }
  | { readonly kind: 'directory' }
  | { readonly kind: 'other' };

/** What is beside the target from an earlier run. */
export type PartFacts =
  | { readonly kind: 'none' }
  /** `newer`: written by a later version of imgdl. */
  | { readonly kind: 'unusable'; readonly why: 'torn' | 'newer' | 'no-journal'; readonly size: number }
  | { readonly kind: 'usable'; readonly size: number; readonly journal: JournalContent };

/** Everything plan() needs to know of the disk. */
export interface LocalFacts {
  readonly target: TargetFacts;
  readonly part: PartFacts;
  /** Bytes this user may still write there; undefined when the file system does not say. */
  readonly freeBytes?: number;
  /** A lock file is there, of a run that lives or of one that was killed. */
  readonly lockSeen?: boolean;
}

/** Exclusive ownership of one target until unlock(). */
export interface Lock {
  unlock(): Promise<void>;
}

/**
 * The place of one download: a target and the files beside it. All paths are decided when it is made.
 * Every method throws AppError fs.*, disk.*, lock.*.
 */
export interface Workspace {
  /** The final path as the user would type it. */
  readonly target: string;
  /** Looks, changes nothing. */
  inspect(): Promise<LocalFacts>;
  /**
   * @param object what it is locked for, for others who want the same: 16 hex digits
   * @throws AppError lock.held with the owner's description, and what he has locked it for as `details.object`
   */
  lock(object?: string): Promise<Lock>;
  /** Opens or creates part and journal (0600, O_EXCL/O_NOFOLLOW, one link, our own uid). `fresh` discards old ones. */
  open(mode: 'continue' | 'fresh'): Promise<{ readonly part: PartFile; readonly journal: Journal }>;
  /**
   * The part will grow to `size` bytes, of which `held` are there: is there room for the rest of it, beside what other
   * images of the run still need?
   * @throws AppError disk.full
   */
  reserve(part: PartFile, size: number, held: number): Promise<void>;
  /**
   * Makes the part visible under the target's name: time, owner and mode (of the file that it replaces, else those of a
   * new file), fsync, link (or rename with `replace`), fsync of the directory, then removes journal and part name.
   * @param modifiedAt the time that the file gets, in milliseconds since 1970; undefined: it keeps that of its last byte
   */
  publish(part: PartFile, replace: boolean, modifiedAt?: number): Promise<readonly Warning[]>;
  /** After a kill between link and unlink: target and part are one inode. Removes the left-overs. */
  finishPublished(): Promise<void>;
  /**
   * Makes the name of a target that is there durable: whoever gave it that name may have been killed before it was.
   * Nothing is said where the file system cannot; that was said when it got its name.
   * @throws AppError fs.io, fs.*
   */
  keepTarget(): Promise<void>;
  /** Removes part and journal of this target that this run created or proved to be ours. */
  discard(): Promise<void>;
  /** Digest of the existing target file, which must be a regular file. */
  digestTarget(
    algorithms: readonly Algorithm[],
    signal: AbortSignal,
    tell?: (hashed: number) => void,
  ): Promise<ReadonlyMap<Algorithm, string>>;
  /** The existing target file, which must be a regular file, to look into. */
  openTarget(): Promise<OpenTarget>;
  /** The receipt beside the target, parsed; undefined when absent or not one of ours. */
  readReceipt(): Promise<Receipt | undefined>;
  /** Could one be written? Changes nothing. @throws AppError fs.type, fs.name, fs.* where something is in the way */
  expectReceipt(): Promise<void>;
  /** Writes it atomically. */
  writeReceipt(receipt: Receipt): Promise<void>;
}

/** `<target>.imgdl.json`: what the file is, whence, when, and who vouched for it. Holds no secret. */
export interface Receipt {
  readonly schema: 1;
  readonly tool: string;
  readonly source: SourceRef & { readonly name: string | null };
  readonly identity: Identity;
  readonly bytes: number;
  readonly verified: Verified;
  readonly digests: readonly CheckedDigest[];
  /** ISO 8601, UTC. */
  readonly finishedAt: string;
}
