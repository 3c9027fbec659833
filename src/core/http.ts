import type { Secret, SecretHeaders } from './secret.js';

/** Lower-case names; repeated fields joined by ", " (RFC 9110 section 5.3). */
export type Headers = ReadonlyMap<string, string>;

export interface OpenRequest {
  readonly url: URL;
  readonly headers: SecretHeaders;
  /** Never on a connection that another request has used: what it carries may be spent by a request that fails. */
  readonly fresh?: boolean;
  /** The query says what is wanted, as that of a list: what looks random in it is an id or a name, not a secret. */
  readonly openQuery?: boolean;
  /** The answer is no object but what is said of one: an error page of another server says nothing of it. */
  readonly metadata?: boolean;
}

/** An answer whose body has not been read. The body throws AppError net.* when it ends early or stalls. */
export interface Exchange {
  readonly status: number;
  readonly headers: Headers;
  readonly body: AsyncIterable<Uint8Array>;
  /** What answered, after all redirects. Absent: what was asked. */
  readonly url?: URL;
  /** The same where a redirect led there. Absent: none did. */
  readonly redirected?: URL;
  /** It came over a connection that an earlier request had left open. */
  readonly reused?: boolean;
  /** Closes the connection. Safe to call at any time, also twice. */
  cancel(): void;
}

/** A small metadata call. The reply is read whole, never beyond 1 MiB (proto.body-limit). */
export interface Call {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: URL;
  readonly headers: SecretHeaders;
  readonly body?: Secret;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  /** What answered, after all redirects. Absent: what was asked. */
  readonly url?: URL;
  /** The same where a redirect led there. Absent: none did. */
  readonly redirected?: URL;
  /** Decoded strictly as UTF-8 (proto.charset otherwise); untrusted. */
  readonly text: string;
}

/**
 * HTTP as the rest of the program sees it: limits, redirect policy, proxies and TLS are inside, errors come out as
 * AppError (net.*, tls.*, proto.*, auth.proxy). Redirects are followed by our own policy: at most 10, never https to
 * http, and another origin gets no credential of any kind, but for https on the same host. Only such a redirect is
 * followed with another method than GET, which is kept.
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
