/**
 * The central types: data and ports. Nothing here does I/O.
 *
 * Data flows one way: command -> source -> plan -> engine -> disk. A {@link Source} says what a remote object is
 * and gives permission for one connection at a time; the engine does the rest and knows no provider.
 */
import type { AppError } from './errors.js';
import type { Secret, SecretHeaders } from './secret.js';

/** Half-open byte interval [start, end). HTTP's inclusive form exists in core/ranges.ts only. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** Digest algorithms by the names of Node's crypto, weakest first (core/digest.ts knows the aliases). */
export const ALGORITHMS = [
  'md5',
  'sha1',
  'sha224',
  'blake2s256',
  'sha3-256',
  'sha256',
  'sha384',
  'sha3-384',
  'blake2b512',
  'sha3-512',
  'sha512',
] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/**
 * Who promised a digest. A user's outranks metadata, which outranks a response header. `receipt`: we ourselves, in an
 * earlier run, with no more proof than that run had.
 */
export type DigestOrigin = 'user' | 'metadata' | 'header' | 'receipt';

export interface Digest {
  readonly algorithm: Algorithm;
  /** Lower-case hex of the right length for the algorithm. */
  readonly hex: string;
  readonly from: DigestOrigin;
}

/** A digest beside what was computed. `matched` is null where nobody promised a value. */
export interface CheckedDigest {
  readonly algorithm: Algorithm;
  readonly hex: string;
  readonly from: DigestOrigin | 'computed';
  readonly matched: boolean | null;
}

/**
 * What was asked for, canonical and without any secret or one-time key: it is written to journals, receipts, logs.
 * Two requests for the same object have the same reference, whatever key or signature they carry.
 */
export interface SourceRef {
  /** `uforge`, `glance` or `url`. */
  readonly provider: string;
  /** Base URL without userinfo and query: `https://host/api`, `https://host:9292`, `https://host`. */
  readonly endpoint: string;
  /** The object below the endpoint: `users/alice/appliances/1/images/2`, an image id, a URL path. */
  readonly ref: string;
}

/** What makes two answers "the same bytes". Decides whether a part may be continued. */
export interface Identity {
  /** Bytes; absent when unknown. */
  readonly size?: number;
  /** The provider's own revision of the object (UForge `revision`/`lastModified`). */
  readonly revision?: string;
  /** Digests the provider's metadata promise for the whole object, `algorithm:hex`, sorted. */
  readonly digests?: readonly string[];
  /** A strong ETag with its quotes. */
  readonly etag?: string;
  /** A weak one with its `W/`: good for the question whether the object is still that one, never for a resume. */
  readonly weakEtag?: string;
  /** `Last-Modified` verbatim, kept only when it is a strong validator (RFC 9110 section 8.8.2.2). */
  readonly lastModified?: string;
}

/** Answer of describe(): facts that cost no one-time key. */
export interface Remote {
  /** The server's name for the file, raw and untrusted; core/names.ts makes it safe. */
  readonly name?: string;
  /** Used when `name` is absent or useless: `<kind>-<id>.img`. Empty when the provider cannot say (exit 2, "give -o"). */
  readonly fallbackName: string;
  /** Human label for progress and result: an image's title. Untrusted. */
  readonly label?: string;
  readonly identity: Identity;
  /** Digests of the whole object promised by metadata, strongest trust first. */
  readonly digests: readonly Digest[];
  /** `plain`: never send Range on a first request (Glance). `range`: open with `Range: bytes=0-`. */
  readonly opener: 'plain' | 'range';
  /** What `Content-MD5` of a 206 covers: RFC 1864 says that body; Glance sends the whole image's. */
  readonly headerDigest: 'whole' | 'body';
  /**
   * Who vouches for identity across connections. `provider`: metadata (then ETags are only a hint and If-Range is
   * never sent). `http`: validators of the responses themselves, If-Range with a strong ETag.
   */
  readonly validator: 'provider' | 'http';
  /** The URL names a document on purpose (.html, .json, .xml): do not take one for an error page. */
  readonly webPageExpected?: boolean;
  /** Words for the user, e.g. a missing checksum. */
  readonly warnings: readonly Warning[];
}

export interface Warning {
  /** Stable dotted code. */
  readonly code: string;
  readonly message: string;
}

/** Permission to open ONE connection. Never stored, never used again when `singleUse`. */
export interface Ticket {
  /** May carry a one-time key or a signature in its query: print it through redactUrl() only. */
  readonly url: URL;
  readonly headers: SecretHeaders;
  readonly singleUse: boolean;
  /** Name of what authorises it, for `-v`: `one-time key`, `basic`, `API key`, `token`, `none`. */
  readonly by: string;
}

