import type { Digest } from '../../core/digest.js';
import type { Identity } from '../../core/source.js';

/** Where the bytes of one object go, in order: a file or stdout. */
export interface ByteSink {
  /** Bytes accepted, contiguous from 0. */
  readonly held: number;
  /** Bytes that survive a crash. A stream has none, so that its retries are earned by what was handed on. */
  readonly durable: number;
  /** Can all that is held be compared? What a stream has handed on is gone, but for its end. */
  readonly comparesAll: boolean;
  /** Told before the first byte of every response: what the object is and which digests are promised. */
  learned(identity: Identity, digests: readonly Digest[]): Promise<void>;
  /** Takes the next bytes; resolves when there is room for more. */
  accept(chunk: Uint8Array): Promise<void>;
  /** Is what is held at `at` the same? Where it is not at hand any more, nothing speaks against it. */
  matches(bytes: Uint8Array, at: number): Promise<boolean>;
  /** Makes what was accepted durable. What lies beyond `held` is given up: no connection may be delivering. */
  settle(): Promise<void>;
  /** Absent: bytes come in order only, over one connection at a time. */
  readonly scatter?: Scatter;
}

/** How a sink takes the bytes of several connections at once, each in order, together near the end of what is held. */
export interface Scatter {
  /** Bytes from `held` on that may be on their way at once. */
  readonly windowBytes: number;
  /** Nothing at or behind this offset may be asked for yet. Moves forward only, until settle(). */
  readonly limit: number;
  /** Bytes accepted that no digest has seen yet. */
  readonly unhashed: number;
  /** Takes the bytes at `at`; resolves when there is room for more. */
  accept(chunk: Uint8Array, at: number): Promise<void>;
  /** No connection delivers what follows `at` now: nothing need wait for it. */
  end(at: number): void;
  /** To be asked before waiting for room. @throws the failure after which there will never be any */
  throwFailure(): void;
  /**
   * Called whenever `held` or `limit` may have moved, and when they never will again. One listener; undefined removes
   * it.
   */
  onMoved(listener: (() => void) | undefined): void;
}
