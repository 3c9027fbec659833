/** The server: one object, which changes, and connections that come to what a schedule says. */
import { createHash } from 'node:crypto';
import type { Exchange } from '#imgdl/core/http.js';
import type { Remote, Source, SourceRef, Ticket } from '#imgdl/core/source.js';
import type { Product } from './product.js';
import type { Answer, Proof, Schedule } from './schedule.js';

/** Every other change keeps the size: then only validators or bytes tell. */
const SIZES = [48_000, 48_000, 40_288, 40_288, 9_001, 9_001] as const;

export const REF: SourceRef = { provider: 'url', endpoint: 'http://disks', ref: 'disk.img' };

const contents = new Map<number, { readonly bytes: Buffer; readonly hex: string }>();

/** No two revisions share a block of 64 bytes. */
export function contentOf(revision: number): { readonly bytes: Buffer; readonly hex: string } {
  const known = contents.get(revision);
  if (known !== undefined) return known;
  const bytes = Buffer.alloc(SIZES[(revision - 1) % SIZES.length] ?? SIZES[0]);
  const block = createHash('sha512').update(String(revision)).digest();
  for (let at = 0; at < bytes.length; at += block.length) {
    block.writeUInt32LE(at, 0);
    block.copy(bytes, at);
  }
  const made = { bytes, hex: createHash('sha256').update(bytes).digest('hex') };
  contents.set(revision, made);
  return made;
}

/** The revision that these bytes are, whole; undefined when they are none. */
export function revisionOf(bytes: Buffer, latest: number): number | undefined {
  for (let revision = latest; revision >= 1; revision -= 1)
    if (bytes.equals(contentOf(revision).bytes)) return revision;
  return undefined;
}

/** Are these the bytes of one of the revisions from `start` on? */
export function isOfARevision(bytes: Buffer, start: number, latest: number): boolean {
  for (let revision = latest; revision >= 1; revision -= 1) {
    if (bytes.equals(contentOf(revision).bytes.subarray(start, start + bytes.length))) return true;
  }
  return false;
}

/** What a run sees of the server. */
export interface Connections {
  readonly answers: Answer[];
  /** Before each chunk of a body, and when it was taken. @throws when the process is dead */
  beforeChunk(): void;
  afterChunk(revision: number, end: number): void;
  /** A request for bytes from `from` on, before it is answered. */
  onRequest(from: number): void;
  readonly product: Product;
}

type Headers = Readonly<Record<string, unknown>>;

export class Origin {
  revision = 1;
  readonly #proof: Proof;
  readonly #opener: 'plain' | 'range';
  readonly #chunk: number;

  constructor({ proof, opener, chunk }: Schedule) {
    this.#proof = proof;
    this.#opener = opener;
    this.#chunk = chunk;
  }

  /** As a provider describes it and permits connections. */
  source(): Source {
    return {
      ref: REF,
      describe: async () => this.#described(),
      ticket: async (): Promise<Ticket> => ({
        url: new URL('http://disks/disk.img'),
        headers: {},
        singleUse: false,
        by: 'none',
      }),
    };
  }

  #described(): Remote {
    const { bytes, hex } = contentOf(this.revision);
    const facts = {
      ref: REF,
      name: 'disk.img',
      fallbackName: 'x.img',
      opener: this.#opener,
      headerDigest: 'body' as const,
      warnings: [],
    };
    if (this.#proof !== 'digest') return { ...facts, identity: {}, digests: [], validator: 'http' };
    return {
      ...facts,
      identity: { size: bytes.length, revision: String(this.revision), digests: [`sha256:${hex}`] },
      digests: [{ algorithm: 'sha256', hex, from: 'metadata' }],
      validator: 'provider',
    };
  }

  async open(headers: Headers, signal: AbortSignal, to: Connections): Promise<Exchange> {
    signal.throwIfAborted();
    const answer = to.answers.shift();
    const { AppError } = to.product;
    if (answer?.is === 'refused') throw new AppError('net.refused', 'downloading: the connection was refused');
    if (answer?.is === 'busy') return bare(answer.status, retryAfter(answer.retryAfterS));
    if (answer?.is === 'expired') return bare(answer.status, []);
    if (answer?.is === 'page') return page();
    return this.#object(headers, answer, signal, to);
  }

