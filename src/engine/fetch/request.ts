import { rangeFrom } from '../../core/ranges.js';
import type { Ask } from '../../core/response.js';
import type { Identity, Remote } from '../../core/source.js';

/** What to send, and how to judge what comes. */
export interface Wish {
  readonly ask: Ask;
  readonly headers: Readonly<Record<string, string>>;
}

/** Is the object still that of a receipt? The answer that it is not brings the new one. */
export interface Question {
  readonly known: Identity;
  /** For If-None-Match. Undefined: a plain request, whose headers are compared. */
  readonly tag: string | undefined;
}

/**
 * Never by If-Modified-Since: servers answer 304 to it for whatever is not newer, also for an older file in place of the
 * one we have (python's http.server, nginx with `if_modified_since before`, Apache).
 */
export function questionOf(known: Identity): Question {
  return { known, tag: known.etag ?? known.weakEtag };
}

/** The same without a condition, for a server whose 304 does not say which object it means. */
export function plainly(question: Question): Question {
  return { ...question, tag: undefined };
}

/** Bytes before the held end that are fetched again and compared where nothing better proves the object. */
export const OVERLAP_BYTES = 256 * 1024;

/** What to ask for, given what is held. A question is asked only while nothing is. */
export function wishFor(
  held: number,
  identity: Identity,
  remote: Remote,
  rangesRefused: boolean,
  question: Question | undefined,
): Wish {
  const headers: Record<string, string> = {};
  const ranged = !rangesRefused && (held > 0 || (remote.opener === 'range' && question === undefined));
  const ifRange = remote.validator === 'http' ? identity.etag : undefined;
  // Proven without looking at bytes: by the digests of metadata. Not by If-Range: a server may ignore it and send a
  // 206 without an ETag (RFC 9110 section 13.1.5 leaves nothing to tell the two apart).
  const proven = remote.validator === 'provider' && remote.digests.length > 0 && identity.etag === undefined;
  const overlap = !proven || held === identity.size ? Math.min(OVERLAP_BYTES, held) : 0;
  const from = ranged ? held - overlap : 0;
  if (ranged) headers['range'] = rangeFrom(from);
  if (ranged && held > 0 && ifRange !== undefined) headers['if-range'] = ifRange;
  if (question?.tag !== undefined) headers['if-none-match'] = question.tag;
  return {
    ask: {
      from,
      ranged,
      conditional: question?.tag ?? false,
      held,
      identity,
      validator: remote.validator,
      headerDigest: remote.headerDigest,
      webPageExpected: remote.webPageExpected === true,
    },
    headers,
  };
}
