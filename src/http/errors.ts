import type { Code } from '../core/error-codes.js';
import { AppError, isAppError } from '../core/errors.js';
import { placeText } from './connection/addresses.js';
import { seconds } from './limits.js';
import { tlsError } from './tls-errors.js';

/** undici takes an ECONNRESET after the header block for the regular end of a body without length. It is not. */
export const RESET = 'IMGDL_ECONNRESET';

/** How far a request had come. `connect` lasts until TLS is up. */
export type Step = 'connect' | 'headers' | 'body';

export interface Attempt {
  /** `GET https://host/path`, redacted. */
  readonly attempted: string;
  readonly step: Step;
  /** What is wrong with the head of the response, as answer-heads.ts says it. */
  readonly flaw?: string | undefined;
}

type Row = readonly [code: Code, words: string];

const AGAIN = 'run again to resume';

/** Node's and undici's codes that mean the same at every step. */
const ROWS: Readonly<Record<string, Row>> = {
  ENOTFOUND: ['net.dns', 'the host name is unknown'],
  EAI_NONAME: ['net.dns', 'the host name is unknown'],
  EAI_NODATA: ['net.dns', 'the host name has no address'],
  ENODATA: ['net.dns', 'the host name has no address'],
  EAI_AGAIN: ['net.dns', 'the DNS server does not respond'],
  EAI_FAIL: ['net.dns', 'the DNS lookup failed'],
  ESERVFAIL: ['net.dns', 'the DNS lookup failed'],
  ECONNREFUSED: ['net.refused', 'connection refused'],
  UND_ERR_CONNECT_TIMEOUT: ['net.connect-timeout', 'no connection within the limit'],
  UND_ERR_HEADERS_TIMEOUT: ['net.header-timeout', 'no response within the limit'],
  UND_ERR_BODY_TIMEOUT: ['net.stall', 'no data within the limit'],
  ECONNRESET: ['net.reset', 'connection reset'],
  [RESET]: ['net.reset', 'connection reset'],
  ECONNABORTED: ['net.reset', 'connection aborted'],
  ENETRESET: ['net.reset', 'connection reset'],
  ENOTCONN: ['net.reset', 'connection lost'],
  EPIPE: ['net.reset', 'connection closed by the server'],
  ERR_STREAM_PREMATURE_CLOSE: ['net.reset', 'connection closed by the server'],
  ERR_SOCKET_CLOSED_BEFORE_CONNECTION: ['net.reset', 'connection closed by the server'],
  ENETUNREACH: ['net.unreachable', 'no route to the network'],
  EHOSTUNREACH: ['net.unreachable', 'no route to the host'],
  ENETDOWN: ['net.unreachable', 'the network is down'],
  EHOSTDOWN: ['net.unreachable', 'the host is down'],
  EADDRNOTAVAIL: ['net.unreachable', 'no local address or port is free'],
  EINVAL: ['net.unreachable', 'the address cannot be used from here'],
  EAFNOSUPPORT: ['net.unreachable', 'the address family is not supported here'],
  // A local firewall answers connect() with these.
  EACCES: ['net.unreachable', 'this machine does not permit the connection'],
  EPERM: ['net.unreachable', 'this machine does not permit the connection'],
  EMFILE: ['fs.fd-limit', 'too many files are open'],
  ENFILE: ['fs.fd-limit', 'too many files are open'],
  UND_ERR_HEADERS_OVERFLOW: ['proto.headers', 'the response headers are too large'],
};

const HINTS: Readonly<Partial<Record<Code, string>>> = {
  'net.dns': "check the host name and this machine's DNS settings",
  'net.refused': 'check host and port, and that the server is up',
  'net.connect-timeout': 'check the network and any firewall; run again',
  'net.unreachable': 'check the network; run again',
  'net.reset': AGAIN,
  'net.truncated': AGAIN,
  'fs.fd-limit': 'raise ulimit -n',
  'usage.memory': 'raise ulimit -v to 16 GiB or more, or set NODE_OPTIONS=--disable-wasm-trap-handler',
  'proto.headers': 'check the URL, and any proxy between you and the server',
  'proto.framing': 'check the URL, and any proxy between you and the server',
};

/**
 * The AppError of whatever undici or Node threw. AppErrors pass through untouched. The cause of the result holds
 * names and codes only: undici's HTTPParserError carries the raw bytes it choked on, messages carry server text.
 */
export function transportError(error: unknown, attempt: Attempt): AppError {
  const chain = unwrap(error);
  const known = chain.find(isAppError);
  if (known !== undefined) return known;
  const cause = new Error(chain.map(label).join(' < '));
  for (const link of mostTellingFirst(chain, attempt)) {
    const classified = classify(link, attempt);
    const tls =
      classified === undefined
        ? tlsError(attempt.attempted, codeOf(link), link, attempt.step !== 'connect')
        : undefined;
    if (tls !== undefined) return tls;
    const row = classified ?? systemFailure(link, attempt);
    if (row === undefined) continue;
    const [code] = row;
    const hint = HINTS[code];
    const addresses = chain.flatMap((tried) => placeOf(tried) ?? []);
    return new AppError(code, `${attempt.attempted}: ${wordsOf(link, row, chain, attempt)}`, {
      hint,
      details: {
        step: attempt.step,
        ...(codeOf(link) === '' ? {} : { reason: codeOf(link).replace(RESET, 'ECONNRESET') }),
        ...(addresses.length === 0 ? {} : { addresses }),
      },
      cause,
    });
  }
  return new AppError('bug', `${attempt.attempted}: ${cause.message}`, { cause });
}

