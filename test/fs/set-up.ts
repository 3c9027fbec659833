import { createHash, randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach } from 'vitest';
import type { Warning } from '#imgdl/core/source.js';
import type { JournalHave, JournalHead, Workspace } from '#imgdl/core/storage.js';
import type { OwnerFacts } from '#imgdl/fs/lock-owner.js';
import { openWorkspace } from '#imgdl/fs/workspace.js';

const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const file of open.splice(0)) await file.close();
});

export function ownerFacts(changes: Partial<OwnerFacts> = {}): OwnerFacts {
  return {
    uid: process.geteuid?.() ?? -1,
    hostname: hostname(),
    pid: process.pid,
    random: () => randomBytes(8).toString('hex'),
    ...changes,
  };
}

/** Runs `work` with the umask that a shell would have set. */
export async function underUmask<T>(umask: number, work: () => Promise<T>): Promise<T> {
  const before = process.umask(umask);
  try {
    return await work();
  } finally {
    process.umask(before);
  }
}

/** The names beside a target, worked out independently of the product. */
export function beside(target: string, suffix: string): string {
  const hex = createHash('sha256').update(basename(target)).digest('hex').slice(0, 16);
  return join(dirname(target), `.imgdl-${hex}.${suffix}`);
}

export interface Bench {
  readonly workspace: Workspace;
  readonly warnings: Warning[];
}

/** What it opens is closed after the test. */
export async function bench(target: string, facts: OwnerFacts = ownerFacts()): Promise<Bench> {
  const warnings: Warning[] = [];
  const workspace = await openWorkspace(target, `./${basename(target)}`, facts, (warning) => warnings.push(warning));
  const openFiles = workspace.open.bind(workspace);
  workspace.open = async (mode) => {
    const files = await openFiles(mode);
    open.push(files.part, files.journal);
    return files;
  };
  return { workspace, warnings };
}

export const HEAD: JournalHead = {
  t: 'head',
  v: 1,
  source: { provider: 'url', endpoint: 'https://host', ref: 'disk.img' },
  identity: { size: 1000, etag: '"abc"' },
};

export function have(start: number, end: number): JournalHave {
  return { t: 'have', start, end, digests: { md5: createHash('md5').update(`${start}-${end}`).digest('hex') } };
}

/** The error's code, or the value's description when nothing was thrown. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    return `no error: ${JSON.stringify(await work) ?? 'undefined'}`;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}

/** Tests that need root are part of CI, which runs as root; elsewhere they are left out by name. */
export const isRoot = process.geteuid?.() === 0;
if (process.env['CI'] !== undefined && !isRoot) throw new Error('CI must run these tests as root');
