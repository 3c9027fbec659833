import { AppError } from '../core/errors.js';
import { quoteForeign, redactUrl } from '../core/redact.js';
import { addressClass } from './address.js';

const REDIRECT_LIMIT = 10;

/** Header names (lower case) that another origin may see: nothing in them can be a credential. */
const FOREIGN_HEADERS: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'cache-control',
  'range',
  'if-range',
  'user-agent',
]);

export interface RedirectChain {
  /** The URLs requested so far, first to last. */
  readonly urls: readonly URL[];
  readonly first: URL;
  readonly last: URL;
  /** The headers were cut down to the foreign ones already. */
  readonly foreign: boolean;
  /** An answer wanted a cookie to come back. */
  readonly setsCookie: boolean;
}

export function startChain(url: URL): RedirectChain {
  const first = withoutFragment(url);
  return { urls: [first], first, last: first, foreign: false, setsCookie: false };
}

/** Statuses that lead elsewhere. 300, 304 and the like go to the caller; 305 and 306 are refused below. */
export function isRedirect(status: number): boolean {
  return [301, 302, 303, 305, 306, 307, 308].includes(status);
}

/** Scheme, host and port: what a credential belongs to (RFC 6454 section 4). */
export function sameOrigin(a: URL, b: URL): boolean {
  return a.protocol === b.protocol && a.hostname === b.hostname && portOf(a) === portOf(b);
}

/**
 * The same host by https: what a site does that has moved there, by its default ports, or by one port for both (nginx's
 * 497). What was sent in clear a moment ago may be sent there (python-requests' should_strip_auth()).
 */
export function isUpgrade(from: URL, to: URL): boolean {
  if (from.protocol !== 'http:' || to.protocol !== 'https:' || from.hostname !== to.hostname) return false;
  return portOf(from) === portOf(to) || (portOf(from) === '80' && portOf(to) === '443');
}

function portOf(url: URL): string {
  if (url.port !== '') return url.port;
  return url.protocol === 'https:' ? '443' : '80';
}

/**
 * Where a redirect leads, or why it is not followed.
 * Once another origin was visited the headers stay cut down, also when the chain comes back: the foreign origin
 * chose the URL that they would be sent to.
 *
 * @param sent `method`: anything but GET goes on only to the same host by https, with its body; `setsCookie`: the answer
 *   wants a cookie to come back
 * @throws AppError proto.redirect, tls.downgrade
 */
export function follow(
  chain: RedirectChain,
  status: number,
  location: string | undefined,
  { method = 'GET', setsCookie = false }: { readonly method?: string; readonly setsCookie?: boolean } = {},
): RedirectChain {
  const { first, last: from } = chain;
  const refuse = (why: string, hint = 'check the URL; imgdl does not follow such redirects'): AppError =>
    new AppError('proto.redirect', `${method} ${redactUrl(from)}: the server returned ${status}, ${why}`, {
      hint,
      details: { status },
    });

  if (status === 305 || status === 306)
    throw refuse('which asks imgdl to use a proxy of its choice; imgdl does not follow it');
  if (location === undefined || location.trim() === '') throw refuse('a redirect without a Location');
  const to = resolve(location, from);
  if (to === undefined) throw refuse(`a redirect to ${quoteForeign(location)}, which is not a URL`);
  if (to.protocol !== 'http:' && to.protocol !== 'https:') {
    throw refuse(`a redirect to ${quoteForeign(to.protocol)}, which is not http(s)`);
  }
  if (to.username !== '' || to.password !== '') throw refuse('a redirect to a URL that contains credentials');
  if (from.protocol === 'https:' && to.protocol === 'http:') {
    throw new AppError('tls.downgrade', `${method} ${redactUrl(from)}: redirected from https to ${redactUrl(to)}`, {
      hint: 'use the final URL if it is right, or report it to the server operator',
    });
  }
  const upgrade = isUpgrade(from, to);
  if (method !== 'GET' && !upgrade) {
    throw refuse(
      `a redirect to ${redactUrl(to)}, and a ${method} is not sent on`,
      'use that URL itself if it is right',
    );
  }
  if (!mayPointTo(first, to)) {
    throw refuse(`a redirect to ${redactUrl(to)}, which is on a local network`, 'use that URL itself if it is right');
  }
  if (chain.urls.some((url) => url.href === to.href)) {
    const back = `a redirect back to ${redactUrl(to)}: a loop`;
    if (!(setsCookie || chain.setsCookie)) throw refuse(back);
    throw refuse(
      `${back}, perhaps because it waits for the cookie that it sets; imgdl keeps none`,
      'open the URL in a browser, and pass the cookie with --header-file FILE',
    );
  }
  if (chain.urls.length > REDIRECT_LIMIT) throw refuse(`one more redirect after ${REDIRECT_LIMIT}`);
  return {
    urls: [...chain.urls, to],
    first,
    last: to,
    foreign: chain.foreign || !(upgrade || sameOrigin(from, to)),
    setsCookie: chain.setsCookie || setsCookie,
  };
}

/**
 * The headers for the end of a chain: all of them at home, elsewhere only those that carry no credential.
 * @param headers `foreign`: without the values that are secrets
 */
export function headersFor(
  chain: RedirectChain,
  { home, foreign }: Readonly<Record<'home' | 'foreign', ReadonlyMap<string, string>>>,
): ReadonlyMap<string, string> {
  return chain.foreign ? new Map([...foreign].filter(([name]) => FOREIGN_HEADERS.has(name))) : home;
}

/** A fragment is never sent, so it makes no other URL. */
function withoutFragment(url: URL): URL {
  const copy = new URL(url);
  copy.hash = '';
  return copy;
}

/**
 * RFC 3986 resolution: a Location without query does not inherit ours, so a one-time key is never copied. What is not
 * ASCII is asked for byte by byte as it came, whatever it is encoded in, as browsers do.
 */
function resolve(location: string, from: URL): URL | undefined {
  const ascii = location.replace(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`);
  try {
    return withoutFragment(new URL(ascii, from));
  } catch {
    return undefined;
  }
}

/**
 * A public server must not make us talk to what only we can reach: metadata services hand out credentials (server-side
 * request forgery). A server that was itself named by such an address may point to its own kind, and this machine also
 * to private networks.
 */
function mayPointTo(first: URL, to: URL): boolean {
  const target = addressClass(to);
  if (target === 'global') return true;
  const origin = addressClass(first);
  return target === origin || (origin === 'loopback' && target === 'private');
}
