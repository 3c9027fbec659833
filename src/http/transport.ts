import type { Clock } from '../core/clock.js';
import { AppError } from '../core/errors.js';
import type { Call, Exchange, OpenRequest, Reply, Transport } from '../core/http.js';
import { readReply } from '../core/reply.js';
import type { Warning } from '../core/source.js';
import { createAttempted } from './attempted.js';
import { Addresses, type Lookup } from './connection/addresses.js';
import { type BufferPool, createBufferPool } from './connection/buffers.js';
import { createPool } from './connection/pool.js';
import { shareOf } from './exchange/body-queue.js';
import type { OpenExchange } from './exchange/exchange.js';
import type { ExchangeOptions, Request } from './exchange/request.js';
import { openExchange } from './exchange/reuse.js';
import { FirstContact } from './first-contact.js';
import { requestHeaders, withoutSecrets } from './headers.js';
import { headerDeadline } from './limits.js';
import { type ProxyChoice, proxyFor } from './proxy.js';
import { type Asked, answerTo, type RedirectPorts } from './redirected.js';
import { type Note, RequestNote } from './request-note.js';
import { RunningRequests } from './running-requests.js';
import { createTrusts, type TrustOptions } from './trust.js';
import { Upgrades } from './upgrades.js';

export interface TransportOptions extends TrustOptions, ProxyChoice {
  /** For the name, for the connection to each address, and for the TLS handshake, in milliseconds. */
  readonly connectMs: number;
  /** From the start of a request to the final header block, redirects, proxy and 1xx included. */
  readonly headersMs: number;
  /** Silence while a reader waits. */
  readonly stallMs: number;
  /** Waiting time over which the speed is taken; at least twice stallMs is used. */
  readonly slowWindowMs?: number;
  readonly slowBytesPerS?: number;
  /**
   * How long a connection whose answer is over waits for another request to the same server, in milliseconds. Without
   * it each request has a connection of its own.
   */
  readonly idleMs?: number;
  readonly userAgent: string;
  /** Whoever uses the transport makes all attempts: none is made again here, not even while no server has answered yet. */
  readonly patient?: boolean;
  /** The system's by default. */
  readonly lookup?: Lookup;
  readonly clock: Clock;
  /** Gets a line for each request. Undefined: nobody wants to know, and nothing is worded. */
  readonly note: Note | undefined;
  /** Told when credentials had to travel in clear. */
  readonly warn: (warning: Warning) => void;
}

export interface ClosableTransport extends Transport {
  /** Certificates of servers are not verified: what comes over https is worth no more than over http. */
  readonly insecure: boolean;
  /** Ends every open exchange and every kept connection; nothing of it keeps the process alive afterwards. */
  close(): Promise<void>;
}

/**
 * HTTP over undici, one request at a time on a connection.
 *
 * @throws AppError usage.option, usage.url for settings that cannot work
 */
export function createTransport(options: TransportOptions): ClosableTransport {
  return new HttpTransport(options);
}

class HttpTransport implements ClosableTransport {
  readonly insecure: boolean;
  readonly release: BufferPool['release'];
  readonly #options: TransportOptions;
  readonly #routeTo: RedirectPorts['routeTo'];
  readonly #attempted = createAttempted();
  readonly #pool = createPool();
  readonly #requests = new RunningRequests();
  readonly #upgrades: Upgrades;
  readonly #contact: FirstContact;
  readonly #shared: ExchangeOptions;
  #closed = false;

