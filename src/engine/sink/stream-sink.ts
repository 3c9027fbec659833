import { createHash, type Hash } from 'node:crypto';
import { type ContiguousPrefix, prefixUpTo, withRange } from '../../core/contiguous-prefix.js';
import type { Algorithm } from '../../core/digest.js';
import { AppError } from '../../core/errors.js';
import { algorithmsFor } from '../digest/digest-set.js';
import { OVERLAP_BYTES } from '../fetch/request.js';
import type { ByteSink } from './byte-sink.js';

/** Takes bytes for a reader that may be slow; resolves when there is room. @throws AppError output.failed */
export type StreamWriter = (chunk: Uint8Array) => Promise<void>;

/** Bytes of several connections that may be on their way or wait in memory for their turn. */
const WINDOW_BYTES = 8 * 1024 * 1024;

/** A stream on its way: what comes out of order waits in memory, within bounds; nothing can be taken back. */
export interface StreamSink extends ByteSink {
  computed(): ReadonlyMap<Algorithm, string>;
}

/** @param release called with every chunk that is neither written nor compared any more */
export function streamSink(write: StreamWriter, release: (chunk: Uint8Array) => void = () => {}): StreamSink {
  const hashes = new Map<Algorithm, Hash>();
  const waiting = new Map<number, Uint8Array>();
  /** Written, and whatever waits behind a hole. */
  let accepted: ContiguousPrefix = prefixUpTo(0);
  let written = 0;
  let writing: Promise<void> | undefined;
  /** The last bytes, for the comparison of an overlap. */
  let last: Uint8Array[] = [];
  let lastBytes = 0;
  let moved: (() => void) | undefined;

  const remember = (chunk: Uint8Array): void => {
    last.push(chunk);
    lastBytes += chunk.byteLength;
    for (let first = last[0]; first !== undefined && lastBytes - first.byteLength >= OVERLAP_BYTES; first = last[0]) {
      last = last.slice(1);
      lastBytes -= first.byteLength;
      release(first);
    }
  };

  const writeWaiting = async (): Promise<void> => {
    for (let chunk = waiting.get(written); chunk !== undefined; chunk = waiting.get(written)) {
      waiting.delete(written);
      for (const hash of hashes.values()) hash.update(chunk);
      await write(chunk);
      remember(chunk);
      written += chunk.byteLength;
      moved?.();
    }
  };

  const accept = async (chunk: Uint8Array, at: number): Promise<void> => {
    waiting.set(at, chunk);
    accepted = withRange(accepted, { start: at, end: at + chunk.byteLength });
    // What lies behind a hole has its turn when the hole is filled: by whoever fills it.
    while (waiting.has(written)) {
      writing ??= writeWaiting().finally(() => {
        writing = undefined;
      });
      await writing;
    }
  };

  return {
    get held() {
      return written;
    },
    get durable() {
      return written;
    },
    canRestart: false,
    async learned(_identity, digests) {
      // Bytes that are gone cannot be hashed again: what a later response promises in addition is not checked.
      if (accepted.end > 0) return;
      for (const algorithm of algorithmsFor(digests)) {
        if (!hashes.has(algorithm)) hashes.set(algorithm, createHash(algorithm));
      }
    },
    accept: (chunk) => accept(chunk, written),
    scatter: {
      windowBytes: WINDOW_BYTES,
      get limit() {
        return written + WINDOW_BYTES;
      },
      unhashed: 0,
      accept,
      end() {},
      onMoved(next) {
        moved = next;
      },
    },
    async tail(length) {
      const joined = Buffer.concat(last);
      return joined.subarray(Math.max(0, joined.byteLength - length));
    },
    async settle() {
      waiting.clear();
      accepted = prefixUpTo(written);
    },
    async restart() {
      throw new AppError('bug', 'streaming: stdout cannot be started again');
    },
    computed: () => new Map([...hashes].map(([algorithm, hash]) => [algorithm, hash.copy().digest('hex')])),
  };
}
