import type { Clock } from '../../core/clock.js';
import type { Digest } from '../../core/digest.js';
import { mergeDigests } from '../../core/digest.js';
import { AppError, isAppError } from '../../core/errors.js';
import type { Report } from '../../core/events.js';
import type { Exchange, Transport } from '../../core/http.js';
import { compareAnswer, learn } from '../../core/identity.js';
import type { ConnectionBudget, Pace } from '../../core/limits.js';
import { outdatedByAnswer } from '../../core/outdated.js';
import type { Identity, Remote, Source, Warning } from '../../core/source.js';
import type { TransferOptions } from '../../core/transfer-options.js';
import { type Attempts, RemoteChanged } from '../retry-budget.js';
import type { ByteSink } from '../sink/byte-sink.js';
import { tell, tellOutdated } from '../warnings.js';
import { lookedAt } from './body.js';
import { createOpener } from './opener.js';
import { bring } from './receive.js';
import { plainly, questionOf, wishFor } from './request.js';

const REPORT_EVERY_MS = 50;
/** A part that is shorter than what was asked for and brings less than this is a failure: its attempts are counted. */
const SLICE_BYTES = 64 * 1024;

export interface FetchPorts {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly report: Report;
  readonly pace?: Pace;
  readonly budget?: ConnectionBudget;
}

export interface FetchInput {
  readonly source: Source;
  readonly remote: Remote;
  readonly sink: ByteSink;
  /** What the bytes in hand belong to, merged with what describe() said. */
  readonly identity: Identity;
  /** Ask first whether the object is still this one: the answer may be that nothing changed. */
  readonly unless: Identity | undefined;
  /** Promised so far: by the user, by metadata, by the responses of an earlier run. */
  readonly digests: readonly Digest[];
  readonly require: TransferOptions['require'];
  readonly connections?: TransferOptions['connections'];
  readonly attempts: Attempts;
  readonly tally: Tally;
}

/** Counts over all rounds of one run. */
export interface Tally {
  /** The server was seen to be unable to continue in the middle. */
  startsFromZero: boolean;
  received: number;
  /** Connections opened. */
  attempts: number;
  /** Most connections at once; undefined before the first byte. */
  connections?: number;
  readonly warnings: Warning[];
}

export interface Fetched {
  readonly kind: 'fetched';
  /** Total bytes of the object. */
  readonly size: number;
  /** Was the size promised by metadata or a header, or only seen at the end of the body? */
  readonly sizeKnown: boolean;
  readonly digests: readonly Digest[];
  readonly identity: Identity;
}

/**
 * Brings all bytes of an object into a sink: ticket, open, judge, pump; again after a cut, from where the sink stands.
 * The answer that opens decides what the object is; further connections may help to bring it.
 *
 * @throws AppError when no attempt is left or worth it, RemoteChanged when the bytes in hand belong to another object
 */
