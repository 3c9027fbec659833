import type { Transport } from '#imgdl/core/http.js';
import { Secret } from '#imgdl/core/secret.js';

/** A request as the server would see it: secrets revealed. */
export interface Recorded {
  readonly via: 'call' | 'open';
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: URL;
  /** Path and query of the URL. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An answer; `json` is a body in short. */
export interface Scripted {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly json?: unknown;
}

/** Answers a request; may throw what a real transport throws. */
export type Script = (request: Recorded) => Scripted | Promise<Scripted>;

export interface FakeTransport {
  readonly transport: Transport;
  readonly requests: readonly Recorded[];
}

const CHUNK_BYTES = 64 * 1024;

/** The Transport port without a network: a function answers, everything is recorded. */
export function fakeTransport(script: Script): FakeTransport {
  const requests: Recorded[] = [];
  const exchange = async (asked: Omit<Recorded, 'path' | 'headers'>, headers: Headers, signal: AbortSignal) => {
    signal.throwIfAborted();
    const url = new URL(asked.url);
    for (const value of Object.values(headers)) if (value instanceof Secret) value.checkDestination(url);
    const request = { ...asked, url, path: url.pathname + url.search, headers: revealed(headers) };
    requests.push(request);
    const answer = await script(request);
    signal.throwIfAborted();
    const fields = Object.entries(answer.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value] as const);
    const text = answer.body ?? (answer.json === undefined ? '' : JSON.stringify(answer.json));
    return { status: answer.status ?? 200, headers: new Map(fields), text };
  };
  return {
    requests,
    transport: {
      call: ({ method, url, headers, body }, signal) =>
        exchange({ via: 'call', method, url, body: body?.reveal() ?? '' }, headers, signal),
      async open({ url, headers: asked }, signal) {
        const { status, headers, text } = await exchange({ via: 'open', method: 'GET', url, body: '' }, asked, signal);
        async function* body(): AsyncGenerator<Uint8Array> {
          // As a connection has it.
          const bytes = Buffer.from(text);
          for (let at = 0; at < bytes.length || at === 0; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES);
        }
        return { status, headers, body: body(), cancel: () => {} };
      },
    },
  };
}

type Headers = Readonly<Record<string, string | Secret>>;

function revealed(headers: Headers): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, value instanceof Secret ? value.reveal() : value]),
  );
}
