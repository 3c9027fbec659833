/** What lies beside a target: it may be torn, of another version, or written by an enemy. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { CHAIN_START, decodeJournal, encodeLine } from '#imgdl/fs/journal-lines.js';
import { describeOwner, parseOwner } from '#imgdl/fs/lock-owner.js';
import { readReceipt } from '#imgdl/fs/receipt.js';
import { requirePlain, requireShowable, type Target } from '../target.js';

const directory = mkdtempSync(join(tmpdir(), 'imgdl-fuzz-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const SOURCE = { provider: 'url', endpoint: 'https://host', ref: '/x.img' };
const SHA = 'a'.repeat(64);

/** Lines with checksums, which no mutation would hit. */
function journalOf(...records: readonly Parameters<typeof encodeLine>[1][]): Uint8Array {
  let chain = CHAIN_START;
  const lines = records.map((record) => {
    const line = encodeLine(chain, record);
    chain = line.chain;
    return line.bytes;
  });
  return Buffer.concat(lines);
}

const HEAD = { t: 'head', v: 1, source: SOURCE, identity: { size: 4096, etag: '"one"' } } as const;
const HAVE = { t: 'have', start: 0, end: 2048, digests: { sha256: SHA } } as const;

const journal: Target = {
  name: 'journal',
  words: ['\t', '\n', '"t":"have"', '"v":1', '"v":2', '"start":', '"end":', '"digests":{', '"identity":{', SHA],
  seeds: [
    journalOf(HEAD),
    journalOf(HEAD, HAVE),
    journalOf(HEAD, HAVE, { ...HAVE, start: 2048, end: 4096 }),
    journalOf({ ...HEAD, v: 2 } as unknown as typeof HEAD),
    journalOf(HEAD, { ...HAVE, start: 9, end: 3 }),
    journalOf({ ...HEAD, __proto__: { polluted: 1 }, identity: { size: -1 } } as unknown as typeof HEAD),
  ],
  check(input) {
    const decoded = decodeJournal(input);
    if (decoded.kind === 'unusable') return decoded.why;
    requirePlain(decoded.content);
    for (const { start, end } of decoded.content.have) {
      if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0 || end < start)
        throw new Error('no range');
    }
    // What counts is what would be read again.
    const again = decodeJournal(input.subarray(0, decoded.end));
    if (again.kind !== 'content' || again.content.have.length !== decoded.content.have.length)
      throw new Error('it shrinks');
    return `${decoded.content.have.length} ${Object.keys(decoded.content.head.identity).join(' ')}`;
  },
};

const OWNER = {
  v: 2,
  host: 'h',
  machine: 'm',
  boot: 'b',
  pidns: 'pid:[1]',
  pid: 7,
  start: '99',
  nonce: '0123456789abcdef',
  socket: true,
};

const lock: Target = {
  name: 'lock',
  words: ['"v":1', '"pid":', '"nonce":"', '"socket":', '"host":', 'true', 'null', '../'],
  seeds: [Buffer.from(JSON.stringify(OWNER)), Buffer.from(JSON.stringify({ ...OWNER, v: 1, socket: undefined }))],
  check(input) {
    const owner = parseOwner(input.toString());
    if (owner === undefined) return 'no owner';
    requirePlain(owner);
    requireShowable(describeOwner(owner));
    if (!/^[0-9a-f]{8,64}$/.test(owner.nonce)) throw new Error('a nonce that is no part of a name');
    return `v${Math.min(owner.v, 3)} ${owner.socket}`;
  },
};

const RECEIPT = {
  schema: 1,
  tool: 'imgdl 1',
  source: { ...SOURCE, name: 'x' },
  identity: { size: 4096, etag: '"one"', digests: [`sha256:${SHA}`] },
  bytes: 4096,
  verified: 'sha256',
  digests: [{ algorithm: 'sha256', hex: SHA, from: 'metadata', matched: true }],
  finishedAt: '2026-01-01T00:00:00.000Z',
};

const receipt: Target = {
  name: 'receipt',
  words: ['"schema":1', '"bytes":', '"verified":', '"digests":[', '"source":{', '"from":"user"', 'null', SHA],
  seeds: [
    Buffer.from(JSON.stringify(RECEIPT)),
    Buffer.from(JSON.stringify({ ...RECEIPT, digests: [], verified: 'none' })),
  ],
  async check(input) {
    const path = join(directory, 'receipt');
    writeFileSync(path, input);
    const read = await readReceipt(path);
    if (read === undefined) return 'none of ours';
    requirePlain(read);
    if (!Number.isSafeInteger(read.bytes) || read.bytes < 0) throw new Error('no size');
    return `${read.verified} ${read.digests.length}`;
  },
};

export const DISK: readonly Target[] = [journal, lock, receipt];
