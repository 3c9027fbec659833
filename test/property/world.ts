import { createHash, randomBytes } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { AppError } from '#imgdl/core/errors.js';
import type { Exchange, Transport } from '#imgdl/core/http.js';
import type { Outcome } from '#imgdl/core/outcome.js';
import type { Remote, Source, SourceRef } from '#imgdl/core/source.js';
import type { TransferOptions } from '#imgdl/core/transfer-options.js';
import { download } from '#imgdl/engine/download.js';
import { withObjectMade } from '#imgdl/engine/made-object.js';
import { openWorkspace } from '#imgdl/fs/workspace.js';
import { follow, newState, type TransferState } from '#imgdl/ui/progress/state.js';
import { runResources } from '../support/run-resources.js';
import { startHasher } from '../support/single-hasher.js';
import { transferOptions } from '../support/transfer-options.js';

/** What goes wrong with the connections during one run. */
export interface Weather {
  /** Body bytes after which each of the next connections is cut, or those of a connection that begins at `from`. */
  readonly cuts: readonly number[] | ((from: number) => number);
  /** Body bytes of the whole run after which the process dies, or undefined. */
  readonly killAfter?: number;
  /** Body bytes of the whole run after which the object becomes another one. */
  readonly changeAfter?: number;
  /** Stands between the server and the run: it may answer in the server's place. */
  readonly front?: (asked: FrontRequest, sound: () => Promise<Exchange>) => Promise<Exchange>;
}

/** What a front sees of a request, and of the object. */
export interface FrontRequest {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly bytes: Buffer;
}

export const CALM: Weather = { cuts: [] };

/** How the object is told from another one. */
export type Proof = 'digest' | 'etag' | 'nothing';

export type Ended =
  | { readonly kind: 'done'; readonly outcome: Outcome; readonly told: TransferState }
  | {
      readonly kind: 'failed';
      readonly code: string;
      readonly message: string;
      readonly hint: string | undefined;
      readonly told: TransferState;
    }
  | { readonly kind: 'killed' };

const CHUNK = 16 * 1024;
/** Larger than the overlap that is compared where nothing better is known. */
const SIZES = [600_000, 700_001, 524_288] as const;

/** What every run asks for, by a name, and the object that the name means. */
export const ASKED: SourceRef = { provider: 'url', endpoint: 'http://host', ref: 'latest' };
export const MEANT: SourceRef = { provider: 'url', endpoint: 'http://disks', ref: 'disk.img' };

