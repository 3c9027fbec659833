import { createHash } from 'node:crypto';
import type { Clock } from '#imgdl/core/clock.js';
import type { Digest } from '#imgdl/core/digest.js';
import { AppError } from '#imgdl/core/errors.js';
import type { TransferEvent } from '#imgdl/core/events.js';
import type { Exchange, Transport } from '#imgdl/core/http.js';
import { Secret } from '#imgdl/core/secret.js';
import type { Remote, Source } from '#imgdl/core/source.js';
import { createCounters } from '#imgdl/engine/counters.js';
import { fetchBytes } from '#imgdl/engine/fetch/fetch.js';
import type { FetchResult } from '#imgdl/engine/fetch/fetched.js';
import { createRetryBudget } from '#imgdl/engine/retry-budget.js';
import type { ByteSink } from '#imgdl/engine/sink/byte-sink.js';
import type { Transfer } from '#imgdl/engine/transfer.js';
import { runResources } from '../../support/run-resources.js';
import { transferOptions } from '../../support/transfer-options.js';
import { HEAD_SOURCE, turn } from '../fakes.js';
import { remoteOf } from '../script.js';

const CHUNK = 64 * 1024;

/** A request as the server of a test sees it. `index` counts from 0. */
export interface Asked {
  readonly index: number;
  readonly start: number;
  /** Undefined: to the end. */
  readonly end: number | undefined;
  readonly ranged: boolean;
}

/** What the server does other than right. */
export interface Fault {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** The whole object, whatever was asked for. */
  readonly whole?: boolean;
  /** Bytes after which the body ends with an error. */
  readonly cutAfter?: number;
  /** Bytes after which it ends as if it were complete. */
  readonly endAfter?: number;
  /** Bytes that come after those that were promised. */
  readonly surplus?: number;
  /** Thrown instead of an answer. */
  readonly refuse?: AppError;
  /** Turns of the event loop before the answer, and before each chunk. */
  readonly slow?: number;
  /** Turns of the event loop before the answer. */
  readonly late?: number;
  /** Answers with other bytes than those asked for, and says so. */
  readonly shift?: number;
}

export interface SeveralServer {
  readonly transport: Transport;
  readonly asked: Asked[];
  /** Most answers that were open at once. */
  readonly most: number;
  /** Answers that nobody has read to the end or closed. */
  readonly open: number;
}

/** A server whose answers come chunk by chunk, so that several are read in turns. */
export function severalServer(
  content: Buffer,
  fault: (asked: Asked) => Fault | undefined = () => undefined,
  etag: string | null = '"v1"',
): SeveralServer {
  const asked: Asked[] = [];
  let open = 0;
  let most = 0;
  const transport: Transport = {
    call: () => Promise.reject(new Error('no metadata call is expected')),
    async open({ headers }, signal): Promise<Exchange> {
      signal.throwIfAborted();
      const value = headers['range'] instanceof Secret ? '' : (headers['range'] ?? '');
      const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(value) ?? [];
      const now: Asked = {
        index: asked.length,
        start: Number(first ?? 0),
        end: last === undefined || last === '' ? undefined : Number(last) + 1,
        ranged: first !== undefined,
      };
      asked.push(now);
      const { slow = 1, late = slow, ...wrong } = fault(now) ?? {};
      for (let i = 0; i < late; i += 1) await turn();
      signal.throwIfAborted();
      if (wrong.refuse !== undefined) throw wrong.refuse;
      const start = wrong.whole === true ? 0 : now.start + (wrong.shift ?? 0);
      const end =
        wrong.whole === true ? content.byteLength : Math.min(now.end ?? content.byteLength, content.byteLength);
      const partial = now.ranged && wrong.whole !== true;
      open += 1;
      most = Math.max(most, open);
      let closed = false;
      const close = (): void => {
        if (!closed) open -= 1;
        closed = true;
      };
      async function* body(): AsyncGenerator<Uint8Array> {
        try {
          for (let at = start; at < end; at += CHUNK) {
            for (let i = 0; i < slow; i += 1) await turn();
            if (signal.aborted) throw signal.reason;
            if (closed) throw new AppError('net.reset', 'reading the body: closed by us');
            if (wrong.cutAfter !== undefined && at - start >= wrong.cutAfter)
              throw new AppError('net.truncated', 'reading the body: the connection was cut');
            if (wrong.endAfter !== undefined && at - start >= wrong.endAfter) return;
            yield content.subarray(at, Math.min(at + CHUNK, end));
          }
          if (wrong.surplus !== undefined) yield Buffer.alloc(wrong.surplus, 'surplus');
        } finally {
          close();
        }
      }
      return {
        status: wrong.status ?? (partial ? 206 : 200),
        headers: new Map(
          Object.entries({
            ...(etag === null ? {} : { etag }),
            'content-length': String(end - start),
            ...(partial ? { 'content-range': `bytes ${start}-${end - 1}/${content.byteLength}` } : {}),
            ...wrong.headers,
          }),
        ),
        body: body(),
        cancel: close,
      };
    },
  };
  return {
    transport,
    asked,
    get most() {
      return most;
    },
    get open() {
      return open;
    },
  };
}

export interface SeveralOptions {
  readonly connections: number | 'auto';
  readonly clock: Clock;
  readonly digests?: readonly Digest[];
  readonly remote?: Partial<Remote>;
  readonly source?: Partial<Source>;
  readonly signal?: AbortSignal;
  readonly budget?: { take(): boolean; giveBack(): void };
  readonly onEvent?: (event: TransferEvent) => void;
}

export interface Several {
  readonly result: FetchResult | undefined;
  readonly error: unknown;
  readonly events: readonly TransferEvent[];
  readonly connections: number | undefined;
}

/** Runs fetchBytes() with several connections; an error is a result here. */
export async function fetchSeveral(server: SeveralServer, sink: ByteSink, options: SeveralOptions): Promise<Several> {
  const events: TransferEvent[] = [];
  const { clock } = options;
  const report = (event: TransferEvent): void => {
    events.push(event);
    options.onEvent?.(event);
  };
  const digests = options.digests ?? [];
  const source: Source = {
    ref: HEAD_SOURCE,
    describe: () => Promise.reject(new Error('nobody asks')),
    ticket: async () => ({ url: new URL('https://h/a.img'), headers: {}, singleUse: false, by: 'none' }),
    ...options.source,
  };
  const ports = {
    transport: server.transport,
    clock,
    report,
    ...runResources(),
    ...(options.budget === undefined ? {} : { budget: options.budget }),
  };
  const { connections } = options;
  const transfer: Transfer = {
    request: { source, options: transferOptions({ connections }), tool: 'imgdl test' },
    ports,
    remote: remoteOf({ digests, ...options.remote }),
    retries: createRetryBudget(8, undefined, ports),
    counters: createCounters(),
  };
  const signal = options.signal ?? new AbortController().signal;
  const expected = { identity: transfer.remote.identity, digests };
  const [result, error] = await fetchBytes(transfer, expected, sink, signal).then(
    (value) => [value, undefined] as const,
    (reason: unknown) => [undefined, reason] as const,
  );
  return { result, error, events, connections: transfer.counters.mostAtOnce };
}

export const sha256Of = (content: Uint8Array): Digest => ({
  algorithm: 'sha256',
  hex: createHash('sha256').update(content).digest('hex'),
  from: 'metadata',
});
