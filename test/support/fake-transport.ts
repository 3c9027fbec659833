import type { Transport } from '#imgdl/core/http.js';
import { Secret } from '#imgdl/core/secret.js';

/** A request as the server would see it: secrets revealed. */
export interface Recorded {
  readonly via: 'call' | 'open';
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Scripted {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Answers a request; may throw what a real transport throws. */
export type Script = (request: Recorded) => Scripted;

export interface FakeTransport {
  readonly transport: Transport;
  readonly requests: readonly Recorded[];
}

/** The Transport port without a network: a function answers, everything is recorded. */
export function fakeTransport(script: Script): FakeTransport {
  const requests: Recorded[] = [];
  const exchange = (
    via: Recorded['via'],
    method: Recorded['method'],
    url: URL,
    headers: Readonly<Record<string, string | Secret>>,
    body: string,
    signal: AbortSignal,
  ) => {
    signal.throwIfAborted();
    const revealed = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value instanceof Secret ? value.reveal() : value]),
    );
    const request = { via, method, url: new URL(url), headers: revealed, body };
    requests.push(request);
    const { status = 200, headers: answered = {}, body: text = '' } = script(request);
    return { status, headers: new Map(Object.entries(answered)), text };
  };
  return {
    requests,
    transport: {
      async call(call, signal) {
        return exchange('call', call.method, call.url, call.headers, call.body?.reveal() ?? '', signal);
      },
      async open(request, signal) {
        const { status, headers, text } = exchange('open', 'GET', request.url, request.headers, '', signal);
        async function* body(): AsyncGenerator<Uint8Array> {
          yield Buffer.from(text);
        }
        return { status, headers, body: body(), cancel: () => {} };
      },
    },
  };
}