  constructor(options: TransportOptions) {
    const { clock, note, patient = false } = options;
    const buffers = createBufferPool();
    const own = { attempted: this.#attempted, buffers, pool: this.#pool, share: () => shareOf(this.#requests.count) };
    this.#options = options;
    this.insecure = options.insecure;
    this.release = buffers.release;
    this.#routeTo = createRoutes(options);
    this.#upgrades = new Upgrades(options.warn);
    this.#contact = new FirstContact({ clock, note, patient });
    this.#shared = exchangeOptions(options, own);
  }

  async open(request: OpenRequest, signal: AbortSignal): Promise<Exchange> {
    const call: Call = { method: 'GET', ...request };
    const note = this.#noteOf(call);
    const answer = await this.#exchange(call, note, signal);
    note?.streaming(answer);
    return answer;
  }

  async call(call: Call, signal: AbortSignal): Promise<Reply> {
    const note = this.#noteOf(call);
    const answer = await this.#exchange({ metadata: true, ...call }, note, signal);
    return await readNoted(readReply(answer, this.#attempted(call.method, call.url), this.release), note);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#requests.close(new AppError('net.reset', 'HTTP: imgdl closed its connections'));
    this.#pool.close();
  }

  #noteOf(call: Call): RequestNote | undefined {
    const { note, clock } = this.#options;
    return note && new RequestNote(note, clock, this.#attempted, call);
  }

  #exchange(call: Asked['call'], note: RequestNote | undefined, signal: AbortSignal): Promise<Exchange> {
    return this.#contact.reach(() => this.#exchangeOnce(call, note, signal), signal);
  }

  async #exchangeOnce(call: Asked['call'], note: RequestNote | undefined, signal: AbortSignal): Promise<Exchange> {
    const said = this.#attempted(call.method, call.url);
    signal.throwIfAborted();
    if (this.#closed) throw new AppError('bug', `${said}: the transport is closed`);
    checkUrl(call.url, said);
    const headers = headersOf(call, this.#options);
    const running = this.#requests.start(signal);
    const clearDeadline = headerDeadline(this.#options.headersMs, said, running.stop);
    try {
      const open = (request: Request) => this.#answer(request, running.signal);
      const ports = { routeTo: this.#routeTo, open, upgrades: this.#upgrades, note };
      const answer = await answerTo({ call, headers }, ports);
      void answer.over.then(running.end);
      return answer;
    } catch (error) {
      running.end();
      if (!signal.aborted) note?.failed();
      throw error;
    } finally {
      clearDeadline();
    }
  }

  async #answer(request: Request, signal: AbortSignal): Promise<OpenExchange> {
    const answer = await openExchange(request, this.#shared, signal);
    this.#contact.made();
    return answer;
  }
}

async function readNoted(reading: Promise<Reply>, note: RequestNote | undefined): Promise<Reply> {
  try {
    const reply = await reading;
    note?.read(Buffer.byteLength(reply.text));
    return reply;
  } catch (error) {
    note?.failed();
    throw error;
  }
}

function exchangeOptions(
  options: TransportOptions,
  own: Pick<ExchangeOptions, 'attempted' | 'buffers' | 'pool' | 'share'>,
): ExchangeOptions {
  return {
    ...own,
    addresses: new Addresses(options.lookup),
    connectMs: options.connectMs,
    stallMs: options.stallMs,
    slowWindowMs: options.slowWindowMs ?? 60_000,
    slowBytesPerS: options.slowBytesPerS ?? 1024,
    idleMs: options.idleMs ?? 0,
    clock: options.clock,
  };
}

function createRoutes(options: TransportOptions): RedirectPorts['routeTo'] {
  const trusts = createTrusts(options);
  const proxyOf = proxyFor(options);
  return (url, home) => {
    const to = proxyOf(url);
    const proxy = to === undefined ? undefined : { to, trust: trusts.proxy };
    return { url, trust: home ? trusts.home : trusts.foreign, proxy };
  };
}

function headersOf({ headers }: Call, { userAgent }: TransportOptions): Asked['headers'] {
  return { home: requestHeaders(headers, userAgent), foreign: requestHeaders(withoutSecrets(headers), userAgent) };
}

function checkUrl(url: URL, attempted: string): void {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new AppError('usage.url', `${attempted}: not an http(s) URL`, { hint: 'use an http(s) URL' });
  }
  if (url.username !== '' || url.password !== '') {
    throw new AppError('usage.url', `${attempted}: the URL contains credentials`, {
      hint: 'pass them with --user and --password-file',
    });
  }
}