  #object(headers: Headers, answer: Answer | undefined, signal: AbortSignal, to: Connections): Exchange {
    const { revision } = this;
    const { bytes } = contentOf(revision);
    const validators = this.#validators(revision, answer?.is === 'mirror');
    const etag = new Map(validators).get('etag');
    const asked = /^bytes=(\d+)-(\d*)$/.exec(String(headers['range'] ?? ''));
    if (headers['if-none-match'] !== undefined && headers['if-none-match'] === etag)
      return bare(304, [['etag', etag ?? '']]);
    if (asked !== null && answer?.is === 'no-range')
      return bare(answer.status, answer.status === 416 ? [['content-range', `bytes */${bytes.length}`]] : []);
    const holds = headers['if-range'] === undefined || headers['if-range'] === etag;
    const ranged = asked !== null && holds && answer?.is !== 'whole';
    const wanted = ranged ? Number(asked[1]) : 0;
    if (ranged && wanted >= bytes.length)
      return bare(416, [...validators, ['content-range', `bytes */${bytes.length}`]]);
    to.onRequest(wanted);
    const from = answer?.is === 'early' ? Math.max(0, wanted - answer.by) : wanted;
    const last = ranged && asked[2] !== '' ? Math.min(bytes.length, Number(asked[2]) + 1) : bytes.length;
    const range: readonly (readonly [string, string])[] = ranged
      ? [['content-range', `bytes ${from}-${last - 1}/${bytes.length}`]]
      : [];
    return {
      status: ranged ? 206 : 200,
      headers: new Map([...validators, ['content-length', String(last - from)], ...range]),
      body: this.#body(revision, { from, end: last }, answer, signal, to),
      cancel: () => {},
    };
  }

  #validators(revision: number, mirror: boolean): readonly (readonly [string, string])[] {
    if (this.#proof === 'etag' || (this.#proof === 'user' && revision % 2 === 1))
      return [['etag', `"r${revision}${mirror ? '-mirror' : ''}"`]];
    if (this.#proof !== 'date') return [];
    const seconds = 1_700_000_000 + revision * 3600 + (mirror ? 60 : 0);
    return [
      ['last-modified', new Date(seconds * 1000).toUTCString()],
      ['date', new Date((seconds + 86_400 * 300) * 1000).toUTCString()],
    ];
  }

  async *#body(
    revision: number,
    { from, end }: { readonly from: number; readonly end: number },
    answer: Answer | undefined,
    signal: AbortSignal,
    to: Connections,
  ): AsyncGenerator<Uint8Array> {
    const { AppError } = to.product;
    const { bytes } = contentOf(revision);
    const stop = answer?.is === 'cut' || answer?.is === 'end' ? from + answer.after : Number.POSITIVE_INFINITY;
    for (let at = from; at < end; ) {
      to.beforeChunk();
      signal.throwIfAborted();
      const next = Math.min(end, at + this.#chunk);
      const upTo = Math.min(next, stop);
      if (upTo > at) {
        yield answer?.is === 'wrong'
          ? withWrongByte(bytes.subarray(at, upTo), answer.at - at)
          : bytes.subarray(at, upTo);
        to.afterChunk(revision, upTo);
      }
      if (upTo < next) {
        if (answer?.is === 'end') throw new AppError('net.truncated', 'downloading: the body ended early');
        throw new AppError('net.reset', 'downloading: the connection was cut');
      }
      at = next;
    }
  }
}

function retryAfter(seconds: number | undefined): readonly (readonly [string, string])[] {
  return seconds === undefined ? [] : [['retry-after', String(seconds)]];
}

function bare(status: number, headers: readonly (readonly [string, string])[]): Exchange {
  return { status, headers: new Map(headers), body: (async function* () {})(), cancel: () => {} };
}

function page(): Exchange {
  const text = Buffer.from('<!DOCTYPE html><html><body>Please log in.</body></html>');
  return {
    status: 200,
    headers: new Map([
      ['content-type', 'text/html'],
      ['content-length', String(text.length)],
    ]),
    body: (async function* () {
      yield text;
    })(),
    cancel: () => {},
  };
}

function withWrongByte(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  const byte = copy[at];
  if (byte !== undefined) copy[at] = 255 - byte;
  return copy;
}
