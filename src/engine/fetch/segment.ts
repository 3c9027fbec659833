import { AppError } from '../../core/errors.js';
import type { Exchange } from '../../core/http.js';
import { compareIdentity, hasValidator } from '../../core/identity.js';
import type { Range } from '../../core/ranges.js';
import type { Verdict } from '../../core/response.js';
import type { Transfer } from '../transfer.js';
import type { BodyVerdict, KnownObject } from './known-object.js';
import { exchangeFor } from './opener.js';
import { segmentRequest } from './request.js';

/** The server does not give this object over a further connection. */
export class SegmentRefused extends Error {
  override readonly name = 'SegmentRefused';
  /**
   * @param forGood it never will: it ignores or refuses Range, or answers for another object
   * @param error what to say where this was the last connection
   */
  constructor(
    message: string,
    readonly forGood: boolean,
    readonly error: AppError,
  ) {
    super(message);
  }
}

export interface OpenedSegment {
  readonly exchange: Exchange;
  readonly verdict: BodyVerdict;
  /** What authorised it. */
  readonly by: string;
}

/**
 * May the object come over several connections? Only where a splice of two objects would be seen: by a digest of the
 * whole, or by a validator in every single answer.
 */
export function canBeSplit({ request, remote }: Transfer, { identity, digests }: KnownObject): boolean {
  if (request.source.allowsExtra?.() === false || identity.size === undefined) return false;
  return digests.length > 0 || (remote.validator === 'http' && hasValidator(identity));
}

/**
 * Asks for one segment. The caller closes the exchange.
 * @param toEnd for all that follows its start, too, where no other connection is about to fetch it
 * @throws SegmentRefused, AppError net.* and what ticket() throws
 */
export async function openSegment(
  segment: Range,
  toEnd: boolean,
  transfer: Transfer,
  known: KnownObject,
  signal: AbortSignal,
): Promise<OpenedSegment> {
  const { request, remote } = transfer;
  const ticket = await request.source.ticket({ reason: 'extra' }, signal);
  const asked = segmentRequest(segment, toEnd, known, remote);
  const { exchange, verdict } = await exchangeFor(ticket, asked, transfer, signal);
  try {
    if (verdict.kind !== 'part') throw refusedBy(exchange.status, verdict);
    // What comes before the segment is another connection's, perhaps on its way.
    if (verdict.range.start !== segment.start) throw refusedBy(exchange.status, { kind: 'simpler' });
    if (!isSameObject(known, verdict, remote.validator)) throw otherObject();
    return { exchange, verdict, by: ticket.by };
  } catch (error) {
    exchange.cancel();
    throw error;
  }
}

/** Can it be told that the answer is of the object that the other connections fetch? */
function isSameObject(
  { identity, digests }: KnownObject,
  answer: BodyVerdict,
  validator: Transfer['remote']['validator'],
): boolean {
  const proof = compareIdentity(identity, answer.learned, validator);
  const contradicts = answer.digests.some((found) =>
    digests.some((known) => known.from === 'header' && known.algorithm === found.algorithm && known.hex !== found.hex),
  );
  return proof.kind !== 'changed' && !contradicts && (digests.length > 0 || proof.kind === 'proven');
}

function refusedBy(
  status: number,
  verdict: Pick<Exclude<Verdict, { kind: 'unavailable' }>, 'kind'> | Extract<Verdict, { kind: 'unavailable' }>,
): SegmentRefused {
  const forGood = verdict.kind === 'whole' || verdict.kind === 'simpler' || verdict.kind === 'changed';
  const retryAfterMs = verdict.kind === 'unavailable' ? verdict.retryAfterMs : undefined;
  return new SegmentRefused(
    `HTTP ${status}`,
    forGood,
    // The last connection goes through the whole ladder of permission and proof again.
    new AppError('http.unavailable', `downloading: an additional connection was refused (HTTP ${status})`, {
      details: { status },
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    }),
  );
}

function otherObject(): SegmentRefused {
  const error = new AppError('http.unavailable', 'downloading: an additional connection returned a different object');
  return new SegmentRefused('there is no way to tell whether it is the same object', true, error);
}
