import type { Clock } from '../../core/clock.js';
import { codingsOf } from '../../core/content-coding.js';
import type { Code } from '../../core/error-codes.js';
import { AppError } from '../../core/errors.js';
import type { Report } from '../../core/events.js';
import type { Exchange, Transport } from '../../core/http.js';
import { loginHint, redirectedLoginHint } from '../../core/origin-credentials.js';
import { quoteForeign, redactUrl } from '../../core/redact.js';
import { redirectedWords } from '../../core/redirected-words.js';
import type { SecretHeaders } from '../../core/secret.js';
import { isUnavailable, retryAfter } from '../../core/unavailable.js';
import { lastSegmentOf } from '../../core/url-path.js';
import { readRefusal } from '../../engine/fetch/refusal.js';
import { createRetryBudget, withRetries } from '../../engine/retry-budget.js';
import { CHECKSUM_FILE_BYTES, type ChecksumPlace } from './place.js';

/** What it takes to read from a server, with the patience of a download. */
export interface Web {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly report: Report;
  readonly retries: number;
  readonly deadlineAt: number | undefined;
  /** Certificates of servers are not verified. */
  readonly insecure: boolean;
  /** What the user has for the origin of this URL. */
  credentialsFor(url: URL): Promise<SecretHeaders>;
}

/** Statuses that say that there is no such file; stores say 403 where nobody may list. */
const ABSENT: ReadonlySet<number> = new Set([401, 403, 404, 410]);

/** A file on a server. */
export function webPlace(url: URL, web: Web): ChecksumPlace {
  return {
    shown: redactUrl(url),
    name: lastSegmentOf(url),
    authenticated: url.protocol === 'https:' && !web.insecure,
    async read(signal) {
      const answer = await get(url, 'reading the checksum file', web, signal);
      if (answer.kind === 'absent') throw answer.error;
      return answer.bytes;
    },
    async beside(suffix, signal) {
      const beside = new URL(url);
      beside.pathname += suffix;
      const answer = await get(beside, 'reading the signature', web, signal);
      return answer.kind === 'absent' ? undefined : answer.bytes;
    },
  };
}

type Answer =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'absent'; readonly error: AppError };

async function get(url: URL, doing: string, web: Web, signal: AbortSignal): Promise<Answer> {
  const { transport, retries, deadlineAt } = web;
  const doingThis = `${doing} ${redactUrl(url)}`;
  // It is small, and must not be older than the image.
  const headers = { accept: '*/*', 'cache-control': 'no-cache', ...(await web.credentialsFor(url)) };
  const ask = async (): Promise<Answer> => {
    const exchange = await transport.open({ url, headers }, signal);
    try {
      return exchange.status === 200
        ? { kind: 'bytes', bytes: await bodyOf(exchange, doingThis, transport) }
        : await refused(exchange, url, doingThis);
    } finally {
      exchange.cancel();
    }
  };
  return await withRetries(ask, createRetryBudget(retries, deadlineAt, web), signal);
}

async function bodyOf(exchange: Exchange, doing: string, transport: Transport): Promise<Uint8Array> {
  const failed = (code: Code, what: string): AppError =>
    new AppError(code, `${doing}: ${what}`, { hint: 'check the URL: it must be that of a checksum file' });
  if (codingsOf(exchange.headers.get('content-encoding')).length > 0) {
    throw failed('proto.encoding', 'the response is compressed although no compression was requested');
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of exchange.body) {
    bytes += chunk.byteLength;
    if (bytes > CHECKSUM_FILE_BYTES) throw failed('proto.body-limit', 'it is larger than 16 MiB');
    chunks.push(chunk);
  }
  const all = Buffer.concat(chunks);
  for (const chunk of chunks) transport.release?.(chunk);
  return all;
}

async function refused(exchange: Exchange, url: URL, doing: string): Promise<Answer> {
  const refusal = await readRefusal(exchange, url);
  const { status, text, redirected: answered = url } = refusal;
  const said = text.trim() === '' ? '' : `: ${quoteForeign(text)}`;
  const message = `${doing}${redirectedWords(refusal)}: the server returned ${status}${said}`;
  if (isUnavailable(status)) {
    const hint = 'run again later to resume';
    throw new AppError('http.unavailable', message, { hint, details: { status }, ...retryAfter(exchange.headers) });
  }
  const code = CAUSES.get(status) ?? 'proto.status';
  const isDenied = status === 401 || status === 403;
  const login = answered.origin === url.origin ? loginHint(url) : redirectedLoginHint(answered);
  const hint = isDenied ? `${login}; or download the file yourself and use its path` : 'check the URL';
  const error = new AppError(code, message, { hint, details: { status } });
  if (ABSENT.has(status)) return { kind: 'absent', error };
  throw error;
}

const CAUSES: ReadonlyMap<number, Code> = new Map<number, Code>([
  [401, 'auth.refused'],
  [403, 'auth.forbidden'],
  [404, 'not-found.url'],
  [410, 'not-found.url'],
]);