export async function fetchBytes(
  input: FetchInput,
  ports: FetchPorts,
  signal: AbortSignal,
): Promise<Fetched | { readonly kind: 'unchanged' }> {
  const { source, remote, sink, attempts, tally } = input;
  const { clock, report } = ports;
  const opener = createOpener(source, ports, tally);
  let identity = input.identity;
  let digests = input.digests;
  let rangesRefused = false;
  let question = input.unless === undefined ? undefined : questionOf(input.unless);
  let reportedAt = Number.NEGATIVE_INFINITY;

  const reportBytes = (connections: number): void => {
    reportedAt = clock.now();
    const size = identity.size === undefined ? {} : { size: identity.size };
    report({ type: 'bytes', front: sink.held, received: tally.received, connections, ...size });
  };

  for (;;) {
    let exchange: Exchange | undefined;
    if (sink.held === 0) {
      // With no byte in hand nothing that an earlier response said binds the next one.
      identity = remote.identity;
      digests = input.digests.filter((digest) => digest.from !== 'header');
    }
    try {
      const asked = sink.held === 0 ? question : undefined;
      const opened = await opener.open(wishFor(sink.held, identity, remote, rangesRefused, asked), signal);
      ({ exchange } = opened);
      const { verdict } = opened;
      switch (verdict.kind) {
        case 'part':
        case 'whole': {
          if (asked !== undefined) {
            const proof = compareAnswer(asked.known, verdict.learned);
            if (proof.kind === 'proven') return { kind: 'unchanged' };
            tellOutdated(outdatedByAnswer(proof), tally, report);
            question = undefined;
          }
          refuseEmpty(input.require, identity.size, verdict.range.end, mergeDigests(digests, verdict.digests));
          let { body } = exchange;
          if (verdict.kind === 'whole' && sink.held > 0) {
            // Nothing is given up for a page, an unprovable body or a connection that brings no byte.
            requireProof(
              input.require,
              learn(remote.identity, verdict.learned).size,
              mergeDigests(digests, verdict.digests),
            );
            body = await lookedAt(body, verdict.range.end, remote.webPageExpected === true);
            rangesRefused = true;
            tally.startsFromZero = true;
            await startAgain(sink, learn(identity, verdict.learned), report);
          }
          if (sink.held === 0) {
            identity = remote.identity;
            digests = digests.filter((digest) => digest.from !== 'header');
          } else if (contradicts(digests, verdict.digests)) {
            throw new RemoteChanged('digests');
          }
          digests = mergeDigests(digests, verdict.digests);
          // A header's promise is kept with the identity: the answer to a later Range need not repeat it.
          identity = { ...learn(identity, verdict.learned), ...promisesOf(digests) };
          for (const warning of verdict.warnings) tell(warning, tally, report);
          requireProof(input.require, identity.size, digests);
          await sink.learned(identity, digests);
          report({ type: 'phase', phase: 'transferring' });
          const before = sink.held;
          await bring({ body, verdict }, { ...input, identity, digests }, ports, signal, {
            onBytes(bytes, live) {
              tally.received += bytes;
              tally.connections = Math.max(tally.connections ?? 0, live);
              if (clock.now() - reportedAt >= REPORT_EVERY_MS) reportBytes(live);
            },
            onOpened() {
              tally.attempts += 1;
            },
          });
          reportBytes(1);
          const size = identity.size ?? (verdict.range.end === undefined ? sink.held : undefined);
          if (size !== undefined && sink.held >= size) {
            return { kind: 'fetched', size, sizeKnown: identity.size !== undefined, digests, identity };
          }
          if (sink.held - before < SLICE_BYTES) {
            throw new AppError('net.truncated', `downloading: the server sent only ${sink.held - before} more bytes`, {
              hint: 'run again to resume',
            });
          }
          break;
        }
        case 'complete':
          requireProof(input.require, sink.held, digests);
          return { kind: 'fetched', size: sink.held, sizeKnown: true, digests, identity };
        case 'unchanged':
          return { kind: 'unchanged' };
        case 'unnamed':
          question = asked === undefined ? undefined : plainly(asked);
          break;
        case 'changed':
          throw new RemoteChanged(verdict.field);
        case 'no-range':
          rangesRefused = true;
          if (sink.held > 0) tally.startsFromZero = true;
          break;
      }
    } catch (error) {
      exchange?.cancel();
      // What arrived before a cut must count as durable before anything is decided about it.
      await sink.settle();
      reportBytes(0);
      if (isAppError(error) && error.transient && !signal.aborted && isWhole(sink.held, identity, digests)) {
        return { kind: 'fetched', size: sink.held, sizeKnown: true, digests, identity };
      }
      await attempts.afterFailure(error, sink.durable, signal);
    } finally {
      exchange?.cancel();
    }
  }
}

/**
 * All that is promised is here, and a digest from elsewhere than this server's headers tells whether it is right. Then it
 * does not matter that the body did not end as it should.
 */
function isWhole(held: number, identity: Identity, digests: readonly Digest[]): boolean {
  return held > 0 && held === identity.size && digests.some((digest) => digest.from !== 'header');
}

/** A header that promises another digest than an earlier header did is of another object. */
function contradicts(known: readonly Digest[], found: readonly Digest[]): boolean {
  return found.some((digest) => {
    const earlier = known.filter((other) => other.from === 'header' && other.algorithm === digest.algorithm);
    return earlier.length > 0 && !earlier.some((other) => other.hex === digest.hex);
  });
}

function promisesOf(digests: readonly Digest[]): Pick<Identity, 'digests'> {
  const list = digests.filter((digest) => digest.from !== 'user').map((digest) => `${digest.algorithm}:${digest.hex}`);
  return list.length === 0 ? {} : { digests: list.sort() };
}

/** The server sends everything from 0 although bytes are held: what was held is given up, and the user is told. */
async function startAgain(sink: ByteSink, identity: Identity, report: Report): Promise<void> {
  if (!sink.canRestart) {
    throw new AppError('net.no-range', 'streaming to stdout: the connection was lost and the server cannot resume', {
      hint: 'run again with -o FILE',
    });
  }
  const discarded = sink.held;
  await sink.restart(identity);
  // Not before: a checkpoint that was under way is told first, and counts no more.
  report({ type: 'restart', why: 'the server cannot resume in the middle of the image', kept: 0, discarded });
}

/**
 * An empty body that nobody promised is a server's mistake far more often than an empty image.
 * @throws AppError not-ready.no-data
 */
function refuseEmpty(
  require: TransferOptions['require'],
  size: number | undefined,
  end: number | undefined,
  digests: readonly Digest[],
): void {
  if (end !== 0 || size === 0 || digests.length > 0 || require === 'none') return;
  throw new AppError('not-ready.no-data', 'downloading: the server sent an empty body', {
    hint: 'check the URL; accept an empty file with --require none',
  });
}

/** @throws AppError integrity.unproven before the first byte when the least proof cannot be had */
function requireProof(require: TransferOptions['require'], size: number | undefined, digests: readonly Digest[]): void {
  if (digests.length > 0 || require === 'none' || (require === 'size' && size !== undefined)) return;
  const lacks = require === 'digest' ? 'no digest' : 'neither a length nor a digest';
  throw new AppError(
    'integrity.unproven',
    `downloading: the server sends ${lacks}, so the result cannot be proven complete`,
    {
      hint:
        require === 'digest'
          ? 'add --checksum ALGO:HEX, or accept the size alone with --require size'
          : 'add --checksum ALGO:HEX, or accept the risk with --require none',
    },
  );
}
