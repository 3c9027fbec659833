import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { OwnerFacts } from '../fs/lock-owner.js';
import { systemClock } from './clock.js';

/** All that a run is told of the process that it is in. It looks at nothing else: no argument, no variable, no directory. */
export interface Host {
  /** Non-empty variables. */
  readonly env: ReadonlyMap<string, string>;
  /** Absolute. What relative paths are relative to. */
  readonly cwd: string;
  readonly home: string;
  /** Do the certificate authorities that this machine trusts count, beside those of Node? */
  readonly trustsMachine: boolean;
  /** Where a secret is read from that is given as `-`. */
  readonly stdin: AsyncIterable<Uint8Array>;
  /** Where `-o -` goes. */
  readonly stream: ByteStream;
  readonly owner: OwnerFacts;
  /** Of imgdl: `1.2.3`. */
  readonly version: string;
}

/** Takes the bytes of an image in their order. */
export interface ByteStream {
  readonly isTTY: boolean;
  /** Resolves when there is room for more. @throws AppError output.failed */
  write(bytes: Uint8Array): Promise<void>;
}

/** This process as the owner of files and locks. */
export function ownerFacts(): OwnerFacts {
  return {
    uid: process.geteuid?.() ?? 0,
    hostname: hostname(),
    pid: process.pid,
    random: () => randomBytes(16).toString('hex'),
    isAlive,
    now: systemClock.now,
  };
}

export function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
