/** Who owns a lock, and what the process table says of that process. Evidence only, never age. */
import { readFile, readlink } from 'node:fs/promises';
import { oncePer } from '../core/once.js';
import { quoteForeign } from '../core/redact.js';
import { errnoOf } from './errors.js';
import { asFields, isSize, parseJson } from './untrusted-json.js';

/** What the composition root knows about this process. */
export interface OwnerFacts {
  /** Effective user id. */
  readonly uid: number;
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
  /** 1 had no socket. Later ones add fields and keep these. */
  readonly v: number;
  readonly host: string;
  /** /etc/machine-id: clones that share a disk often share the host name as well. */
  readonly machine: string;
  readonly boot: string;
  readonly pidns: string;
  readonly pid: number;
  /** Start time in clock ticks since boot: tells a process from a later one with its pid. */
  readonly start: string;
  /** Part of the names of the socket and of the lock of an heir. */
  readonly nonce: string;
  /** Did the owner make a socket before the lock was linked? */
  readonly socket: boolean;
  /** Base name of the target. Absent in locks of 0.1.0. */
  readonly target?: string;
  /** A fingerprint of the object that the owner fetches, where that is known: whoever waits may want the same. */
  readonly object?: string;
}

/** What a lock is for. */
export interface LockPurpose {
  readonly target?: string | undefined;
  readonly object?: string | undefined;
}

const NONE = 'none';

/** What a system says of itself and of its processes, by path (proc(5)). Both throw Node's errors. */
export interface SystemFiles {
  text(path: string): Promise<string>;
  link(path: string): Promise<string>;
}

const SYSTEM: SystemFiles = { text: (path) => readFile(path, 'utf8'), link: readlink };

/** This process as an owner, with a nonce of its own for each lock. It has no socket yet. */
export async function describeSelf(facts: OwnerFacts, purpose: LockPurpose = {}): Promise<LockOwner> {
  return { ...(await processOf(facts)), nonce: facts.random(), socket: false, ...knownPurpose(purpose) };
}

function knownPurpose({ target, object }: LockPurpose): Pick<LockOwner, 'target' | 'object'> {
  return { ...(target !== undefined && { target }), ...(object !== undefined && { object }) };
}

/** None of it changes while the process lives: read once for all the images of a run. */
const processOf = oncePer((facts: OwnerFacts) => describeProcess(facts, SYSTEM));

export async function describeProcess(
  facts: OwnerFacts,
  files: SystemFiles,
): Promise<Omit<LockOwner, 'nonce' | 'socket' | keyof LockPurpose>> {
  const stat = parseStat(await textOf('/proc/self/stat', files));
  return {
    v: 2,
    host: facts.hostname,
    machine: (await textOf('/etc/machine-id', files)) ?? NONE,
    boot: (await textOf('/proc/sys/kernel/random/boot_id', files)) ?? NONE,
    pidns: await pidNamespace(facts, files),
    pid: facts.pid,
    start: stat?.start ?? NONE,
  };
}

// After `unshare --pid` without a new mount, /proc shows another namespace: its pids prove nothing about ours. Such a
// process belongs to a namespace of its own, so nobody calls it dead.
async function pidNamespace(facts: OwnerFacts, files: SystemFiles): Promise<string> {
  const self = await linkOf('/proc/self', files);
  if (self === undefined) return NONE;
  const namespace = await linkOf('/proc/self/ns/pid', files);
  return self === String(facts.pid) && namespace !== undefined ? namespace : `unknown-${facts.random()}`;
}

/** The owner a lock file names; undefined when it names none. */
export function parseOwner(text: string): LockOwner | undefined {
  const fields = asFields(parseJson(text));
  if (fields === undefined) return undefined;
  const { v, host, machine, boot, pidns, pid, start, nonce, socket, target, object } = fields;
  if (!isSize(v) || v === 0 || !isSize(pid) || pid === 0) return undefined;
  if (v === 1 ? socket !== undefined : typeof socket !== 'boolean') return undefined;
  if (typeof host !== 'string' || typeof machine !== 'string' || typeof boot !== 'string') return undefined;
  if (typeof pidns !== 'string' || typeof start !== 'string' || typeof nonce !== 'string') return undefined;
  // The nonce becomes part of a file name.
  if (!/^[0-9a-f]{8,64}$/.test(nonce)) return undefined;
  const purpose = {
    target: typeof target === 'string' ? target : undefined,
    object: typeof object === 'string' && /^[0-9a-f]{16}$/.test(object) ? object : undefined,
  };
  return { v, host, machine, boot, pidns, pid, start, nonce, socket: socket === true, ...knownPurpose(purpose) };
}

/** What the process table says about a pid: its start time, `dead`, or `unknown`. */
export type Look = (pid: number) => Promise<{ readonly start: string } | 'dead' | 'unknown'>;

/** `unseen`: the process may be anywhere, and nothing here tells. */
export type Life = 'alive' | 'dead' | 'unseen';

/**
 * What the process table says of an owner, where it is the table that the owner was in: same machine, same boot, same
 * pid namespace. `dead` when its pid is gone or belongs to a process that started at another time.
 */
export async function lifeByProcess(owner: LockOwner, self: LockOwner, look: Look): Promise<Life> {
  const same = (['machine', 'boot', 'pidns'] as const).every((key) => owner[key] === self[key]);
  // Without boot ids (macOS) two hosts look alike, but for their names.
  if (!same || (owner.boot === NONE && owner.host !== self.host)) return 'unseen';
  const seen = await look(owner.pid);
  if (typeof seen === 'string') return seen === 'dead' ? 'dead' : 'unseen';
  if (owner.start === NONE || seen.start === NONE) return 'alive';
  return seen.start === owner.start ? 'alive' : 'dead';
}

/**
 * The same machine has booted since. Containers can have boot ids of their own, but not the pid namespace of the host,
 * whose number is the same after every boot.
 */
export function bootedSince(owner: LockOwner, self: LockOwner): boolean {
  const known = owner.boot !== NONE && self.boot !== NONE && owner.boot !== self.boot;
  return known && (['host', 'machine', 'pidns'] as const).every((key) => owner[key] === self[key]);
}

/** The process table of this system. */
export function processTable(facts: OwnerFacts, files: SystemFiles = SYSTEM): Look {
  return async (pid) => {
    if ((await linkOf('/proc/self', files)) === undefined) {
      if (facts.isAlive === undefined) return 'unknown';
      return facts.isAlive(pid) ? { start: NONE } : 'dead';
    }
    let text: string;
    try {
      text = await files.text(`/proc/${pid}/stat`);
    } catch (error) {
      const errno = errnoOf(error);
      return errno === 'ENOENT' || errno === 'ESRCH' ? 'dead' : 'unknown';
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
  const { 0: state = '', 17: threads, 19: start = '' } = fields;
  if (!/^\d+$/.test(start)) return undefined;
  return { start, finished: /^[ZXx]$/.test(state) && Number(threads) <= 1 };
}

/** For messages; the text comes from a file, so it is quoted. */
export function describeOwner(owner: LockOwner): string {
  return `process ${owner.pid} on ${quoteForeign(owner.host)}`;
}

async function textOf(path: string, files: SystemFiles): Promise<string | undefined> {
  try {
    const text = (await files.text(path)).trim();
    return text === '' ? undefined : text;
  } catch {
    return undefined;
  }
}

async function linkOf(path: string, files: SystemFiles): Promise<string | undefined> {
  try {
    return await files.link(path);
  } catch {
    return undefined;
  }
}
