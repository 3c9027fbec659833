import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';
import type { CheckedDigest, Verified } from '../core/digest.js';
import { AppError } from '../core/errors.js';
import { escapeControls } from '../core/redact.js';
import type { Receipt } from '../core/storage.js';
import { admitAsNew, passOnAccess } from './access.js';
import { syncDirectory } from './directory.js';
import { cleanUp, closeQuietly, errnoOf, fsError } from './errors.js';
import { lstatOf } from './inode.js';
import { createOwned, type OurUids, readFully, removeOwned, writeFully } from './owned-file.js';
import { asAlgorithm, asFields, asIdentity, asSourceRef, isHexOf, isSize, parseJson } from './untrusted-json.js';

const READ_LIMIT = 1024 * 1024;

/** Cannot be had, so it says nothing: like none. */
const NO_RECEIPT: ReadonlySet<string> = new Set([
  'ENOENT',
  'ENOTDIR',
  'ELOOP',
  'EACCES',
  'EPERM',
  'ENXIO',
  'ENAMETOOLONG',
]);

/**
 * The receipt at `path`; undefined when there is none, or none of ours: not a regular file, beyond 1 MiB, not of the
 * shape. It is only believed together with the file's own size and digest.
 * @throws AppError fs.io
 */
export async function readReceipt(path: string): Promise<Receipt | undefined> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, constants.O_RDONLY + constants.O_NOFOLLOW + constants.O_NONBLOCK);
    const stat = await handle.stat();
    if (!stat.isFile() || stat.size > READ_LIMIT) return undefined;
    return asReceipt(parseJson(Buffer.from(await readFully(handle, 0, stat.size)).toString('utf8')));
  } catch (error) {
    if (NO_RECEIPT.has(errnoOf(error) ?? '')) return undefined;
    throw fsError(error, 'reading', path);
  } finally {
    await closeQuietly(handle);
  }
}

export interface ReceiptPlace {
  readonly path: string;
  /** Beside it, while it is being written. */
  readonly nextPath: string;
  readonly directory: string;
  readonly uids: OurUids;
  /** The mode that a new file has there; undefined where nobody can say. */
  readonly newFileMode: () => Promise<number | undefined>;
}

/**
 * What has the name of a receipt, and may be replaced by one.
 * @throws AppError fs.type when it is no file, fs.name when it is too long: the name is longer than that of the target
 */
export async function findReplaceable(path: string): Promise<BigIntStats | undefined> {
  const there = await lstatOf(path);
  // rename(2) would replace a device or a socket without a word; a link is replaced, never followed.
  if (there !== undefined && !there.isFile() && !there.isSymbolicLink()) {
    throw new AppError('fs.type', `writing ${escapeControls(path)}: it exists and is not a regular file`, {
      hint: 'remove it, use a different -o path, or drop --receipt',
    });
  }
  return there;
}

/**
 * Writes it aside and renames it, so a reader sees the old one or the new one.
 * @throws AppError as findReplaceable(), fs.*, disk.full
 */
export async function writeReceipt(place: ReceiptPlace, receipt: Receipt): Promise<void> {
  const { path, nextPath, directory, uids } = place;
  const there = await findReplaceable(path);
  await removeOwned(nextPath, uids);
  const handle = await createOwned(nextPath);
  try {
    try {
      await writeFully(handle, Buffer.from(`${JSON.stringify(receipt, null, 2)}\n`), 0);
      if (there?.isFile()) await passOnAccess(handle, { path, stat: there }, path);
      else await admitAsNew(handle, await place.newFileMode(), path);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(nextPath, path);
  } catch (error) {
    await cleanUp(() => removeOwned(nextPath, uids));
    throw fsError(error, 'writing', path);
  }
  await syncDirectory(directory);
}

/** Fields nobody knows are dropped: a later version may add some within schema 1. */
function asReceipt(value: unknown): Receipt | undefined {
  const fields = asFields(value);
  if (fields === undefined || fields['schema'] !== 1) return undefined;
  const ref = asSourceRef(fields['source']);
  const name = asFields(fields['source'])?.['name'];
  const identity = asIdentity(fields['identity']);
  const verified = asVerified(fields['verified']);
  const digests = asChecked(fields['digests']);
  const { tool, bytes, finishedAt } = fields;
  if (ref === undefined || (typeof name !== 'string' && name !== null) || identity === undefined) return undefined;
  if (verified === undefined || digests === undefined || !isSize(bytes)) return undefined;
  if (typeof tool !== 'string' || typeof finishedAt !== 'string') return undefined;
  return { schema: 1, tool, source: { ...ref, name }, identity, bytes, verified, digests, finishedAt };
}

const ORIGINS = ['user', 'checksums', 'metadata', 'header', 'receipt', 'computed'] as const;

function asVerified(value: unknown): Verified | undefined {
  return value === 'user' || value === 'size-only' || value === 'none' ? value : asAlgorithm(value);
}

function asChecked(value: unknown): readonly CheckedDigest[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const digests: CheckedDigest[] = [];
  for (const entry of value) {
    const fields = asFields(entry);
    const algorithm = asAlgorithm(fields?.['algorithm']);
    if (fields === undefined || algorithm === undefined) return undefined;
    const { hex, from, matched } = fields;
    if (!isHexOf(algorithm, hex) || (typeof matched !== 'boolean' && matched !== null)) return undefined;
    const origin = ORIGINS.find((name) => name === from);
    if (origin === undefined) return undefined;
    digests.push({ algorithm, hex, from: origin, matched });
  }
  return digests;
}
