import { isPlaceholderDate } from './identity.js';

/** What is known of a file without reading it: of one that is there, or of a remote one by an answer's headers. */
export interface FileFacts {
  readonly size?: number | undefined;
  /** Milliseconds since 1970. */
  readonly modifiedAt?: number | undefined;
}

export type Likeness =
  | { readonly kind: 'same' }
  /** `why` goes to the user. */
  | { readonly kind: 'different' | 'unknown'; readonly why: string };

/**
 * Is the file that is there the remote one, as far as size and time tell? A downloaded file has the time of the remote
 * one. HTTP's dates have seconds, and what all files of a reproducible build have dates none of them.
 */
export function likeness(local: FileFacts, remote: FileFacts): Likeness {
  if (remote.size === undefined) return unknown('the server does not say its size');
  if (remote.size !== local.size) {
    return { kind: 'different', why: `it exists with ${local.size} bytes, but the remote image has ${remote.size}` };
  }
  if (remote.modifiedAt === undefined) return unknown('the server does not say when it was changed');
  if (isPlaceholderDate(remote.modifiedAt)) return unknown('the server dates it as all files of a build are dated');
  if (local.modifiedAt === undefined || secondsOf(local.modifiedAt) !== secondsOf(remote.modifiedAt)) {
    return { kind: 'different', why: 'it exists, and the remote image has another time' };
  }
  return { kind: 'same' };
}

function unknown(why: string): Likeness {
  return { kind: 'unknown', why: `it exists, and no digest is known to compare it with; ${why}` };
}

function secondsOf(ms: number): number {
  return Math.floor(ms / 1000);
}