/** Of the addresses of a host, one that refuses says more than one that cannot be reached from here. */
function mostTellingFirst(chain: readonly object[], attempt: Attempt): readonly object[] {
  const rank = (link: object): number => LEAST_TELLING.indexOf(classify(link, attempt)?.[0] ?? 'bug');
  return [...chain].sort((a, b) => rank(a) - rank(b));
}

const LEAST_TELLING: readonly Code[] = ['net.connect-timeout', 'net.unreachable'];
/** So many addresses of a host are named. */
const PLACES_SHOWN = 8;

/** What happened, and where: each address that was tried, by what it came to. */
function wordsOf(link: object, [, words]: Row, chain: readonly object[], attempt: Attempt): string {
  const places = new Map<string, string[]>();
  for (const tried of [link, ...chain.filter((other) => other !== link)]) {
    const place = placeOf(tried);
    const came = classify(tried, attempt)?.[1];
    if (place !== undefined && came !== undefined) places.set(came, [...(places.get(came) ?? []), place]);
  }
  if (placeOf(link) === undefined) return words;
  return [...places].map(([came, at]) => `${came} (${placesText(at)})`).join('; ');
}

function placesText(places: readonly string[]): string {
  const more = places.length - PLACES_SHOWN;
  return `${places.slice(0, PLACES_SHOWN).join(', ')}${more > 0 ? `, and ${more} more` : ''}`;
}

/** The error itself, what an AggregateError (several addresses) has inside, and the causes, outermost first. */
function unwrap(error: unknown): readonly object[] {
  const chain: object[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || chain.includes(value) || chain.length > 16) return;
    chain.push(value);
    if ('errors' in value && Array.isArray(value.errors)) for (const inner of value.errors) visit(inner);
    if ('cause' in value) visit(value.cause);
  };
  visit(error);
  return chain;
}

function classify(error: object, { step, flaw = 'is not valid HTTP' }: Attempt): Row | undefined {
  const code = codeOf(error);
  const name = nameOf(error);
  if (code === 'ETIMEDOUT') {
    return step === 'connect'
      ? ['net.connect-timeout', `no connection within ${limitOf(error)}`]
      : ['net.reset', 'connection lost'];
  }
  if (code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') {
    return step === 'body' ? ['net.truncated', 'the body ended early'] : ['proto.framing', `the response ${flaw}`];
  }
  if (code === 'UND_ERR_SOCKET') {
    // In undici's words.
    if (messageOf(error) === 'bad response') return ['proto.framing', 'the server sent a response without being asked'];
    if (messageOf(error) === 'bad upgrade')
      return ['proto.framing', 'the server switched protocols without being asked'];
    return step === 'body'
      ? ['net.truncated', 'the body ended early']
      : ['net.reset', 'the server closed the connection without a response'];
  }
  // undici 7 gives no code to HTTPParserError; version 6 gave HPE_….
  if (name === 'HTTPParserError' || code.startsWith('HPE_')) {
    return step === 'body' && endedEarly(error)
      ? ['net.truncated', 'the body ended before its last chunk']
      : ['proto.framing', step === 'headers' ? `the response ${flaw}` : 'the response is not valid HTTP'];
  }
  // undici's own checks of what its parser lets pass, such as a status of 099.
  if (code === 'ERR_ASSERTION' && step === 'headers') return ['proto.framing', 'the response is not valid HTTP'];
  // The parser of HTTP is WebAssembly, for which V8 reserves 10 GiB of addresses; it takes no memory for them.
  if (name === 'RangeError' && /WebAssembly|allocat/.test(messageOf(error))) {
    return ['usage.memory', 'the system does not let Node.js reserve the memory it needs'];
  }
  return ROWS[code];
}

/** What no row is about, and the operating system says all the same: ENOBUFS, ENOMEM, ENODEV. */
function systemFailure(error: object, { step }: Attempt): Row | undefined {
  if (!('syscall' in error) || typeof error.syscall !== 'string' || !/^E[A-Z0-9]+$/.test(codeOf(error)))
    return undefined;
  const words = `the system reported ${codeOf(error)}`;
  return [step === 'connect' ? 'net.unreachable' : 'net.reset', words];
}

/** The parser was told that the stream is over (no bytes at hand), as opposed to having met bytes that are wrong. */
function endedEarly(error: object): boolean {
  return !('data' in error) || error.data === undefined || error.data === null || String(error.data) === '';
}

function placeOf(error: object): string | undefined {
  const host = 'address' in error ? error.address : undefined;
  const port = 'port' in error ? error.port : undefined;
  return typeof host === 'string' && typeof port === 'number' ? placeText(host, port) : undefined;
}

function limitOf(error: object): string {
  return 'limitMs' in error && typeof error.limitMs === 'number' ? seconds(error.limitMs) : 'the limit';
}

function label(error: object): string {
  const code = codeOf(error).replace(RESET, 'ECONNRESET');
  return code === '' ? nameOf(error) : `${nameOf(error)} ${code}`;
}

function codeOf(error: object): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function nameOf(error: object): string {
  return 'name' in error && typeof error.name === 'string' ? error.name : 'Error';
}

function messageOf(error: object): string {
  return 'message' in error && typeof error.message === 'string' ? error.message : '';
}
