import type { Clock } from '../core/clock.js';
import type { OpenRequest } from '../core/http.js';
import { redactUrl, shorten } from '../core/redact.js';
import { Secret, type SecretHeaders } from '../core/secret.js';
import type { Attempted } from './attempted.js';
import type { Route } from './connection/route.js';
import type { OpenExchange } from './exchange/exchange.js';
import { seconds } from './limits.js';

/** Gets a line for each request, safe to show. */
export type Note = (message: string) => void;

/** A server that takes longer is named before it has answered: what hangs is known then. */
const SLOW_MS = 5_000;
const REQUEST_LIMIT = 200;

/** What a request is, as far as it is told. */
export interface NotedRequest extends Pick<OpenRequest, 'headers'> {
  readonly method: string;
  readonly url: URL;
}

/** Tells what was asked of which server, by which way, and what it answered. Made only where somebody wants to know. */
export class RequestNote {
  readonly #note: Note;
  readonly #clock: Clock;
  readonly #attempted: Attempted;
  readonly #request: NotedRequest;
  /** The request that is on its way, after a redirect another one. */
  #asked = '';
  #askedAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #answer: { readonly status: number; readonly via: string } | undefined;

  constructor(note: Note, clock: Clock, attempted: Attempted, request: NotedRequest) {
    this.#note = note;
    this.#clock = clock;
    this.#attempted = attempted;
    this.#request = request;
  }

  /** @param sent names of the headers that this origin gets */
  asking({ url, proxy }: Route, sent: ReadonlyMap<string, string>): void {
    const { method, headers } = this.#request;
    const range = sent.get('range');
    const how = [
      ...(range === undefined ? [] : [range]),
      ...secretNames(headers, sent).map((name) => `with ${name}`),
      ...(proxy === undefined ? [] : [`through the proxy ${redactUrl(proxy.to.url)} of ${proxy.to.from}`]),
    ];
    // In brackets: a colon behind the name of a secret field has what follows masked.
    this.#asked = `${shorten(this.#attempted(method, url), REQUEST_LIMIT)}${how.length === 0 ? '' : ` (${how.join(', ')})`}`;
    this.#askedAt = this.#clock.now();
    this.#timer = setTimeout(() => this.#note(`${this.#asked}: no response after ${seconds(SLOW_MS)}`), SLOW_MS);
    this.#timer.unref();
  }

  answered({ status, reused, peer }: OpenExchange): void {
    clearTimeout(this.#timer);
    this.#answer = { status, via: `${reused === true ? 'kept connection' : 'connection'} to ${peer}` };
  }

  redirected(to: URL): void {
    this.#say(`redirect to ${shorten(redactUrl(to), REQUEST_LIMIT)}`);
  }

  /** The answer is read whole. */
  read(bytes: number): void {
    this.#say(`${bytes} bytes`);
  }

  /** The answer is read by whoever asked. */
  streaming({ headers }: Pick<OpenExchange, 'headers'>): void {
    const length = headers.get('content-length');
    this.#say(/^\d+$/.test(length ?? '') ? `${length} bytes` : 'unknown size');
  }

  failed(): void {
    clearTimeout(this.#timer);
    // Nobody was asked.
    if (this.#asked === '') return;
    this.#say(this.#answer === undefined ? 'no response' : 'failed');
  }

  #say(what: string): void {
    const ms = this.#clock.now() - this.#askedAt;
    const time = ms < 1000 ? `${Math.round(ms)} ms` : seconds(ms);
    const parts =
      this.#answer === undefined ? [what, time] : [`status ${this.#answer.status}`, what, time, this.#answer.via];
    this.#note(`${this.#asked}: ${parts.join(', ')}`);
    this.#answer = undefined;
  }
}

function secretNames(headers: SecretHeaders, sent: ReadonlyMap<string, string>): readonly string[] {
  return Object.entries(headers)
    .filter(([name, value]) => value instanceof Secret && sent.has(name.toLowerCase()))
    .map(([name]) => name);
}
