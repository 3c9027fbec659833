import { AppError } from '../core/errors.js';
import type { Exchange, Reply } from '../core/http.js';
import { quoteForeign } from '../core/redact.js';
import { REPLY_BYTES } from './limits.js';

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
    const coding = headers.get('content-encoding')?.trim().toLowerCase() ?? '';
    if (coding !== '' && coding !== 'identity') {
      throw new AppError(
        'proto.encoding',
        `${attempted}: the response is encoded as ${quoteForeign(coding)}, which was not requested`,
        {
          hint: 'ask the operator to turn compression off',
          details: { status },
        },
      );
    }
    if (Number(headers.get('content-length') ?? 0) > REPLY_BYTES) throw tooLarge();
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of exchange.body) {
      size += chunk.length;
      if (size > REPLY_BYTES) throw tooLarge();
      chunks.push(chunk);
    }
    const all = Buffer.concat(chunks);
    chunks.forEach(release);
    return { status, headers, text: decode(all, attempted, status) };
  } finally {
    exchange.cancel();
  }
}

function decode(bytes: Uint8Array, attempted: string, status: number): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new AppError('proto.charset', `${attempted}: the response is not UTF-8`, {
      hint: 'check the URL',
      details: { status },
    });
  }
}
