import { AppError } from '../core/errors.js';
import type { Verdict } from '../core/judge.js';
import { quoteForeign } from '../core/redact.js';
import type { Exchange, Refusal, Source } from '../core/types.js';

/** A server's explanation is read this far. */
const REFUSAL_BYTES = 4096;

/** Reads what the server says about its refusal, and closes the connection. */
export async function readRefusal(exchange: Exchange): Promise<Refusal> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of exchange.body) {
      chunks.push(chunk);
      bytes += chunk.byteLength;
      if (bytes >= REFUSAL_BYTES) break;
    }
  } catch {
    // The status is what counts; a torn explanation is no explanation.
  }
  exchange.cancel();
  return {
    status: exchange.status,
    headers: exchange.headers,
    text: Buffer.concat(chunks).subarray(0, REFUSAL_BYTES).toString('utf8'),
  };
}

export async function unavailableError(exchange: Exchange, retryAfterMs: number | undefined): Promise<AppError> {
  const { status, text } = await readRefusal(exchange);
  return new AppError('http.unavailable', `downloading: the server answered ${status}${said(text)}`, {
    hint: 'run again later: it continues',
    details: { status },
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

export async function refusedError(
  source: Source,
  exchange: Exchange,
  verdict: Extract<Verdict, { kind: 'refused' }>,
): Promise<AppError> {
  const refusal =
    exchange.status === 200 || exchange.status === 206
      ? { status: exchange.status, headers: exchange.headers, text: '' }
      : await readRefusal(exchange);
  const explained = source.explain?.(refusal);
  if (explained !== undefined) return explained;
  return new AppError(verdict.code, `downloading: ${verdict.why}${said(refusal.text)}`, {
    details: { status: refusal.status },
  });
}

function said(text: string): string {
  return text.trim() === '' ? '' : `: ${quoteForeign(text)}`;
}
