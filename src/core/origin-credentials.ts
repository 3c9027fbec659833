import type { SecretHeaders } from './secret.js';

/** What the user has for one origin: scheme, host and port (RFC 6454). It is sent to no other. */
export interface OriginCredentials {
  readonly headers: SecretHeaders;
  /** What kind they are: a value of `Ticket.by`. */
  readonly by: string;
  /** Where they come from, for messages: `--header-file`, `/home/alice/.netrc`. */
  readonly from: string;
}
