import { looksLikeDocument } from '../../core/document.js';
import { AppError } from '../../core/errors.js';
import type { Exchange } from '../../core/http.js';
import type { RateLimit } from '../../core/limits.js';
import { RemoteChanged } from '../remote-changed.js';
import type { ByteSink } from '../sink/byte-sink.js';
import type { BodyVerdict } from './known-object.js';

/** How much of a body is looked at before its first byte counts. */
const HEAD_BYTES = 512;

/** An answer that comes with bytes of the object. */
export interface BodyAnswer {
  readonly body: Exchange['body'];
  readonly verdict: BodyVerdict;
}

/** Where the bytes of a body go, and how far. */
export interface Destination {
  /** What is held already is compared with what comes again. */
  readonly sink: Pick<ByteSink, 'held' | 'matches'>;
  /** A web page is no error. */
  readonly documentExpected: boolean;
  readonly rateLimit: RateLimit | undefined;
  /** End of what may be taken from `at` on. `at` itself: another connection receives what follows, the body is left. */
  grant(at: number): number | Promise<number>;
  accept(chunk: Uint8Array, at: number): Promise<void>;
  /** Body bytes as they come, an overlap included. */
  onBytes(bytes: number): void;
}

/**
 * Moves a body to where it goes. What is held already is compared on the way, be it an overlap or everything. Never more
 * bytes than the response's range; and it is read to its end even when the range is full: how much counts must not
 * depend on how the bytes fall into reads.
 *
 * @throws AppError net.truncated for less than promised, integrity.size or proto.range for more, and what the body throws
 */
export async function readBody(
  { body, verdict }: BodyAnswer,
  destination: Destination,
  signal: AbortSignal,
): Promise<void> {
  const { start, end } = verdict.range;
  const { documentExpected, rateLimit } = destination;
  const { sink } = destination;
  const held = sink.held;
  let offset = start;
  const limited = rateLimit === undefined ? body : inSteps(body, rateLimit, signal);
  for await (const chunk of start === 0 ? withWholeHead(limited, end) : limited) {
    destination.onBytes(chunk.byteLength);
    if (offset === 0 && !documentExpected && looksLikeDocument(chunk)) throw notImage();
    const usable = end === undefined ? chunk : chunk.subarray(0, Math.max(0, end - offset));
    const known = usable.subarray(0, Math.max(0, held - offset));
    if (known.byteLength > 0 && !(await sink.matches(known, offset))) throw new RemoteChanged('content');
    const fresh = usable.subarray(known.byteLength);
    if (!(await deliver(fresh, offset + known.byteLength, destination))) return;
    offset += usable.byteLength;
    if (usable.byteLength < chunk.byteLength) throw surplus(verdict);
  }
  if (end === undefined ? offset === 0 && held > 0 : offset < end) {
    const promised = end === undefined ? '' : ` of ${end}`;
    throw new AppError('net.truncated', `downloading: the body ended at byte ${offset}${promised}`, {
      hint: 'run again to resume',
    });
  }
  // All of it, and less than we have: it has become shorter.
  if (end === undefined && offset < held) throw new RemoteChanged('size');
}

/** Of a whole body it says that the promised size is wrong; of a part that the answer contradicts itself. */
function surplus({ kind, range }: BodyVerdict): AppError {
  return kind === 'whole'
    ? new AppError('integrity.size', `downloading: the server sent more than the expected ${range.end} bytes`)
    : new AppError('proto.range', 'downloading: the server sent more bytes than its Content-Range says');
}

/** False when the destination takes no more of this body. */
async function deliver(bytes: Uint8Array, from: number, destination: Destination): Promise<boolean> {
  let rest = bytes;
  let at = from;
  while (rest.byteLength > 0) {
    const granted = await destination.grant(at);
    if (granted <= at) return false;
    const some = granted - at < rest.byteLength ? rest.subarray(0, granted - at) : rest;
    await destination.accept(some, at);
    at += some.byteLength;
    rest = rest.subarray(some.byteLength);
  }
  return true;
}

/** With a limit: a chunk goes on in steps of this time, so that a slow transfer is no sequence of bursts. */
const STEP_MS = 50;

async function* inSteps(
  body: AsyncIterable<Uint8Array>,
  rateLimit: RateLimit,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const step = Math.max(1, Math.floor((rateLimit.bytesPerS * STEP_MS) / 1000));
  for await (const chunk of body) {
    for (let at = 0; at < chunk.byteLength; at += step) {
      const some = chunk.subarray(at, at + step);
      await rateLimit.take(some.byteLength, signal);
      yield some;
    }
  }
}

/**
 * The same body, its first chunks put together to one: a page that comes byte by byte is a page, too. What follows is
 * the body itself: no layer more for every chunk.
 */
function withWholeHead(body: AsyncIterable<Uint8Array>, end: number | undefined): AsyncIterable<Uint8Array> {
  const inner = body[Symbol.asyncIterator]();
  let whole = false;
  const iterator: AsyncIterator<Uint8Array> = {
    next() {
      if (whole) return inner.next();
      whole = true;
      return headOf(inner, end);
    },
    async return() {
      await inner.return?.();
      return { done: true, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}

async function headOf(
  body: AsyncIterator<Uint8Array>,
  end: number | undefined,
): Promise<IteratorResult<Uint8Array, undefined>> {
  const head: Uint8Array[] = [];
  let bytes = 0;
  // What is promised goes on at once: that nothing follows it is for the next read to find out.
  while (bytes < HEAD_BYTES && (end === undefined || bytes < end)) {
    const next = await body.next();
    if (next.done === true) break;
    head.push(next.value);
    bytes += next.value.byteLength;
  }
  const [first] = head;
  if (first === undefined || bytes === 0) return body.next();
  return { done: false, value: head.length === 1 ? first : Buffer.concat(head) };
}

function notImage(): AppError {
  return new AppError(
    'proto.not-image',
    'downloading: the server sent a web page or an error document instead of the image',
    {
      hint: 'open the URL in a browser; check credentials and proxy',
    },
  );
}