/** A server, a disk, and the real engine between them. Time passes at once. */
export class World {
  readonly directory = mkdtempSync(join(tmpdir(), 'imgdl-world-'));
  readonly target = join(this.directory, 'work', 'disk.img');
  revision = 1;
  /** Where the name that is asked for leads to. */
  meant = MEANT;
  readonly #bytes = new Map<number, Buffer>();
  #nowMs = 0;
  /** A fast clock: a checkpoint, which is due every 5 s, comes after some ten chunks. */
  readonly #now = (): number => {
    this.#nowMs += 400;
    return this.#nowMs;
  };

  /** @param made how the object is made and removed, where it is not there already */
  constructor(
    readonly proof: Proof,
    readonly made: Pick<Source, 'open' | 'close'> = {},
  ) {
    mkdirSync(join(this.directory, 'work'));
  }

  contentOf(revision: number): Buffer {
    const known = this.#bytes.get(revision);
    if (known !== undefined) return known;
    // Every other change keeps the size: then only validators or bytes tell.
    const size = SIZES[Math.floor((revision - 1) / 2) % SIZES.length] ?? SIZES[0];
    // Different everywhere: no two revisions share a block.
    const seed = createHash('sha512').update(String(revision)).digest();
    const bytes = Buffer.alloc(size);
    for (let at = 0; at < size; at += seed.length) {
      seed.writeUInt32LE(at, 0);
      seed.copy(bytes, at);
    }
    this.#bytes.set(revision, bytes);
    return bytes;
  }

  /** The revision whose bytes the target has; undefined without a target. @throws Error when it is of none. */
  revisionOfTarget(): number | undefined {
    if (!existsSync(this.target)) return undefined;
    const bytes = readFileSync(this.target);
    for (let revision = 1; revision <= this.revision; revision += 1) {
      if (bytes.equals(this.contentOf(revision))) return revision;
    }
    throw new Error(`the target has ${bytes.length} bytes that are of no revision`);
  }

  /** The file of that suffix beside the target, if there is one. */
  beside(suffix: 'part' | 'journal'): string | undefined {
    const name = readdirSync(join(this.directory, 'work')).find((it) => it.endsWith(`.${suffix}`));
    return name === undefined ? undefined : join(this.directory, 'work', name);
  }

  flipPart(where: number): void {
    const path = this.beside('part');
    if (path === undefined || statSync(path).size === 0) return;
    const bytes = readFileSync(path);
    const at = Math.floor(where * bytes.length);
    bytes[at] = 255 - (bytes[at] ?? 0);
    writeFileSync(path, bytes);
  }

  flipJournal(where: number): void {
    const path = this.beside('journal');
    if (path === undefined || statSync(path).size === 0) return;
    const bytes = readFileSync(path);
    const at = Math.floor(where * bytes.length);
    bytes[at] = bytes[at] === 0x30 ? 0x31 : 0x30;
    writeFileSync(path, bytes);
  }

  truncate(suffix: 'part' | 'journal', where: number): void {
    const path = this.beside(suffix);
    if (path !== undefined) truncateSync(path, Math.floor(where * statSync(path).size));
  }

  /** One run of the program. */
  async run(weather: Weather, options: Partial<TransferOptions> = {}): Promise<Ended> {
    const abort = new AbortController();
    let image: string | undefined;
    const die = (): void => {
      if (image !== undefined) return;
      // What a killed process leaves: everything as it is now, the lock apart, whose owner would have to be dead.
      image = join(this.directory, 'image');
      const work = join(this.directory, 'work');
      mkdirSync(image);
      // The journal first: what it claims was on the disk before.
      const names = readdirSync(work).filter((name) => !/\.(?:lock|sock)/.test(name));
      names.sort((a, b) => Number(b.endsWith('.journal')) - Number(a.endsWith('.journal')));
      for (const name of names) cpSync(join(work, name), join(image, name));
      abort.abort(new Error('killed'));
    };
    const transport = this.#transport(weather, die);
    let told = newState(0);
    try {
      const outcome = await withObjectMade(
        { source: this.#source(), options: transferOptions({ force: true, ...options }), tool: 'imgdl test' },
        {
          transport,
          clock: { now: this.#now, wall: () => 0, random: () => 0.5, sleep: async () => {} },
          report: (event) => {
            told = follow(told, event, 0);
          },
          place: () =>
            openWorkspace(
              this.target,
              'disk.img',
              {
                uid: process.geteuid?.() ?? 0,
                hostname: hostname(),
                pid: process.pid,
                random: () => randomBytes(16).toString('hex'),
              },
              () => {},
            ),
          startHasher,
          ...runResources(),
        },
        abort.signal,
        (request, ports) => download(request, ports, abort.signal),
      );
      if (image === undefined) return { kind: 'done', outcome, told };
    } catch (error) {
      if (image === undefined) {
        if (!(error instanceof AppError)) throw error;
        return { kind: 'failed', code: error.code, message: error.message, hint: error.hint, told };
      }
    }
    rmSync(join(this.directory, 'work'), { recursive: true });
    renameSync(image, join(this.directory, 'work'));
    return { kind: 'killed' };
  }

  names(): readonly string[] {
    return readdirSync(join(this.directory, 'work')).filter((name) => name !== basename(this.target));
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  #source(): Source {
    return {
      ...this.made,
      ref: ASKED,
      describe: async (): Promise<Remote> => {
        const bytes = this.contentOf(this.revision);
        const facts = {
          ref: this.meant,
          name: 'disk.img',
          fallbackName: 'x.img',
          opener: 'range' as const,
          headerDigest: 'body' as const,
          warnings: [],
        };
        if (this.proof !== 'digest') return { ...facts, identity: {}, digests: [], validator: 'http' };
        const hex = createHash('sha256').update(bytes).digest('hex');
        return {
          ...facts,
          identity: { size: bytes.length, revision: String(this.revision), digests: [`sha256:${hex}`] },
          digests: [{ algorithm: 'sha256', hex, from: 'metadata' }],
          validator: 'provider',
        };
      },
      ticket: async () => ({ url: new URL('http://host/disk.img'), headers: {}, singleUse: false, by: 'none' }),
    };
  }

  #transport(weather: Weather, die: () => void): Transport {
    const cuts = typeof weather.cuts === 'function' ? weather.cuts : [...weather.cuts];
    let sent = 0;
    let changed = false;
    const open = async (headers: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<Exchange> => {
      signal.throwIfAborted();
      const revision = this.revision;
      const bytes = this.contentOf(revision);
      const etag = `"r${revision}"`;
      const asked = /^bytes=(\d+)-$/.exec(String(headers['range'] ?? ''))?.[1];
      const holds = headers['if-range'] === undefined || headers['if-range'] === etag;
      const from = asked === undefined || !holds ? 0 : Number(asked);
      const ranged = asked !== undefined && holds;
      const common: [string, string][] = this.proof === 'etag' ? [['etag', etag]] : [];
      if (ranged && from >= bytes.length) {
        return {
          status: 416,
          headers: new Map([...common, ['content-range', `bytes */${bytes.length}`]]),
          body: (async function* () {})(),
          cancel: () => {},
        };
      }
      const stop = from + (typeof cuts === 'function' ? cuts(from) : (cuts.shift() ?? Number.POSITIVE_INFINITY));
      const step = (): void => {
        if (weather.killAfter !== undefined && sent >= weather.killAfter) die();
        if (!changed && weather.changeAfter !== undefined && sent >= weather.changeAfter) {
          changed = true;
          this.revision += 1;
        }
      };
      async function* body(): AsyncGenerator<Uint8Array> {
        for (let at = from; at < bytes.length; at += CHUNK) {
          const end = Math.min(bytes.length, at + CHUNK);
          step();
          signal.throwIfAborted();
          if (end > stop) throw new AppError('net.reset', 'downloading: the connection was cut');
          sent += end - at;
          yield Buffer.from(bytes.subarray(at, end));
        }
      }
      return {
        status: ranged ? 206 : 200,
        headers: new Map([
          ...common,
          ['content-length', String(bytes.length - from)],
          ...(ranged ? [['content-range', `bytes ${from}-${bytes.length - 1}/${bytes.length}`] as const] : []),
        ]),
        body: body(),
        cancel: () => {},
      };
    };
    const { front } = weather;
    return {
      open: ({ headers }, signal) => {
        const sound = (): Promise<Exchange> => open(headers, signal);
        return front === undefined ? sound() : front({ headers, bytes: this.contentOf(this.revision) }, sound);
      },
      call: () => Promise.reject(new Error('nobody calls here')),
    };
  }
}
