import { AppError } from './errors.js';
import type { Exchange, Reply } from './http.js';
import { quoteForeign } from './redact.js';

/** Body of a metadata answer in bytes. */
export const REPLY_BYTES = 1024 * 1024;

/**
 * Reads a metadata answer whole.
 *
 * @throws AppError proto.body-limit, proto.encoding, proto.charset, and what the body throws
 */
export async function readReply(
  exchange: Exchange,
  attempted: string,
  release: (chunk: Uint8Array) => void,
): Promise<Reply> {
  const { status, headers } = exchange;
  const tooLarge = (): AppError =>
    new AppError('proto.body-limit', `${attempted}: the response is larger than 1 MiB`, {
      hint: 'check the URL: this is not metadata',
      details: { status },
    });
  try {
    requireIdentity(exchange, attempted);
    if (Number(headers.get('content-length') ?? 0) > REPLY_BYTES) throw tooLarge();
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of exchange.body) {
      size += chunk.length;
      if (size > REPLY_BYTES) throw tooLarge();
      chunks.push(chunk);
    }
    const text = strictText(Buffer.concat(chunks), { attempted, status });
    chunks.forEach(release);
    const { url, redirected } = exchange;
    return { status, headers, text, ...(url && { url }), ...(redirected && { redirected }) };
  } finally {
    exchange.cancel();
  }
}

/** Metadata is never asked for in a coding. @throws AppError proto.encoding */
export function requireIdentity({ status, headers }: Pick<Exchange, 'status' | 'headers'>, attempted: string): void {
  const coding = headers.get('content-encoding')?.trim().toLowerCase() ?? '';
  if (coding === '' || coding === 'identity') return;
  throw new AppError(
    'proto.encoding',
    `${attempted}: the response is encoded as ${quoteForeign(coding)}, which was not requested`,
    { hint: 'ask the operator to turn compression off', details: { status } },
  );
}

/** Of which answer something is told. */
export interface AnswerOf {
  /** `GET http://host/path`, or what it is for. */
  readonly attempted: string;
  readonly status: number;
}

/**
 * The bytes as UTF-8, and nothing that is almost that.
 * @param mark `keep`: a byte order mark is a character, as anywhere but at the beginning of a document
 * @throws AppError proto.charset
 */
export function strictText(bytes: Uint8Array, { attempted, status }: AnswerOf, mark: 'drop' | 'keep' = 'drop'): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: mark === 'keep' }).decode(bytes);
  } catch {
    throw new AppError('proto.charset', `${attempted}: the response is not UTF-8`, {
      hint: 'check the URL',
      details: { status },
    });
  }
}
