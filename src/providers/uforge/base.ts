import { AppError } from '../../core/errors.js';
import { redactUrl } from '../../core/redact.js';
import { UFORGE_CODES } from './error-codes.js';

/**
 * Where an AppCenter's API lives. Opaque: `/api` behind its own proxy, `/ufws` on a bare Tomcat, `/` or anything else
 * when the administrator set UFORGE_API_ROOT_CONTEXT.
 */
export interface Base {
  /** Without trailing slash, query and fragment: `https://host/api`, `https://host`. */
  readonly endpoint: string;
}

/**
 * @throws AppError usage.url for anything but an http(s) URL without user, password and query
 */
export function parseBase(raw: string): Base {
  const hint = 'use the base URL of the API, for example https://uforge.example.com/api';
  let url: URL;
  try {
    url = new URL(raw);
  } catch {
    throw new AppError('usage.url', 'the base URL of UForge is malformed', { hint });
  }
  // The URL parser drops tabs and line ends without a word.
  if (/[\u0000-\u0020\u007f]/.test(raw))
    throw new AppError('usage.url', 'the base URL of UForge contains spaces', { hint });
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new AppError('usage.url', `the base URL of UForge is not http(s): ${redactUrl(url)}`, { hint });
  }
  if (url.username !== '' || url.password !== '') {
    throw new AppError('usage.url', `the base URL of UForge, ${redactUrl(url)}, contains a user name or password`, {
      hint: 'use --user and --password-file instead',
    });
  }
  if (url.search !== '' || url.hash !== '') {
    throw new AppError('usage.url', `the base URL of UForge has a query or fragment: ${redactUrl(url)}`, { hint });
  }
  return { endpoint: url.origin + url.pathname.replace(/\/+$/, '') };
}

/** A base as a user types it. Undefined for what is none. */
export function baseText(value: unknown): string | undefined {
  return isBase(value) ? value.endpoint : undefined;
}

function isBase(value: unknown): value is Base {
  return typeof value === 'object' && value !== null && 'endpoint' in value && typeof value.endpoint === 'string';
}

/** Scheme, host, port and every path segment of the base in front. */
export function isUnder(base: Base, url: URL): boolean {
  const plain = url.username === '' && url.password === '';
  return plain && (url.origin + url.pathname).startsWith(`${base.endpoint}/`);
}

/** A path of ours below the base; segments must be encoded already. */
export function below(base: Base, path: string): URL {
  return new URL(`${base.endpoint}/${path}`);
}

/** What API keys sign: the URL as sent, relative to the base, without leading slash. */
export function relativeTo(base: Base, url: URL): string {
  return url.href.slice(base.endpoint.length + 1);
}

/**
 * A link of the server, relative to the base (hammr joins it so). The result never leaves the base: another origin,
 * another root or a climb by `..` would carry the user's image request to a place nobody named.
 * @throws AppError uforge.uri
 */
export function joinForeign(base: Base, link: string): URL {
  const refuse = (why: string): AppError =>
    new AppError(UFORGE_CODES['uforge.uri'], `reading the download link of the image: it ${why}`, {
      hint: `check that ${base.endpoint} is the base URL of this AppCenter`,
    });
  if (/[\u0000-\u001f\u007f\\]/.test(link)) throw refuse('has control characters or backslashes');
  let url: URL;
  try {
    url = new URL(link, `${base.endpoint}/`);
  } catch {
    throw refuse('is malformed');
  }
  url.hash = '';
  if (!isUnder(base, url)) throw refuse('leads outside the base URL');
  return url;
}
