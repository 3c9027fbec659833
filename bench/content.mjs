/** The bytes that are downloaded: they do not compress, no block is like another, and their digests are known. */
import { createCipheriv, createHash } from 'node:crypto';
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { MIB } from './units.mjs';

/** Writes `bytes` bytes to `path`. Always the same ones. Returns their digests in hex. */
export function writeContent(path, bytes) {
  const stream = createCipheriv('aes-128-ctr', Buffer.from('imgdl bench data'), Buffer.alloc(16));
  const zeros = Buffer.alloc(MIB);
  const hashes = ['md5', 'sha256', 'sha512'].map((name) => ({ name, hash: createHash(name) }));
  const fd = openSync(path, 'wx', 0o644);
  try {
    for (let at = 0; at < bytes; at += MIB) {
      const block = stream.update(zeros.subarray(0, Math.min(MIB, bytes - at)));
      for (const { hash } of hashes) hash.update(block);
      for (let done = 0; done < block.length; ) done += writeSync(fd, block, done);
    }
  } finally {
    closeSync(fd);
  }
  return Object.fromEntries(hashes.map(({ name, hash }) => [name, hash.digest('hex')]));
}

/** SHA-256 in hex of a file. */
export function sha256Of(path) {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(MIB);
  const fd = openSync(path, 'r');
  try {
    for (let count = readSync(fd, buffer); count > 0; count = readSync(fd, buffer))
      hash.update(buffer.subarray(0, count));
  } finally {
    closeSync(fd);
  }
  return hash.digest('hex');
}
