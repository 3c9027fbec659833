import { AppError } from '../core/errors.js';
import { looksLikeDocument, type Verdict } from '../core/judge.js';
import type { Exchange } from '../core/types.js';
import { RemoteChanged } from './attempts.js';
import type { ByteSink } from './byte-sink.js';

/** Moves a body into the sink, comparing an overlap on the way. Never more bytes than the response's range. */
export async function pump(
  exchange: Exchange,
  verdict: Extract<Verdict, { kind: 'part' | 'whole' }>,
  sink: ByteSink,
  documentExpected: boolean,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const { start, end } = verdict.range;
  let offset = start;
  const overlap = sink.held > start ? await sink.tail(sink.held - start) : new Uint8Array(0);
  const heldAt = start + overlap.byteLength;
  for await (const chunk of exchange.body) {
    onBytes(chunk.byteLength);
    if (offset === 0 && !documentExpected && looksLikeDocument(chunk)) {
      throw new AppError('proto.not-image', 'downloading: a web page or an error document came instead of the image', {
        hint: 'open the URL in a browser; check credentials and proxy',
      });
    }
    const usable = end === undefined ? chunk : chunk.subarray(0, Math.max(0, end - offset));
    const compared = Math.min(Math.max(0, heldAt - offset), usable.byteLength);
    if (compared > 0) {
      const known = overlap.subarray(offset - start, offset - start + compared);
      if (Buffer.compare(known, usable.subarray(0, compared)) !== 0) throw new RemoteChanged('content');
    }
    if (usable.byteLength > compared) await sink.accept(usable.subarray(compared));
    offset += usable.byteLength;
    if (offset === end) return;
  }
  if (end !== undefined && offset < end) {
    throw new AppError('net.truncated', `downloading: the body ended at byte ${offset} of ${end}`, {
      hint: 'run again: it continues',
    });
  }
}
