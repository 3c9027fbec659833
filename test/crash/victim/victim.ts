/**
 * A process to be killed: the engine and the files of a product in miniature on the real disk, and a server within the
 * process that sends a few bytes at a time. `node victim.js ORDER` downloads and exits; `node victim.js` takes one order
 * a line on stdin, and says how each ended.
 */
import { randomBytes } from 'node:crypto';
import { readdirSync, readSync, unlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { AppError } from '#imgdl/core/errors.js';
import type { Exchange, Transport } from '#imgdl/core/http.js';
import type { Remote, Source, SourceRef } from '#imgdl/core/source.js';
import type { createReadAheadPool } from '#imgdl/engine/digest/read-ahead-buffer.js';
import type { download } from '#imgdl/engine/download.js';
import type { createConnectionBudget } from '#imgdl/engine/fetch/connection-budget.js';
import type { openWorkspace } from '#imgdl/fs/workspace.js';
import { type ReadFile, ReadingHasher } from '../../support/reading-hasher.js';
import { type Content, contentOf } from './content.js';

/** One file, and how the object is told from another one. */
export interface Wanted {
  readonly target: string;
  /** Of the content. */
  readonly name: string;
  readonly size: number;
  readonly proof: 'digest' | 'etag' | 'nothing';
  readonly connections: number;
}

export interface Order {
  /** A miniature of the product. */
  readonly product: string;
  readonly wanted: readonly Wanted[];
  /** Bytes of one read, and the milliseconds that it takes. */
  readonly chunk: number;
  readonly paceMs: number;
  /** What befalls the system calls of this process: see shim.c. */
  readonly rules?: string;
}

export interface Answer {
  /** Of each file: 0, or what the command would exit with, and why. */
  readonly ended: readonly { readonly exit: number; readonly code: string; readonly message: string }[];
  /** Did a rule come true? */
  readonly hit: boolean;
  /** Descriptors that are open now and were not before. */
  readonly leftOpen: number;
}

interface Product {
  readonly AppError: typeof AppError;
  readonly download: typeof download;
  readonly openWorkspace: typeof openWorkspace;
  readonly createConnectionBudget: typeof createConnectionBudget;
  readonly createReadAheadPool: typeof createReadAheadPool;
}

const REF: SourceRef = { provider: 'url', endpoint: 'http://disks', ref: 'disk.img' };
const readFile: ReadFile = (fd, into, at) => readSync(fd, into, 0, into.byteLength, at);
const products = new Map<string, Promise<Product>>();
let runs = 0;
/** Told once: from here on a kill finds something to kill. */
let hasBegun = false;

async function load(directory: string): Promise<Product> {
  const files = [
    'core/errors.js',
    'engine/download.js',
    'fs/workspace.js',
    'engine/fetch/connection-budget.js',
    'engine/digest/read-ahead-buffer.js',
  ];
  const modules = files.map((file) => import(pathToFileURL(join(directory, 'dist', file)).href));
  return Object.assign({}, ...(await Promise.all(modules))) as Product;
}

async function carryOut(order: Order): Promise<Answer> {
  const loading = products.get(order.product) ?? load(order.product);
  products.set(order.product, loading);
  const product = await loading;
  const before = openFiles();
  // Else those of its environment hold.
  if (order.rules !== undefined) askShim(`set/${order.rules}`);
  const ended = await Promise.all(order.wanted.map((wanted) => outcomeOf(product, order, wanted)));
  const hit = askShim('hit');
  if (order.rules !== undefined) askShim('set/');
  return { ended, hit, leftOpen: openFiles() - before };
}

async function outcomeOf(product: Product, order: Order, wanted: Wanted): Promise<Answer['ended'][number]> {
  try {
    const { status } = await runOf(product, order, wanted);
    return { exit: 0, code: status, message: '' };
  } catch (error) {
    if (error instanceof product.AppError) return { exit: error.exit, code: error.code, message: error.message };
    return { exit: 1, code: 'none', message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

async function runOf(product: Product, order: Order, wanted: Wanted) {
  const content = contentOf(wanted.name, wanted.size);
  runs += 1;
  const owner = {
    uid: process.geteuid?.() ?? 0,
    umask: 0o022,
    hostname: hostname(),
    // Of no process: a lock that a run of this process could not remove is one of the dead.
    pid: order.rules === undefined ? process.pid : 4_300_000 + runs,
    random: () => randomBytes(16).toString('hex'),
    now: () => performance.now(),
  };
  const abort = new AbortController();
  return await product.download(
    {
      source: sourceOf(wanted, content),
      options: {
        force: false,
        update: false,
        receipt: false,
        restart: false,
        dryRun: false,
        checksums: [],
        require: 'size',
        inspect: 'off',
        onChange: 'restart',
        onBusy: 'fail',
        retries: 0,
        connections: wanted.connections,
      },
      tool: 'imgdl test',
    },
    {
      transport: transportOf(wanted, content, order),
      clock: {
        now: () => performance.now(),
        wall: () => Date.now(),
        random: () => 0.5,
        sleep: async (ms, signal) => void (await sleep(ms, undefined, { signal })),
      },
      report: () => {},
      place: () => product.openWorkspace(wanted.target, wanted.target, owner, () => {}),
      startHasher: (fd, algorithm, from) => new ReadingHasher(readFile, fd, algorithm, from),
      budget: product.createConnectionBudget(16),
      readAheadPool: product.createReadAheadPool(),
      inspect: async () => ({ format: undefined, findings: [] }),
    },
    abort.signal,
  );
}

function sourceOf({ proof }: Wanted, { size, hex }: Content): Source {
  const facts = {
    ref: REF,
    name: 'disk.img',
    fallbackName: 'x.img',
    opener: 'range' as const,
    headerDigest: 'body' as const,
    warnings: [],
  };
  const described: Remote =
    proof === 'digest'
      ? {
          ...facts,
          identity: { size, revision: '1', digests: [`sha256:${hex}`] },
          digests: [{ algorithm: 'sha256', hex, from: 'metadata' }],
          validator: 'provider',
        }
      : { ...facts, identity: {}, digests: [], validator: 'http' };
  return {
    ref: REF,
    describe: async () => described,
    ticket: async () => ({ url: new URL('http://disks/disk.img'), headers: {}, singleUse: false, by: 'none' }),
  };
}

function transportOf({ proof }: Wanted, content: Content, { chunk, paceMs }: Order): Transport {
  async function* body(from: number, end: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    for (let at = from; at < end; at += chunk) {
      signal.throwIfAborted();
      yield Buffer.from(content.bytes(at, Math.min(end, at + chunk)));
      begin();
      if (paceMs > 0) await sleep(paceMs);
    }
  }
  return {
    open: async ({ headers }, signal): Promise<Exchange> => {
      const asked = /^bytes=(\d+)-(\d*)$/.exec(String(headers['range'] ?? ''));
      const from = Number(asked?.[1] ?? 0);
      const end = asked?.[2] ? Math.min(content.size, Number(asked[2]) + 1) : content.size;
      const fields: [string, string][] = proof === 'etag' ? [['etag', '"1"']] : [];
      if (asked !== null && from >= content.size) {
        fields.push(['content-range', `bytes */${content.size}`]);
        return { status: 416, headers: new Map(fields), body: (async function* () {})(), cancel: () => {} };
      }
      fields.push(['content-length', String(end - from)]);
      if (asked !== null) fields.push(['content-range', `bytes ${from}-${end - 1}/${content.size}`]);
      return {
        status: asked === null ? 200 : 206,
        headers: new Map(fields),
        body: body(from, end, signal),
        cancel: () => {},
      };
    },
    call: () => Promise.reject(new Error('nobody calls here')),
  };
}

function begin(): void {
  if (hasBegun) return;
  hasBegun = true;
  process.stdout.write('begun\n');
}

function openFiles(): number {
  return readdirSync('/proc/self/fd').length;
}

/** Where the shim is, it answers in the place of the file system. */
function askShim(what: string): boolean {
  try {
    unlinkSync(`/imgdl-shim/${what}`);
    return true;
  } catch {
    return false;
  }
}

const [given] = process.argv.slice(2);
if (given !== undefined) {
  const { ended } = await carryOut(JSON.parse(given) as Order);
  const failed = ended.find(({ exit }) => exit !== 0);
  if (failed !== undefined) process.stderr.write(`${failed.code}: ${failed.message}\n`);
  process.exitCode = failed?.exit ?? 0;
} else {
  hasBegun = true;
  for await (const line of createInterface({ input: process.stdin }))
    process.stdout.write(`${JSON.stringify(await carryOut(JSON.parse(line) as Order))}\n`);
}
