import type { Digest } from '../../core/digest.js';
import { AppError } from '../../core/errors.js';
import type { Report } from '../../core/events.js';
import type { Exchange, Transport } from '../../core/http.js';
import { compareIdentity, hasValidator } from '../../core/identity.js';
import { rangeFrom, rangeOf } from '../../core/ranges.js';
import { judge, type Verdict } from '../../core/response.js';
import type { Identity, Remote, Source } from '../../core/source.js';
import type { Piece } from './segment-queue.js';

/** What every connection of one object must agree with. */
export interface LaneInput {
  readonly source: Source;
  readonly remote: Remote;
  readonly identity: Identity;
  readonly digests: readonly Digest[];
}

/** The server does not give this object over a further connection. */
export class LaneRefused extends Error {
  override readonly name = 'LaneRefused';
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

/**
 * May the object come over several connections? Only where a splice of two objects would be seen: by a digest of the
 * whole, or by a validator in every single answer.
 */
export function canBeSplit({ source, remote, identity, digests }: LaneInput): boolean {
  if (source.allowsExtra === false || identity.size === undefined) return false;
  return digests.length > 0 || (remote.validator === 'http' && hasValidator(identity));
}

/**
 * Asks for one piece. `open`: for all that follows its start, too, where no other connection is about to bring it.
 * @throws LaneRefused, AppError net.* and what ticket() throws
 */
export async function openPiece(
  piece: Piece,
  open: boolean,
  input: LaneInput,
  ports: { readonly transport: Transport; readonly report: Report },
  signal: AbortSignal,
): Promise<{ readonly exchange: Exchange; readonly verdict: Extract<Verdict, { kind: 'part' }>; readonly by: string }> {
  const { source, remote, identity, digests } = input;
  const ticket = await source.ticket({ reason: 'extra' }, signal);
  const ifRange = remote.validator === 'http' ? identity.etag : undefined;
  const exchange = await ports.transport.open(
    {
      url: ticket.url,
      headers: {
        ...ticket.headers,
        range: open ? rangeFrom(piece.start) : rangeOf(piece),
        ...(ifRange === undefined ? {} : { 'if-range': ifRange }),
      },
      fresh: ticket.singleUse,
    },
    signal,
  );
  const verdict = judge(
    {
      from: piece.start,
      ranged: true,
      conditional: false,
      held: Math.max(1, piece.start),
      identity,
      validator: remote.validator,
      headerDigest: remote.headerDigest,
      webPageExpected: remote.webPageExpected === true,
    },
    exchange,
  );
  if (verdict.kind !== 'part') throw refusedBy(exchange, verdict);
  const proof = compareIdentity(identity, verdict.learned, remote.validator);
  const spliced = verdict.digests.some((found) =>
    digests.some((known) => known.from === 'header' && known.algorithm === found.algorithm && known.hex !== found.hex),
  );
  if (proof.kind === 'changed' || spliced || (digests.length === 0 && proof.kind !== 'proven')) {
    exchange.cancel();
    throw new LaneRefused('there is no way to tell whether it is the same object', true, notTheSame());
  }
  return { exchange, verdict, by: ticket.by };
}

function refusedBy(exchange: Exchange, verdict: Exclude<Verdict, { kind: 'part' }>): LaneRefused {
  exchange.cancel();
  const { status } = exchange;
  const forGood = verdict.kind === 'whole' || verdict.kind === 'no-range' || verdict.kind === 'changed';
  const retryAfterMs = verdict.kind === 'unavailable' ? verdict.retryAfterMs : undefined;
  return new LaneRefused(
    `HTTP ${status}`,
    forGood,
    // Whoever is the last goes through the whole ladder of permission and proof again.
    new AppError('http.unavailable', `downloading: an additional connection was refused (HTTP ${status})`, {
      details: { status },
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    }),
  );
}

function notTheSame(): AppError {
  return new AppError('http.unavailable', 'downloading: an additional connection returned a different object');
}
