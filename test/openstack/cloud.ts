import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const cloudScript = fileURLToPath(new URL('cloud.py', import.meta.url));

export interface SeededImage {
  readonly id: string;
  readonly name: string;
  /** What was uploaded; null for an image without data. The digests are those of these bytes. */
  readonly file: string | null;
  readonly size: number | null;
  readonly md5: string;
  readonly sha256: string;
  readonly sha512: string;
}

/** What cloud.py says about the services it started; its first lines explain them. */
export interface Cloud {
  /** Auth URLs, ending in /v3. */
  readonly keystone: string;
  readonly keystoneShort: string;
  readonly shortTtlMs: number;
  readonly glance: Readonly<Record<'eventlet' | 'uwsgi' | 'cache' | 'norange', string>>;
  readonly projects: Readonly<Record<'admin' | 'demo' | 'other', string>>;
  readonly users: Readonly<Record<'demo' | 'other' | 'norole', string>>;
  readonly tokens: Readonly<Record<'admin' | 'demo' | 'other' | 'revoked', string>>;
  /** Of the user mfa, in base32. */
  readonly totpSecret: string;
  readonly applicationCredential: { readonly id: string; readonly name: string; readonly secret: string };
  readonly images: Readonly<Record<string, SeededImage>>;
  /** Images that differ in age, owner and visibility. */
  readonly choices: Readonly<Record<string, SeededImage>>;
  /** Images that the sandbox has too. */
  readonly rules: Readonly<Record<string, SeededImage>>;
}

/** Starts the services in `directory` unless they run, and waits for them. They live as long as `ownerPid` does. */
export async function startCloud(directory: string, ownerPid: number): Promise<Cloud> {
  const { stdout } = await promisify(execFile)('/usr/bin/python3', [cloudScript, 'up', directory, String(ownerPid)]);
  return JSON.parse(readFileSync(stdout.trim(), 'utf8')) as Cloud;
}

/** Ends the services of `directory`, if there are any, and waits for that. */
export async function stopCloud(directory: string): Promise<void> {
  let pid: number;
  try {
    pid = Number(readFileSync(join(directory, 'serve.pid'), 'utf8'));
  } catch {
    return; // no test asked for it
  }
  try {
    process.kill(pid, 'SIGTERM');
    for (let i = 0; i < 150; i += 1) {
      process.kill(pid, 0);
      await sleep(100);
    }
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

/** What the services of `directory` said of crashes, each line with its service: why a connection may have been lost. */
export function crashesIn(directory: string): readonly string[] {
  const logs = join(directory, 'log');
  const files = existsSync(logs) ? readdirSync(logs).filter((name) => name.endsWith('.out')) : [];
  return files.flatMap((name) =>
    readFileSync(join(logs, name), 'utf8')
      .split('\n')
      .filter((line) => /\bdied\b|Fatal Python error|^Traceback/.test(line))
      .map((line) => `${name.slice(0, -'.out'.length)}: ${line}`),
  );
}
