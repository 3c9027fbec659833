import type { SecretHeaders } from './secret.js';

/** What the user has for one origin: scheme, host and port (RFC 6454). It is sent to no other. */
export interface OriginCredentials {
  readonly headers: SecretHeaders;
  /** What kind they are: a value of `Ticket.by`. */
  readonly by: string;
  /** Where they come from, for messages: `--header-file`, `/home/alice/.netrc`. */
  readonly from: string;
}

/** Where another origin refuses than the one that was asked: no credential of the user's was sent to it. */
export function redirectedLoginHint(answered: URL): string {
  return answered.search === ''
    ? 'the redirect led to another server, which gets no credentials: if it is the right one, use its URL instead'
    : 'the link that the server redirects to may have expired: run again, or ask its operator';
}

/**
 * How to log in to a server, with the words that must stand in the files: who has such files already sees what they lack.
 * @param more ways that this request has
 */
export function loginHint(url: URL, more: readonly string[] = []): string {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const ways = [`with --netrc and an entry for ${host}`, ...more, `with a profile whose origin is ${url.origin}`];
  return `log in ${ways.slice(0, -1).join(', ')}, or ${ways.at(-1)}`;
}
