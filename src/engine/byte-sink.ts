import type { Digest, Identity } from '../core/types.js';

/** Where the bytes of one object go, in order: a file or stdout. */
export interface ByteSink {
  /** Bytes accepted, contiguous from 0. */
  readonly held: number;
  /** Bytes that survive a crash. A stream has none, so that its retries are earned by what was handed on. */
  readonly durable: number;
  /** May the whole be started again? A stream cannot be taken back. */
  readonly canRestart: boolean;
  /** Told before the first byte of every response: what the object is and which digests are promised. */
  learned(identity: Identity, digests: readonly Digest[]): Promise<void>;
  /** Takes the next bytes; resolves when there is room for more. */
  accept(chunk: Uint8Array): Promise<void>;
  /** The last `length` bytes accepted, fewer when there are fewer. */
  tail(length: number): Promise<Uint8Array>;
  /** Makes what was accepted durable. */
  settle(): Promise<void>;
  /** Gives up everything: the next byte is byte 0 of the object with this identity. */
  restart(identity: Identity): Promise<void>;
}
