import { AppError } from '../../core/errors.js';
import type { Exchange } from '../../core/http.js';
import { learn } from '../../core/identity.js';
import type { ByteSink } from '../sink/byte-sink.js';
import type { Transfer } from '../transfer.js';
import { type BodyAnswer, withCheckedHead } from './body.js';
import { type KnownObject, requireProof } from './known-object.js';

/**
 * The server sends everything from 0 although bytes are held: what was held is given up, and the user is told.
 * @param known with the promises of this answer
 * @returns the body, its first bytes looked at
 * @throws AppError net.no-range where the sink cannot be taken back, proto.not-image, integrity.unproven, net.*
 */
export async function startAgain(
  { body, verdict }: BodyAnswer,
  { request, remote, counters, ports }: Transfer,
  known: KnownObject,
  sink: ByteSink,
): Promise<Exchange['body']> {
  const { learned, range } = verdict;
  // Nothing is given up for a page, an unprovable body or a connection that delivers no byte.
  requireProof(request.options.require, learn(remote.identity, learned).size, known.digests);
  const checked = await withCheckedHead(body, range.end, remote.webPageExpected === true);
  counters.startsFromZero = true;
  if (!sink.canRestart) {
    const message = 'streaming to stdout: the connection was lost and the server cannot resume';
    throw new AppError('net.no-range', message, { hint: 'run again with -o FILE' });
  }
  const discarded = sink.held;
  await sink.restart(learn(known.identity, learned));
  // Not before: a checkpoint that was under way is told first, and counts no more.
  const why = 'the server cannot resume in the middle of the image';
  ports.report({ type: 'restart', why, kept: 0, discarded });
  return checked;
}
