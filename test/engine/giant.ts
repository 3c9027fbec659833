/** An object of any size up to 2^53 - 1 bytes, its server, and a disk that holds its content without storing it. */
import { createHash } from 'node:crypto';
import type { Algorithm } from '#imgdl/core/digest.js';
import type { Exchange, Transport } from '#imgdl/core/http.js';
import type { Range } from '#imgdl/core/ranges.js';
import { Secret } from '#imgdl/core/secret.js';
import type { Source } from '#imgdl/core/source.js';
import type { JournalHave, LocalFacts, PartFile, Workspace } from '#imgdl/core/storage.js';
import type { HasherFactory } from '#imgdl/engine/digest/hasher.js';
import { contentAt } from '#imgdl/sandbox/files/content.js';
import { CUT } from './script.js';

const SEED = 'giant';
const CHUNK = 96 * 1024 + 7;

/** What stands for the digest of [start, end): nobody can hash a tebibyte in a test. */
export const digestOf = (algorithm: Algorithm, start: number, end: number): string =>
  createHash(algorithm).update(`${start}-${end}`).digest('hex');

/** Knows the digest of what it was told to be written, and of nothing else. */
export const startHasher: HasherFactory = (_fd, algorithm, from) => {
  let limit = from;
  const marks: { readonly end: number; readonly resolve: (hex: string) => void }[] = [];
  const answer = (): void => {
    for (let next = marks[0]; next !== undefined && next.end <= limit; next = marks[0]) {
      marks.shift();
      next.resolve(digestOf(algorithm, from, next.end));
    }
  };
  return {
    algorithm,
    from,
    get position() {
      return limit;
    },
    advance(end) {
      limit = Math.max(limit, end);
      answer();
    },
    mark(end) {
      const told = new Promise<string>((resolve) => void marks.push({ end, resolve }));
      answer();
      return told;
    },
    passed: async () => {},
    close: async () => {},
  };
};

/** Every number is read and written as a BigInt: what the engine says is not judged by the engine's own arithmetic. */
export interface GiantServer {
  readonly transport: Transport;
  readonly source: Source;
  /** `Range` fields as they came. */
  readonly ranges: string[];
}

/** @param cuts bytes after which each of the first connections is cut */
export function giantServer(size: number, cuts: readonly number[] = []): GiantServer {
  const ranges: string[] = [];
  const left = [...cuts];
  const hex = digestOf('sha256', 0, size);
  const open = async (range: string, signal: AbortSignal): Promise<Exchange> => {
    signal.throwIfAborted();
    ranges.push(range);
    const asked = /^bytes=(0|[1-9][0-9]*)-([0-9]*)$/.exec(range);
    if (asked === null) throw new Error(`not a range: ${range}`);
    const start = BigInt(asked[1] ?? '');
    const last = asked[2] === '' ? BigInt(size) - 1n : BigInt(asked[2] ?? '');
    if (start > last || last >= BigInt(size)) throw new Error(`outside the object: ${range}`);
    const stop = left.shift() ?? Number.POSITIVE_INFINITY;
    let open = true;
    async function* body(): AsyncGenerator<Uint8Array> {
      for (let at = start, sent = 0; at <= last && open; ) {
        signal.throwIfAborted();
        if (sent >= stop) throw CUT;
        const end = at + BigInt(CHUNK) > last ? last + 1n : at + BigInt(CHUNK);
        yield contentAt(SEED, 1, Number(at), Number(end));
        sent += Number(end - at);
        at = end;
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    return {
      status: 206,
      headers: new Map([
        ['content-range', `bytes ${start}-${last}/${BigInt(size)}`],
        ['content-length', String(last - start + 1n)],
      ]),
      body: body(),
      cancel: () => {
        open = false;
      },
    };
  };
  return {
    ranges,
    transport: {
      call: () => Promise.reject(new Error('nobody calls here')),
      async open({ headers }, signal) {
        const range = headers['range'];
        return await open(range instanceof Secret ? range.reveal() : (range ?? ''), signal);
      },
    },
    source: {
      ref: { provider: 'uforge', endpoint: 'https://h', ref: 'giant' },
      describe: async () => ({
        ref: { provider: 'uforge', endpoint: 'https://h', ref: 'giant' },
        fallbackName: 'giant.img',
        identity: { size, digests: [`sha256:${hex}`] },
        digests: [{ algorithm: 'sha256', hex, from: 'metadata' }],
        opener: 'range',
        headerDigest: 'whole',
        validator: 'provider',
        warnings: [],
      }),
      ticket: async () => ({ url: new URL('https://h/giant'), headers: {}, singleUse: false, by: 'none' }),
    },
  };
}

/** A place that says of every byte whether it came, and whether it was the right one; it keeps none. */
export interface GiantPlace {
  readonly workspace: Workspace;
  /** What was written in this run, in order of its start. */
  written(): readonly Range[];
  /** Ranges whose bytes were not the object's. */
  readonly wrong: Range[];
  readonly claims: JournalHave[];
  readonly published: () => boolean;
}

/** What an earlier run claims, and rightly. */
export const claimOf = (end: number): JournalHave => ({
  t: 'have',
  start: 0,
  end,
  digests: { sha256: digestOf('sha256', 0, end) },
});

/**
 * @param kept bytes that an earlier run left
 * @param have its claims
 */
export function giantPlace(source: Source, size: number, kept: number, have = [claimOf(kept)]): GiantPlace {
  const written: Range[] = [];
  const wrong: Range[] = [];
  const claims: JournalHave[] = [...have];
  const head = {
    t: 'head' as const,
    v: 1 as const,
    source: source.ref,
    identity: { size, digests: [`sha256:${digestOf('sha256', 0, size)}`] },
  };
  const content = { head, have: [...claims] };
  let length = kept;
  let published = false;
  const part: PartFile = {
    path: '/nowhere/part',
    fd: -1,
    async write(offset, chunks) {
      let at = offset;
      for (const chunk of chunks) {
        const end = at + chunk.byteLength;
        if (!contentAt(SEED, 1, at, end).equals(chunk)) wrong.push({ start: at, end });
        at = end;
      }
      written.push({ start: offset, end: at });
      length = Math.max(length, at);
    },
    read: async (offset, count) => contentAt(SEED, 1, offset, Math.min(length, offset + count)),
    sync: async () => {},
    truncate: async (to) => {
      length = to;
    },
    size: async () => length,
    close: async () => {},
  };
  const local: LocalFacts = { target: { kind: 'absent' }, part: { kind: 'usable', size: kept, journal: content } };
  const workspace: Workspace = {
    target: 'giant.img',
    inspect: async () => local,
    lock: async () => ({ unlock: async () => {} }),
    open: async (mode) => {
      if (mode !== 'continue') throw new Error('what was kept is thrown away');
      const journal = {
        content,
        append: async (line: JournalHave) => void claims.push(line),
        reset: async (_: unknown, have: readonly JournalHave[]) => void claims.splice(0, claims.length, ...have),
        close: async () => {},
      };
      return { part, journal };
    },
    reserve: async () => {},
    publish: async () => {
      published = true;
      return [];
    },
    keepTarget: async () => {},
    finishPublished: async () => {},
    discard: async () => {},
    digestTarget: async () => new Map(),
    openTarget: () => Promise.reject(new Error('there is no target')),
    readReceipt: async () => undefined,
    expectReceipt: async () => {},
    writeReceipt: async () => {},
  };
  return {
    workspace,
    written: () => [...written].sort((a, b) => a.start - b.start),
    wrong,
    claims,
    published: () => published,
  };
}
