/**
 * The bytes of the sandbox: made from (seed, revision, offset), never stored, so that an image of any size costs no
 * disk and every byte a client wrote can be checked against its place.
 */
import { createCipheriv, createHash, type Hash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';

const BLOCK = 1024 * 1024;
const PAGE = 4096;
/** Page number (6 bytes) and revision (2 bytes): no two pages of an object are alike, so a misplaced one shows. */
const STAMP = 8;

const blocks = new Map<string, Buffer>();
const digests = new Map<string, string>();

/** A mebibyte of key stream per seed and revision, or its first `needed` bytes; a few are kept. */
function blockOf(seed: string, revision: number, needed: number): Buffer {
  const name = `${revision}:${seed}`;
  const known = blocks.get(name);
  if (known !== undefined && known.length >= needed) return known;
  const key = createHash('sha256').update(name).digest();
  const block = createCipheriv('aes-128-ctr', key.subarray(0, 16), key.subarray(16)).update(Buffer.alloc(needed));
  const oldest = blocks.keys().next().value;
  if (blocks.size >= 16 && oldest !== undefined) blocks.delete(oldest);
  blocks.set(name, block);
  return block;
}

/** The bytes [start, end) of one revision of an object; `end - start` must fit into one Buffer. */
export function contentAt(seed: string, revision: number, start: number, end: number): Buffer {
  // Thousands of small images must not cost a mebibyte each.
  const block = blockOf(seed, revision, end <= PAGE ? PAGE : BLOCK);
  const out = Buffer.allocUnsafe(end - start);
  for (let at = start; at < end; ) {
    const from = at % BLOCK;
    const length = Math.min(BLOCK - from, end - at);
    block.copy(out, at - start, from, from + length);
    at += length;
  }
  const stamp = Buffer.alloc(STAMP);
  for (let page = Math.floor(start / PAGE); page * PAGE < end; page += 1) {
    const at = page * PAGE - start;
    stamp.writeUIntBE(page, 0, 6);
    stamp.writeUInt16BE(revision % 65536, 6);
    if (at < 0) stamp.copy(out, 0, Math.min(-at, STAMP));
    else stamp.copy(out, at);
  }
  return out;
}

function digestName(algorithm: string, seed: string, revision: number, size: number): string {
  return `${algorithm}:${revision}:${size}:${seed}`;
}

function finish(hashes: ReadonlyMap<string, Hash>, seed: string, revision: number, size: number): void {
  for (const [algorithm, hash] of hashes) digests.set(digestName(algorithm, seed, revision, size), hash.digest('hex'));
}

function missing(algorithms: readonly string[], seed: string, revision: number, size: number): Map<string, Hash> {
  const wanted = algorithms.filter((algorithm) => !digests.has(digestName(algorithm, seed, revision, size)));
  return new Map(wanted.map((algorithm) => [algorithm, createHash(algorithm)]));
}

/** Hex digest of a whole object, by Node's name of the algorithm. Computed once, then remembered. */
export function contentDigest(algorithm: string, seed: string, revision: number, size: number): string {
  const hashes = missing([algorithm], seed, revision, size);
  if (hashes.size > 0) {
    for (let at = 0; at < size; at += BLOCK) {
      const bytes = contentAt(seed, revision, at, Math.min(size, at + BLOCK));
      for (const hash of hashes.values()) hash.update(bytes);
    }
    finish(hashes, seed, revision, size);
  }
  return digests.get(digestName(algorithm, seed, revision, size)) ?? '';
}

/** As {@link contentDigest} for several algorithms in one pass, without keeping the server from answering others. */
export async function contentDigests(
  algorithms: readonly string[],
  seed: string,
  revision: number,
  size: number,
): Promise<readonly string[]> {
  const hashes = missing(algorithms, seed, revision, size);
  if (hashes.size > 0) {
    for (let at = 0; at < size; at += BLOCK) {
      const bytes = contentAt(seed, revision, at, Math.min(size, at + BLOCK));
      for (const hash of hashes.values()) hash.update(bytes);
      if (at % (8 * BLOCK) === 0) await nextTurn();
    }
    finish(hashes, seed, revision, size);
  }
  return algorithms.map((algorithm) => digests.get(digestName(algorithm, seed, revision, size)) ?? '');
}
