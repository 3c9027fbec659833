import { type ChecksumFile, listedDigests, unlistedError } from '../core/checksum-file.js';
import { type Digest, mergeDigests } from '../core/digest.js';
import { lastSegmentOf, segmentsOf } from '../core/url-path.js';
import { refuseConflict } from './failure.js';
import type { Transfer } from './transfer.js';

/**
 * The transfer with the digests that the user's checksum file has for its image: under the name that the server has for
 * it, else under the one that redirects lead to, else under the target's. Where only an answer can tell, what it takes
 * to look it up then.
 *
 * @param target base name; undefined for a stream
 * @throws AppError integrity.unlisted, integrity.conflict
 */
export function withListed<T extends Transfer>(transfer: T, target: string | undefined): T {
  const { request, remote } = transfer;
  const { checksumFile } = request;
  if (checksumFile === undefined) return transfer;
  const path = remote.path ?? (remote.name === undefined ? [] : [remote.name]);
  const listed = listedDigests(checksumFile, path);
  if (listed !== undefined) return withDigests(transfer, listed);
  const lookUp = (answeredBy: URL | undefined): readonly Digest[] =>
    consistent(transfer, lookedUp(checksumFile, answeredBy, path.at(-1), target));
  // A service with metadata has said by now what it calls the image.
  return remote.validator === 'provider' ? withDigests(transfer, lookUp(undefined)) : { ...transfer, lookUp };
}

/** The same once the server has answered. @throws AppError integrity.unlisted, integrity.conflict */
export function withAnswerListed<T extends Transfer>(transfer: T, answeredBy: URL | undefined): T {
  const { lookUp, ...rest } = transfer;
  return lookUp === undefined ? transfer : withDigests(rest as T, lookUp(answeredBy));
}

function withDigests<T extends Transfer>(transfer: T, listed: readonly Digest[]): T {
  const { request } = transfer;
  const checksums = mergeDigests(request.options.checksums, consistent(transfer, listed));
  return { ...transfer, request: { ...request, options: { ...request.options, checksums } } };
}

/** @throws AppError integrity.conflict */
function consistent({ request, remote }: Transfer, listed: readonly Digest[]): readonly Digest[] {
  refuseConflict(mergeDigests(request.options.checksums, listed, remote.digests));
  return listed;
}

function lookedUp(
  file: ChecksumFile,
  answeredBy: URL | undefined,
  name: string | undefined,
  target: string | undefined,
): readonly Digest[] {
  const byAnswer = answeredBy === undefined ? undefined : listedDigests(file, segmentsOf(answeredBy));
  const listed = byAnswer ?? (target === undefined ? undefined : listedDigests(file, [target]));
  if (listed !== undefined) return listed;
  const names = [name, answeredBy === undefined ? undefined : lastSegmentOf(answeredBy), target];
  throw unlistedError(file, [...new Set(names.filter((one) => one !== undefined && one !== ''))] as string[]);
}
