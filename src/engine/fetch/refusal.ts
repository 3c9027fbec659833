import { AppError } from '../../core/errors.js';
import type { Exchange } from '../../core/http.js';
import { createMask } from '../../core/mask.js';
import { quoteForeign } from '../../core/redact.js';
import { redirectedWords } from '../../core/redirected-words.js';
import type { Verdict } from '../../core/response.js';
import type { Refusal, Source } from '../../core/source.js';

/** A server's explanation is read this far. */
const REFUSAL_BYTES = 4096;
/** Shorter values of a query are words and numbers. */
const PARAMETER_LENGTH = 4;

/**
 * Reads what the server says about its refusal, and closes the connection.
 * @param url that was asked for: what stands in its query, and in that of a redirect, is masked in the answer, as some of
 * it permits and nobody knows which (S3 echoes a signature as `<SignatureProvided>`)
 */
export async function readRefusal(exchange: Exchange, url: URL): Promise<Refusal> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of exchange.body) {
      chunks.push(chunk);
      bytes += chunk.byteLength;
      if (bytes > REFUSAL_BYTES) break;
    }
  } catch {
    // The status is what counts; a torn explanation is no explanation.
  }
  exchange.cancel();
  return {
    status: exchange.status,
    headers: exchange.headers,
    text: maskQueries(cutText(Buffer.concat(chunks)), [url, exchange.url]),
    ...wayOf(exchange),
  };
}

/** What was cut says so: half a secret is recognised by that. */
function cutText(bytes: Buffer): string {
  return bytes.length <= REFUSAL_BYTES
    ? bytes.toString('utf8')
    : `${bytes.subarray(0, REFUSAL_BYTES).toString('utf8')}…`;
}

function maskQueries(text: string, urls: readonly (URL | undefined)[]): string {
  const mask = createMask();
  const values = urls.flatMap((url) => [...(url?.searchParams.values() ?? [])]);
  for (const value of values) if (value.length >= PARAMETER_LENGTH) mask.add(value);
  return mask.apply(text, 'theirs');
}

export async function unavailableError(
  exchange: Exchange,
  url: URL,
  retryAfterMs: number | undefined,
): Promise<AppError> {
  const { status, text } = await readRefusal(exchange, url);
  return new AppError(
    'http.unavailable',
    `downloading${redirectedWords(exchange)}: the server returned ${status}${said(text)}`,
    {
      hint: 'run again later to resume',
      details: { status },
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    },
  );
}

export async function refusedError(
  source: Source,
  exchange: Exchange,
  url: URL,
  verdict: Extract<Verdict, { kind: 'refused' }>,
): Promise<AppError> {
  const refusal =
    exchange.status === 200 || exchange.status === 206
      ? { status: exchange.status, headers: exchange.headers, text: '', ...wayOf(exchange) }
      : await readRefusal(exchange, url);
  const explained = source.explain?.(refusal);
  if (explained !== undefined) return explained;
  return new AppError(verdict.code, `downloading${redirectedWords(exchange)}: ${verdict.why}${said(refusal.text)}`, {
    details: { status: refusal.status },
  });
}

function wayOf({ redirected }: Exchange): Pick<Refusal, 'redirected'> {
  return redirected === undefined ? {} : { redirected };
}

function said(text: string): string {
  return text.trim() === '' ? '' : `: ${quoteForeign(text)}`;
}