/** Why a ticket is wanted. */
export type TicketNeed =
  | { readonly reason: 'first' | 'reconnect' | 'extra' }
  /** The server refused `failed` with `refusal`: get another kind or a renewed one, or throw the explanation. */
  | { readonly reason: 'denied'; readonly failed: Ticket; readonly refusal: Refusal };

/** A refusal as the server gave it. The text is untrusted, at most 4 KiB, not yet escaped. */
export interface Refusal {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/**
 * A thing that can be downloaded: all a provider implements.
 *
 * The engine calls describe() once per attempt at the whole (again after `changed`), ticket() before every
 * connection, explain() on any refusal that is not about permission. No method may spend a one-time key except by
 * handing it out in a ticket.
 */
export interface Source {
  readonly ref: SourceRef;
  /**
   * May further connections be opened beside the first? False where each of them would spend a one-time key.
   * Absent: true.
   */
  readonly allowsExtra?: boolean;
  /** @throws AppError not-found, auth, not-ready, net.*, proto.* */
  describe(signal: AbortSignal): Promise<Remote>;
  /** @throws AppError when no permission can be had (any more). */
  ticket(need: TicketNeed, signal: AbortSignal): Promise<Ticket>;
  /** Turns a refusal of the data request into the error to show, or undefined for the engine's own words. */
  explain?(refusal: Refusal): AppError | undefined;
}

// ---- the wire ----------------------------------------------------------------------------------

/** Lower-case names; repeated fields joined by ", " (RFC 9110 section 5.3). */
export type Headers = ReadonlyMap<string, string>;

export interface OpenRequest {
  readonly url: URL;
  readonly headers: SecretHeaders;
  /** Never on a connection that another request has used: what it carries may be spent by a request that fails. */
  readonly fresh?: boolean;
}

/** An answer whose body has not been read. The body throws AppError net.* when it ends early or stalls. */
export interface Exchange {
  readonly status: number;
  readonly headers: Headers;
  readonly body: AsyncIterable<Uint8Array>;
  /** It came over a connection that an earlier request had left open. */
  readonly reused?: boolean;
  /** Closes the connection. Safe to call at any time, also twice. */
  cancel(): void;
}

/** A small metadata call. The reply is read whole, never beyond 1 MiB (proto.body-limit). */
export interface Call {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: SecretHeaders;
  readonly body?: Secret;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  /** Decoded strictly as UTF-8 (proto.charset otherwise); untrusted. */
  readonly text: string;
}

/**
 * HTTP as the rest of the program sees it: limits, redirect policy, proxies and TLS are inside, errors come out as
 * AppError (net.*, tls.*, proto.*, auth.proxy). Redirects are followed by our own policy: at most 5, never https to
 * http, and another origin gets no credential of any kind.
 */
export interface Transport {
  open(request: OpenRequest, signal: AbortSignal): Promise<Exchange>;
  call(call: Call, signal: AbortSignal): Promise<Reply>;
  /**
   * These bytes of a body (a chunk or a part of one) are read and kept by nobody any more: their memory may take other
   * bytes. Each byte at most once. A courtesy, never a duty: what is not released is left to the collector.
   */
  release?(bytes: Uint8Array): void;
}

// ---- the disk ----------------------------------------------------------------------------------

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
  /** Starts anew: exactly this head and these claims (durable before it returns). */
  reset(head: JournalHead, have: readonly JournalHave[]): Promise<void>;
  close(): Promise<void>;
}

/** What is at the target's place, seen by lstat. */
export type TargetFacts =
  | { readonly kind: 'absent' }
  | { readonly kind: 'file'; readonly size: number; readonly isPart: boolean }
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

