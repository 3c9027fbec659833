import type { Exchange } from '../../core/http.js';
import { headersOfPart, parsePartHead } from '../../core/multipart.js';
import { parseContentRange } from '../../core/ranges.js';

/**
 * The answer that the first part of a `multipart/byteranges` body is: its range, its type, its bytes. An answer without
 * Content-Range where the body is something else.
 * @throws AppError net.* where the body ends before its first part begins
 */
export async function singlePart(exchange: Exchange, boundary: string): Promise<Exchange> {
  const body = exchange.body[Symbol.asyncIterator]();
  let head = new Uint8Array(0);
  for (;;) {
    const found = parsePartHead(head, boundary);
    const next = found.kind === 'more' ? await body.next() : undefined;
    if (found.kind === 'head') {
      const headers = headersOfPart(exchange.headers, found.headers);
      return { ...exchange, headers, body: bytesOf(headers.get('content-range'), head.subarray(found.bodyAt), body) };
    }
    if (next === undefined || next.done === true)
      return { ...exchange, headers: headersOfPart(exchange.headers, new Map()) };
    head = Buffer.concat([head, next.value]);
  }
}

/** The bytes of the part. What follows them is read, so that the body comes to its end, and nobody's. */
async function* bytesOf(
  contentRange: string | undefined,
  first: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const found = parseContentRange(contentRange ?? '');
  let left = found?.kind === 'range' ? found.range.end - found.range.start : 0;
  const chunks = (async function* () {
    yield first;
    yield* { [Symbol.asyncIterator]: () => rest };
  })();
  for await (const chunk of chunks) {
    const some = chunk.subarray(0, left);
    left -= some.byteLength;
    if (some.byteLength > 0) yield some;
  }
}
