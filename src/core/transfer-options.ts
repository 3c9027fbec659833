import type { Digest } from './digest.js';

/** What the user wants of one transfer, independent of the provider and the protocol. */
export interface TransferOptions {
  readonly force: boolean;
  readonly update: boolean;
  readonly receipt: boolean;
  readonly restart: boolean;
  readonly dryRun: boolean;
  readonly checksums: readonly Digest[];
  /** What to do about an image whose header says something else than it should, or names other files. */
  readonly inspect: 'warn' | 'fail' | 'off';
  readonly require: 'digest' | 'size' | 'none';
  readonly onChange: 'restart' | 'fail';
  readonly onBusy: 'fail' | 'wait';
  /** Consecutive attempts without 16 MiB of durable progress. */
  readonly retries: number;
  /** How long an object that is still being made is waited for, at most. Absent: as its source says. */
  readonly waitMs?: number;
  /** Most connections at once, 1 to 16; `auto` adds one while the throughput rises. */
  readonly connections: number | 'auto';
}
