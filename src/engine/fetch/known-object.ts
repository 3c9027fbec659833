import { type Digest, mergeDigests, voiceOf } from '../../core/digest.js';
import { AppError } from '../../core/errors.js';
import { learn } from '../../core/identity.js';
import type { Verdict } from '../../core/response.js';
import type { Identity, Remote } from '../../core/source.js';
import type { TransferOptions } from '../../core/transfer-options.js';
import { RemoteChanged } from '../remote-changed.js';

/** An answer with bytes of the object. */
export type BodyVerdict = Extract<Verdict, { kind: 'part' | 'whole' }>;

/** The object that the bytes in hand belong to, and the digests promised for it so far. */
export interface KnownObject {
  readonly identity: Identity;
  readonly digests: readonly Digest[];
  /** When it was changed, as its server says: in milliseconds since 1970. */
  readonly modifiedAt?: number;
  /** What the server took it for: a document, and no image. The user's digest decides. */
  readonly suspicion?: string;
}

/** The user's own digest will tell whether the bytes are right. */
export function isOfUser(digests: readonly Digest[]): boolean {
  return digests.some((digest) => voiceOf(digest) === 'user');
}

/** May the first bytes look like a web page or an error document? */
export function mayBeDocument({ webPageExpected = false }: Remote, { digests }: KnownObject): boolean {
  return webPageExpected || isOfUser(digests);
}

/** With no byte in hand nothing that an earlier answer said binds the next one. */
export function withoutAnswers(remote: Remote, digests: readonly Digest[]): KnownObject {
  return { identity: remote.identity, digests: digests.filter((digest) => digest.from !== 'header') };
}

/** What an answer adds. @throws RemoteChanged where it contradicts an earlier one */
export function withAnswer(known: KnownObject, answer: BodyVerdict): KnownObject {
  // A header that promises another digest than an earlier header did is of another object.
  if (contradicts(known.digests, answer.digests)) throw new RemoteChanged('digests');
  const digests = mergeDigests(known.digests, answer.digests);
  // A header's promise is kept with the identity: the answer to a later Range need not repeat it.
  const identity = { ...learn(known.identity, answer.learned), ...promisesOf(digests) };
  const { suspicion = known.suspicion, modifiedAt = known.modifiedAt } = answer;
  return {
    identity,
    digests,
    ...(modifiedAt === undefined ? {} : { modifiedAt }),
    ...(suspicion === undefined ? {} : { suspicion }),
  };
}

function contradicts(known: readonly Digest[], found: readonly Digest[]): boolean {
  return found.some((digest) => {
    const earlier = known.filter((other) => other.from === 'header' && other.algorithm === digest.algorithm);
    return earlier.length > 0 && !earlier.some((other) => other.hex === digest.hex);
  });
}

function promisesOf(digests: readonly Digest[]): Pick<Identity, 'digests'> {
  const theirs = digests.filter(({ from }) => from === 'metadata' || from === 'header');
  const list = theirs.map(({ algorithm, hex }) => `${algorithm}:${hex}`);
  return list.length === 0 ? {} : { digests: list.sort() };
}

/**
 * All that is promised is here, and a digest from elsewhere than this server's headers tells whether it is right. Then it
 * does not matter that the body did not end as it should.
 */
export function isWhole(held: number, { identity, digests }: KnownObject): boolean {
  return held > 0 && held === identity.size && digests.some((digest) => digest.from !== 'header');
}

/**
 * An empty body that nobody promised is a server's mistake far more often than an empty image.
 * @param end of the body
 * @throws AppError not-ready.no-data
 */
export function refuseEmpty(
  require: TransferOptions['require'],
  { identity, digests }: KnownObject,
  end: number | undefined,
): void {
  if (end !== 0 || identity.size === 0 || digests.length > 0 || require === 'none') return;
  throw new AppError('not-ready.no-data', 'downloading: the server sent an empty body', {
    hint: 'check the URL; accept an empty file with --require none',
  });
}

/** @throws AppError integrity.unproven before the first byte when the least proof cannot be had */
export function requireProof(
  require: TransferOptions['require'],
  size: number | undefined,
  digests: readonly Digest[],
): void {
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
