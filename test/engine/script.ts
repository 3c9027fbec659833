import { createHash } from 'node:crypto';
import type { Digest } from '#imgdl/core/digest.js';
import { AppError } from '#imgdl/core/errors.js';
import type { TransferEvent } from '#imgdl/core/events.js';
import type { Exchange, Transport } from '#imgdl/core/http.js';
import { Secret } from '#imgdl/core/secret.js';
import type { Identity, Remote, Source, Ticket, TicketNeed } from '#imgdl/core/source.js';
import type { TransferOptions } from '#imgdl/core/transfer-options.js';
import { createCounters } from '#imgdl/engine/counters.js';
import { fetchBytes } from '#imgdl/engine/fetch/fetch.js';
import type { Expected, FetchResult } from '#imgdl/engine/fetch/fetched.js';
import { createRetryBudget } from '#imgdl/engine/retry-budget.js';
import type { ByteSink } from '#imgdl/engine/sink/byte-sink.js';
import type { Transfer } from '#imgdl/engine/transfer.js';
import { type FakeClock, fakeClock } from '../support/fake-clock.js';
import { runResources } from '../support/run-resources.js';
import { transferOptions } from '../support/transfer-options.js';
import { HEAD_SOURCE } from './fakes.js';

/** One answer of a scripted server. */
export interface Scripted {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | readonly Uint8Array[];
  /** Thrown after the body. */
  readonly cut?: AppError;
  /** Thrown instead of an answer. */
  readonly refuse?: AppError;
}

export interface Seen {
  readonly headers: Readonly<Record<string, string>>;
  readonly ticket: string;
}

export interface Play {
  readonly transport: Transport;
  /** Requests as the server saw them. */
  readonly seen: Seen[];
  /** Connections whose body was not read to its end and that nobody closed. */
  leaked(): number;
}

export const CUT = new AppError('net.truncated', 'reading the body: the connection was cut');

/** Answers in turn; the last answer is repeated. A function sees the request. */
export function play(...answers: readonly (Scripted | ((seen: Seen) => Scripted))[]): Play {
  const seen: Seen[] = [];
  let open = 0;
  return {
    seen,
    leaked: () => open,
    transport: {
      call: () => Promise.reject(new Error('no metadata call is expected')),
      async open(request, signal) {
        signal.throwIfAborted();
        const headers = Object.fromEntries(
          Object.entries(request.headers).map(([name, value]) => [
            name,
            value instanceof Secret ? value.reveal() : value,
          ]),
        );
        const now = { headers, ticket: request.url.searchParams.get('ticket') ?? '' };
        const answer = answers[Math.min(seen.length, answers.length - 1)];
        seen.push(now);
        const {
          status = 200,
          headers: fields = {},
          body = [],
          cut,
          refuse,
        } = typeof answer === 'function' ? answer(now) : (answer ?? {});
        if (refuse !== undefined) throw refuse;
        open += 1;
        let closed = false;
        async function* read(): AsyncGenerator<Uint8Array> {
          for (const chunk of body instanceof Uint8Array ? [body] : body) yield chunk;
          if (cut !== undefined) throw cut;
        }
        const exchange: Exchange = {
          status,
          headers: new Map(Object.entries(fields)),
          body: read(),
          cancel() {
            if (!closed) open -= 1;
            closed = true;
          },
        };
        return exchange;
      },
    },
  };
}

/** 206 of `content` from the first byte that the request asks for. */
export const partOf =
  (content: Buffer, changes: Partial<Scripted> & { readonly upTo?: number } = {}) =>
  (seen: Seen): Scripted => {
    const from = Number(/^bytes=(\d+)-$/.exec(seen.headers['range'] ?? '')?.[1] ?? 0);
    const end = changes.upTo ?? content.byteLength;
    return {
      status: 206,
      body: content.subarray(from, end),
      ...changes,
      headers: {
        'content-range': `bytes ${from}-${content.byteLength - 1}/${content.byteLength}`,
        'content-length': String(content.byteLength - from),
        ...changes.headers,
      },
    };
  };

/** 200 with all of `content`. */
export const wholeOf = (content: Uint8Array, headers: Readonly<Record<string, string>> = {}): Scripted => ({
  body: content,
  headers: { 'content-length': String(content.byteLength), ...headers },
});

