import type { Code } from '../../core/error-codes.js';
import { AppError, type AppErrorOptions } from '../../core/errors.js';
import type { Headers } from '../../core/http.js';
import { quoteForeign } from '../../core/redact.js';
import { redirectedWords } from '../../core/redirected-words.js';
import type { Refusal } from '../../core/source.js';
import { isUnavailable, retryAfter } from '../../core/unavailable.js';
import { isWebPage, parseDocument } from './document.js';
import { UFORGE_CODES } from './error-codes.js';

/** What was attempted. */
export interface RefusalContext {
  /** `appliance image 747 1095: reading the image's data`. */
  readonly what: string;
  readonly authorised: 'credentials' | 'key' | 'nothing';
  /** The base URL, for a hint when the answer does not look like UForge. */
  readonly endpoint: string;
  /** What a 404 means; absent: the image is not there. */
  readonly missing?: string;
  /** The cure where there are no credentials; a better one than the usual where they are refused. */
  readonly cure?: string;
  /** A refusal that may pass: the same may be asked again, after a while. */
  readonly transient?: boolean;
}

/** The error of a metadata or data request that was refused, or undefined when the status is no refusal. */
export function refusalError(refusal: Refusal, context: RefusalContext): AppError | undefined {
  const { status } = refusal;
  const sentence = serverSentence(refusal);
  const said = sentence === undefined ? '' : `: ${sentence}`;
  const fail = (code: Code, happened: string, options: AppErrorOptions): AppError =>
    new AppError(code, `${context.what}${redirectedWords(refusal)}: ${happened} (HTTP ${status})${said}`, {
      details: { status },
      ...(context.transient === true ? { transient: true } : {}),
      ...options,
    });

  switch (status) {
    case 204:
      return fail('not-ready.no-data', 'the server has no data', { hint: 'generate the image again' });
    case 304:
      return fail('proto.not-modified', 'the server returned "not modified" to an unconditional request', {
        hint: 'look for a broken cache between you and the server',
      });
    case 401:
      return unauthorised(context, fail);
    case 403:
      return fail('auth.forbidden', 'permission was refused', {
        hint:
          context.cure ??
          'check that the image belongs to --uid, and ask its owner or the administrator for permission',
      });
    case 404:
    case 410:
      return fail('not-found.image', context.missing ?? 'there is no such image on the server', {
        hint: missingHint(refusal, context.endpoint),
      });
    case 407:
      return undefined;
    case 416:
      return undefined;
    default:
  }
  if (isUnavailable(status)) {
    return fail('http.unavailable', 'the server is overloaded or down', {
      hint: 'run the same command again later; the partial download is kept',
      ...retryAfter(refusal.headers),
    });
  }
  if (status >= 200 && status < 300) return undefined;
  return fail('proto.status', 'the server refused the request', { hint: baseHint(context.endpoint) });
}

/** What to do where it seems not to be the API that has answered. */
export function baseHint(endpoint: string): string {
  return guessedBase(endpoint) ?? `check that ${endpoint} is the base URL of the API (usually https://HOST/api)`;
}

/** Only UForge itself knows that there is no such object; anybody else knows nothing of its paths. */
function missingHint(refusal: Refusal, endpoint: string): string {
  const ids = 'check the ids and the user (--uid) they belong to';
  if (isUForgeError(refusal)) return ids;
  const guessed = guessedBase(endpoint);
  if (guessed !== undefined) return guessed;
  return refusal.redirected !== undefined || isWebPage(refusal.text, refusal.headers)
    ? `check the ids, and ${baseHint(endpoint).slice('check '.length)}`
    : ids;
}

/** The usual base URL of a server, where another one is given: that of the pages in the browser, say. */
function guessedBase(endpoint: string): string | undefined {
  if (/\/api$/i.test(endpoint)) return undefined;
  const { origin, pathname } = new URL(endpoint);
  const unless = pathname === '/' ? '' : `, unless the API of this AppCenter is at ${endpoint}`;
  return `use --url ${origin}/api${unless}`;
}

type Fail = (code: Code, happened: string, options: AppErrorOptions) => AppError;

