/** Who owns a lock, and whether that process can still be alive. Decides on evidence only, never by age. */
import { readFile, readlink } from 'node:fs/promises';
import { oncePer } from '../core/once.js';
import { quoteForeign } from '../core/redact.js';
import { asFields, hasOnly, isSize, parseJson } from './untrusted-json.js';

/** What the composition root knows about this process. */
export interface OwnerFacts {
  /** Effective user id. */
  readonly uid: number;
  readonly umask: number;
  readonly hostname: string;
  readonly pid: number;
  /** At least 16 hex digits, different every time. */
  random(): string;
  /** kill(pid, 0), for platforms without /proc; without it an owner there counts as alive. */
  isAlive?(pid: number): boolean;
  /** Milliseconds that never go back: tells whether a disk is quick. */
  now?(): number;
}

/** Content of a lock file. `none`: not to be had on this system. */
export interface LockOwner {
  readonly v: 1;
  readonly host: string;
  /** /etc/machine-id: clones that share a disk often share the host name as well. */
  readonly machine: string;
  readonly boot: string;
  readonly pidns: string;
  readonly pid: number;
  /** Start time in clock ticks since boot: tells a process from a later one with its pid. */
  readonly start: string;
  readonly nonce: string;
}

const NONE = 'none';

/** This process as an owner, with a nonce of its own for each lock. */
export async function describeSelf(facts: OwnerFacts): Promise<LockOwner> {
  return { ...(await processOf(facts)), nonce: facts.random() };
}

/** None of it changes while the process lives: read once for all the images of a run. */
const processOf = oncePer(async (facts: OwnerFacts): Promise<Omit<LockOwner, 'nonce'>> => {
  const stat = parseStat(await textOf('/proc/self/stat'));
  return {
    v: 1,
    host: facts.hostname,
    machine: (await textOf('/etc/machine-id')) ?? NONE,
    boot: (await textOf('/proc/sys/kernel/random/boot_id')) ?? NONE,
    pidns: await pidNamespace(facts),
    pid: facts.pid,
    start: stat?.start ?? NONE,
  };
});

// After `unshare --pid` without a new mount, /proc shows another namespace: its pids prove nothing about ours. Such a
// process belongs to a namespace of its own, so nobody calls it dead.
async function pidNamespace(facts: OwnerFacts): Promise<string> {
  const self = await linkOf('/proc/self');
  if (self === undefined) return NONE;
  const namespace = await linkOf('/proc/self/ns/pid');
  return self === String(facts.pid) && namespace !== undefined ? namespace : `unknown-${facts.random()}`;
}

/** The owner a lock file names; undefined when it names none. */
export function parseOwner(text: string): LockOwner | undefined {
  const fields = asFields(parseJson(text));
  if (fields === undefined) return undefined;
  if (!hasOnly(fields, ['v', 'host', 'machine', 'boot', 'pidns', 'pid', 'start', 'nonce'])) return undefined;
  const { v, host, machine, boot, pidns, pid, start, nonce } = fields;
  if (v !== 1 || !isSize(pid) || pid === 0) return undefined;
  if (typeof host !== 'string' || typeof machine !== 'string' || typeof boot !== 'string') return undefined;
  if (typeof pidns !== 'string' || typeof start !== 'string' || typeof nonce !== 'string') return undefined;
  // The nonce becomes part of a file name.
  return /^[0-9a-f]{8,64}$/.test(nonce) ? { v, host, machine, boot, pidns, pid, start, nonce } : undefined;
}

/** What the process table says about a pid: its start time, `dead`, or `unknown`. */
export type Look = (pid: number) => Promise<{ readonly start: string } | 'dead' | 'unknown'>;

/**
 * True only when the owner is proven dead: the same machine has booted since, or (same boot, same pid namespace) its
 * pid is gone or belongs to a process that started at another time. Whatever cannot be seen from here is alive.
 */
export async function isDead(owner: LockOwner, self: LockOwner, look: Look): Promise<boolean> {
  if (owner.host !== self.host || owner.machine !== self.machine) return false;
  const bootsKnown = owner.boot !== NONE && self.boot !== NONE;
  if (bootsKnown && owner.boot !== self.boot) return true;
  if (owner.boot !== self.boot || owner.pidns !== self.pidns) return false;
  const seen = await look(owner.pid);
  if (typeof seen === 'string') return seen === 'dead';
  return owner.start !== NONE && seen.start !== NONE && seen.start !== owner.start;
}

/** The process table of this system. */
export function processTable(facts: OwnerFacts): Look {
  return async (pid) => {
    if ((await linkOf('/proc/self')) === undefined) {
      if (facts.isAlive === undefined) return 'unknown';
      return facts.isAlive(pid) ? { start: NONE } : 'dead';
    }
    let text: string;
    try {
      text = await readFile(`/proc/${pid}/stat`, 'utf8');
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      return code === 'ENOENT' || code === 'ESRCH' ? 'dead' : 'unknown';
    }
    const stat = parseStat(text);
    if (stat === undefined) return 'unknown';
    return stat.finished ? 'dead' : { start: stat.start };
  };
}

/**
 * Field 22 of /proc/PID/stat (proc(5)), and whether the process is over: a zombie whose last thread is gone writes no
 * more. Containers without an init never reap theirs.
 */
export function parseStat(
  text: string | undefined,
): { readonly start: string; readonly finished: boolean } | undefined {
  // Field 2, the command, is in parentheses and may contain both blanks and parentheses.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ') ?? [];
  const [state] = fields;
  const threads = fields[17];
  const start = fields[19];
  if (state === undefined || threads === undefined || start === undefined || !/^\d+$/.test(start)) return undefined;
  return { start, finished: /^[ZXx]$/.test(state) && Number(threads) <= 1 };
}

/** For messages; the text comes from a file, so it is quoted. */
export function describeOwner(owner: LockOwner): string {
  return `process ${owner.pid} on ${quoteForeign(owner.host)}`;
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    const text = (await readFile(path, 'utf8')).trim();
    return text === '' ? undefined : text;
  } catch {
    return undefined;
  }
}

async function linkOf(path: string): Promise<string | undefined> {
  try {
    return await readlink(path);
  } catch {
    return undefined;
  }
}