/** Gives a numbered, single-use ticket each time; `denied` decides what a refusal comes to. */
export function tickets(denied: (need: Extract<TicketNeed, { reason: 'denied' }>) => void = () => {}) {
  const needs: TicketNeed[] = [];
  const source: Source = {
    ref: HEAD_SOURCE,
    describe: () => Promise.reject(new Error('nobody asks')),
    async ticket(need): Promise<Ticket> {
      needs.push(need);
      if (need.reason === 'denied') denied(need);
      return {
        url: new URL(`https://h/a.img?ticket=${needs.length}`),
        headers: {},
        singleUse: true,
        by: 'one-time key',
      };
    },
  };
  return { source, needs };
}

/** A sink in memory; what it accepts is durable at once. */
export function memorySink(start: Uint8Array = Buffer.alloc(0), comparesAll = true) {
  let room = Buffer.from(start);
  let data = room;
  const learned: Identity[] = [];
  const sink: ByteSink = {
    get held() {
      return data.byteLength;
    },
    get durable() {
      return data.byteLength;
    },
    comparesAll,
    learned: async (identity) => void learned.push(identity),
    async accept(chunk) {
      const end = data.byteLength + chunk.byteLength;
      if (end > room.byteLength) room = Buffer.concat([data], 2 * end);
      room.set(chunk, data.byteLength);
      data = room.subarray(0, end);
    },
    matches: async (bytes, at) => Buffer.compare(data.subarray(at, at + bytes.byteLength), bytes) === 0,
    settle: async () => {},
  };
  return { sink, learned, data: () => data };
}

export const remoteOf = (changes: Partial<Remote> = {}): Remote => ({
  ref: HEAD_SOURCE,
  fallbackName: 'a.img',
  identity: {},
  digests: [],
  opener: 'range',
  headerDigest: 'body',
  validator: 'http',
  warnings: [],
  ...changes,
});

export const promise = (content: Uint8Array, from: Digest['from'] = 'metadata'): Digest => ({
  algorithm: 'sha256',
  hex: createHash('sha256').update(content).digest('hex'),
  from,
});

export interface FetchOptions {
  readonly remote?: Remote;
  readonly sink?: ReturnType<typeof memorySink>;
  readonly from?: ReturnType<typeof tickets>;
  readonly identity?: Identity;
  readonly unless?: Identity;
  readonly digests?: readonly Digest[];
  readonly require?: TransferOptions['require'];
  readonly retries?: number;
  readonly deadlineAt?: number;
}

export interface Fetching {
  readonly result: FetchResult | undefined;
  readonly error: unknown;
  readonly sink: ReturnType<typeof memorySink>;
  readonly needs: readonly TicketNeed[];
  readonly events: readonly TransferEvent[];
  readonly clock: FakeClock;
  readonly received: number;
  readonly attempts: number;
  readonly warnings: readonly string[];
}

/** Runs fetchBytes() against a play; an error is a result here. */
export async function fetching(server: Play, options: FetchOptions = {}): Promise<Fetching> {
  const clock = fakeClock();
  const events: TransferEvent[] = [];
  const ports = {
    transport: server.transport,
    clock,
    report: (event: TransferEvent) => void events.push(event),
    ...runResources(),
  };
  const remote = options.remote ?? remoteOf();
  const sink = options.sink ?? memorySink();
  const from = options.from ?? tickets();
  const { require = 'size', retries = 8 } = options;
  const transfer: Transfer = {
    request: { source: from.source, options: transferOptions({ require, retries }), tool: 'imgdl test' },
    ports,
    remote,
    retries: createRetryBudget(retries, options.deadlineAt, ports),
    counters: createCounters(),
  };
  const expected: Expected = {
    identity: options.identity ?? remote.identity,
    digests: options.digests ?? remote.digests,
    unless: options.unless,
  };
  const [result, error] = await fetchBytes(transfer, expected, sink.sink, new AbortController().signal).then(
    (value) => [value, undefined] as const,
    (reason: unknown) => [undefined, reason] as const,
  );
  const { received, opened, warnings } = transfer.counters;
  return {
    result,
    error,
    sink,
    needs: from.needs,
    events,
    clock,
    warnings: warnings.map(({ code }) => code),
    received,
    attempts: opened,
  };
}