function unauthorised(context: RefusalContext, fail: Fail): AppError {
  switch (context.authorised) {
    case 'nothing':
      return fail('auth.missing', 'the server requires credentials, and none are configured for it', {
        hint: context.cure ?? 'configure credentials for this server, or use --download-id KEY',
      });
    case 'credentials':
      return fail('auth.refused', 'the server refused the credentials', {
        hint: context.cure ?? 'check --user and the password or API keys; a supervisor logs in as SUPERVISOR\\LOGIN',
      });
    case 'key':
      return fail('auth.refused', 'the server refused even a new one-time download id', {
        hint: 'use --via credentials, or make sure that nobody else downloads this image by one-time ids right now',
      });
  }
}

/** A one-time id frees whatever it was made for, whatever the path says: the size gives it away. */
export function wrongResource(what: string, size: number, described: number): AppError {
  return new AppError(
    UFORGE_CODES['uforge.wrong-resource'],
    `${what}: the one-time download id is for another image (${size} bytes instead of ${described})`,
    {
      hint: 'get the download id of this image',
      details: { size, described },
    },
  );
}

/**
 * A log-in page or an error document in place of the data, in answer to a one-time id: a spent one may look like that.
 * Its length says nothing about the image.
 * @param document as documentType() tells it
 */
export function documentForKey(what: string, document: string, status: number): AppError {
  const came = document === 'html' ? 'a web page' : `a document of type ${quoteForeign(document)}`;
  return new AppError('proto.not-image', `${what}: the server sent ${came} instead of the image (HTTP ${status})`, {
    hint: 'get a new id and pass it with --download-id (this one may be spent or wrong), or look for a login page or a proxy in between',
    details: { status },
  });
}

/** The same in answer to a fresh one-time id. */
export function pageForKey({ what, transient = false }: RefusalContext, status: number): AppError {
  return new AppError('proto.not-image', `${what}: the server sent a web page instead of the image (HTTP ${status})`, {
    hint: 'use --via credentials, or look for a login page or a proxy in between',
    details: { status },
    transient,
  });
}

/** The one error of a one-time id that is used up and cannot be replaced. */
export function keySpent(
  refusal: Refusal | undefined,
  context: RefusalContext,
  hint = 'get a new id and run the same command with --download-id NEW; the partial download is kept',
): AppError {
  const sentence = refusal === undefined ? undefined : serverSentence(refusal);
  const status = refusal === undefined ? '' : ` (HTTP ${refusal.status})`;
  const happened = `the one-time download id is spent, or not valid for this image${status}`;
  return new AppError(
    UFORGE_CODES['uforge.key-spent'],
    `${context.what}: ${happened}${sentence === undefined ? '' : `: ${sentence}`}`,
    {
      hint,
      details: refusal === undefined ? {} : { status: refusal.status },
      ...(context.transient === true ? { transient: true } : {}),
    },
  );
}

/**
 * The human part of an error body: the message of a `uforgeError`, else the text of whatever a proxy or servlet
 * container sent. Undefined for an empty body.
 */
export function serverSentence(refusal: Refusal): string | undefined {
  const body = refusal.text.trim();
  if (body === '') return undefined;
  const quoted = quoteForeign(messageOf(uforgeError(body, refusal.headers)?.value) ?? body);
  return quoted === '""' ? undefined : quoted;
}

function isUForgeError({ text, headers }: Refusal): boolean {
  return uforgeError(text.trim(), headers) !== undefined;
}

/** What is in it; undefined for anything else. */
function uforgeError(body: string, headers: Headers): { readonly value: unknown } | undefined {
  if (isWebPage(body, headers) || !/^\ufeff?[<{]/.test(body)) return undefined;
  try {
    const { root, value } = parseDocument(body, 'reading an error');
    return root === 'uforgeError' ? { value } : undefined;
  } catch {
    // Cut at 4 KiB, or no XML at all: the plain text serves.
    return undefined;
  }
}

/** The message of a `uforgeError`, untrusted. */
export function messageOf(error: unknown): string | undefined {
  const message = child(child(error, 'localizedErrorMsg'), 'message');
  return typeof message === 'string' && message !== '' ? message : undefined;
}

function child(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name];
}
