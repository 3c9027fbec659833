/** What a provider says of a remote object, and the permission it gives for one connection at a time. */
import type { Digest } from './digest.js';
import type { AppError } from './errors.js';
import type { Headers } from './http.js';
import type { DeclaredFormat } from './image-format.js';
import type { SecretHeaders } from './secret.js';

/**
 * A remote object, canonical and without any secret or one-time key: it is written to journals, receipts, logs.
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
  /** A weak one with its `W/`: another one is another object, an equal one proves nothing but in a 304. */
  readonly weakEtag?: string;
  /** `Last-Modified` verbatim, kept only when it is a strong validator (RFC 9110 section 8.8.2.2). */
  readonly lastModified?: string;
  /** One that is none: another one is another object, an equal one proves nothing. */
  readonly weakLastModified?: string;
}

/**
 * What shows that bytes which came from another URL are of this object, beside the size and the bytes fetched again.
 * `digest`: one of the whole, of the user's or the same of both providers. `etag`: a strong one, the same.
 */
export type Adoption = 'digest' | 'etag';

/** Answer of describe(): facts that cost no one-time key. */
export interface Remote {
  /** Exactly this object: where a name was asked for, the id that it means. Compared, and written to the disk. */
  readonly ref: SourceRef;
  /** The server's name for the file, raw and untrusted; core/names.ts makes it safe. */
  readonly name?: string;
  /** Decoded segments of the URL's path, of which the last is the file's name. Untrusted; absent: there is only a name. */
  readonly path?: readonly string[];
  /** Used when `name` is absent or useless: `<kind>-<id>.img`. Empty when the provider cannot say (exit 2, "give -o"). */
  readonly fallbackName: string;
  /** Human label for progress and result: an image's title. Untrusted. */
  readonly label?: string;
  /** Whose it is: the id of an account or a project. Untrusted. */
  readonly owner?: string;
  /** What the metadata say that the bytes are, or the name where that is clear. Absent: nobody says it. */
  readonly format?: DeclaredFormat;
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
  /**
   * What authorises it: `one-time key`, `basic`, `own headers`, `API key`, `token`, `none`. A value of schema/event.json: it stays.
   */
  readonly by: string;
}

/** Why a ticket is wanted. */
export type TicketNeed =
  | { readonly reason: 'first' | 'reconnect' | 'extra' }
  /** The server refused how `unspent` was used (a Range, a condition), before it looked at what it permits. */
  | { readonly reason: 'again'; readonly unspent: Ticket }
  /** The server refused `failed` with `refusal`: get another kind or a renewed one, or throw the explanation. */
  | {
      readonly reason: 'denied';
      readonly failed: Ticket;
      readonly refusal: Refusal;
      /** What is held would be continued from another URL of the same bytes only with a digest of the user's. */
      readonly needsDigest?: boolean;
    };

/** A refusal as the server gave it. The text is untrusted, at most 4 KiB, not yet escaped. */
export interface Refusal {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** What refused, where a redirect led there. Absent: what was asked. */
  readonly redirected?: URL;
}

/**
 * A thing that can be downloaded: all a provider implements.
 *
 * The engine calls describe() once per attempt at the whole (again after `changed`), ticket() before every
 * connection, explain() on any refusal that is not about permission. No method may spend a one-time key except by
 * handing it out in a ticket.
 */
export interface Source {
  /** What is asked for, perhaps by a name, at an endpoint that a catalog may correct. What it means is in Remote.ref. */
  readonly ref: SourceRef;
  /**
   * May further connections be opened beside the first? False where each of them would spend a one-time key, and after
   * a refusal that leaves nothing else. Absent: true.
   */
  allowsExtra?(): boolean;
  /** How long to wait for an object that is still being made, where the user does not say. Absent: not at all. */
  readonly defaultWaitMs?: number;
  /**
   * Makes on the server what is to be downloaded, for this run alone: a partial download of it is worth nothing
   * afterwards. Absent where it is there already. Not called for a dry run, and again only after an error that is
   * transient. Before it, describe() says what is known of the object without making it.
   * @throws AppError
   */
  open?(signal: AbortSignal): Promise<void>;
  /**
   * Removes from the server what open() made, whatever became of it and of the download. It has a time limit of its
   * own, since the signal of the run may be aborted. Never rejects.
   * @returns what could not be removed
   */
  close?(): Promise<readonly Warning[]>;
  /**
   * An error that is `pending` says that the object is being made: with `--wait` it is asked again.
   * @throws AppError not-found, auth, not-ready, net.*, proto.*
   */
  describe(signal: AbortSignal): Promise<Remote>;
  /** @throws AppError when no permission can be had (any more). */
  ticket(need: TicketNeed, signal: AbortSignal): Promise<Ticket>;
  /** Turns a refusal of the data request into the error to show, or undefined for the engine's own words. */
  explain?(refusal: Refusal): AppError | undefined;
}