/** Exclusive ownership of one target until release(). */
export interface Lock {
  release(): Promise<void>;
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
  /** @throws AppError lock.held with the owner's description. */
  lock(): Promise<Lock>;
  /** Opens or creates part and journal (0600, O_EXCL/O_NOFOLLOW, one link, our own uid). `fresh` discards old ones. */
  open(mode: 'continue' | 'fresh'): Promise<{ readonly part: PartFile; readonly journal: Journal }>;
  /**
   * Makes the part visible under the target's name: fsync, mode by umask, link (or rename with `replace`),
   * fsync of the directory, then removes journal and part name.
   */
  publish(part: PartFile, replace: boolean): Promise<readonly Warning[]>;
  /** After a kill between link and unlink: target and part are one inode. Removes the left-overs. */
  finishPublished(): Promise<void>;
  /** Removes part and journal of this target that this run created or proved to be ours. */
  discard(): Promise<void>;
  /** Digest of the existing target file, which must be a regular file. */
  digestTarget(algorithms: readonly Algorithm[], signal: AbortSignal): Promise<ReadonlyMap<Algorithm, string>>;
  /** The receipt beside the target, parsed; undefined when absent or not one of ours. */
  readReceipt(): Promise<Receipt | undefined>;
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

// ---- time --------------------------------------------------------------------------------------

export interface Clock {
  /** Milliseconds of a monotonic clock. */
  now(): number;
  /** Milliseconds since 1970. */
  wall(): number;
  /** Rejects with the signal's reason when aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** [0, 1). */
  random(): number;
  /** Milliseconds that this thread has had work to do since its start. Absent: not known. */
  busy?(): number;
}

/** A limit of bytes per second that all connections of all images share. */
export interface Pace {
  readonly bytesPerS: number;
  /** Resolves when the next `bytes` may be taken. Rejects with the signal's reason when aborted. */
  take(bytes: number, signal: AbortSignal): Promise<void>;
}

/** Connections beside the first of each image that may be open at once, over all images. */
export interface ConnectionBudget {
  /** True: one is taken, and giveBack() is due. */
  take(): boolean;
  giveBack(): void;
}

// ---- the run -----------------------------------------------------------------------------------

export type Phase =
  | 'describing'
  | 'waiting-for-lock'
  | 'connecting'
  | 'transferring'
  | 'waiting'
  | 'verifying'
  | 'publishing';

/** What happens, as it happens. Text in here is untrusted where it says so; renderers escape it. */
export type TransferEvent =
  | { readonly type: 'phase'; readonly phase: Phase }
  | { readonly type: 'described'; readonly remote: Remote; readonly target: string }
  | { readonly type: 'planned'; readonly from: number; readonly size: number | undefined; readonly why: string }
  /** `front`: contiguous bytes, from 0. `received`: body bytes of this run. `size`: the total as soon as it is known. */
  | {
      readonly type: 'bytes';
      readonly front: number;
      readonly received: number;
      readonly connections: number;
      readonly size?: number;
    }
  | { readonly type: 'checkpoint'; readonly durable: number }
  | { readonly type: 'connected'; readonly by: string; readonly from: number; readonly status: number }
  | { readonly type: 'retry'; readonly error: AppError; readonly attempt: number; readonly inMs: number }
  /**
   * Bytes were given up, and the rest is fetched again. `kept`: contiguous bytes, from 0, that stay: none, or what a
   * checkpoint of an earlier run proves. `discarded`: those that do not.
   */
  | { readonly type: 'restart'; readonly why: string; readonly kept: number; readonly discarded: number }
  /** `--update` replaces the target that is there. */
  | { readonly type: 'outdated'; readonly why: string }
  | { readonly type: 'warning'; readonly warning: Warning }
  | { readonly type: 'note'; readonly message: string };

export type Report = (event: TransferEvent) => void;

export type Status = 'downloaded' | 'resumed' | 'complete' | 'unchanged' | 'failed' | 'dry-run';

/** `user`: the user's own checksum matched; else the strongest algorithm that matched; else how little is known. */
export type Verified = 'user' | Algorithm | 'size-only' | 'none';

/** What the user wants of one transfer, independent of provider and wire. */
export interface TransferOptions {
  readonly force: boolean;
  readonly update: boolean;
  readonly receipt: boolean;
  readonly restart: boolean;
  readonly dryRun: boolean;
  readonly checksums: readonly Digest[];
  readonly require: 'digest' | 'size' | 'none';
  readonly onChange: 'restart' | 'fail';
  readonly onBusy: 'fail' | 'wait';
  /** Consecutive attempts without 16 MiB of durable progress. */
  readonly retries: number;
  /** Most connections at once, 1 to 16; `auto` adds one while the throughput rises. Absent: 1. */
  readonly connections?: number | 'auto';
}

/** What a transfer came to. The `--json` document is made of it (ui/result.ts). */
export interface Outcome {
  readonly status: Exclude<Status, 'failed'>;
  readonly path: string | null;
  readonly bytes: number | null;
  readonly verified: Verified;
  readonly digests: readonly CheckedDigest[];
  /** Body bytes received in this run. */
  readonly received: number;
  /** Bytes kept from an earlier process; null unless resumed. */
  readonly resumedFrom: number | null;
  /** Connections opened. */
  readonly attempts: number;
  /** Most connections at once. */
  readonly connections: number;
  readonly warnings: readonly Warning[];
  readonly name: string | null;
  /** What a dry run would have done; absent otherwise. */
  readonly would?: 'download' | 'continue' | 'replace' | 'nothing';
}
