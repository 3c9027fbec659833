import { createHash } from 'node:crypto';
import { closeSync, existsSync, fstatSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Claim, claimsIn } from '../support/journal-claims.js';

/** The one true content: the sandbox's object, or anything else that can be asked for its bytes. */
export interface Truth {
  readonly size: number;
  bytes(start: number, end: number): Buffer;
}

/** What lies beside a target, and what is wrong with it. */
export interface Verdict {
  readonly target: 'absent' | 'right';
  /** Bytes [0, claimed) that the journal claims. */
  readonly claimed: number;
  /** Length of the part file; 0 without one. */
  readonly partSize: number;
  /** Everything that must never be; empty when all is well. */
  readonly wrong: readonly string[];
}

const STEP = 2 * 1024 * 1024;
/** The names that may lie beside a target while nobody works on it, after the hash of its own name. */
const LEFT =
  /^(?:part|journal|journal\.next|probe|lock|lock\.[0-9a-f]{8,64}\.(?:new|heir)|receipt\.next|[0-9a-f]{32}\.sock)$/;

/** The names beside a target, worked out independently of the product. */
export function beside(target: string, suffix: string): string {
  const hex = createHash('sha256').update(basename(target)).digest('hex').slice(0, 16);
  return join(dirname(target), `.imgdl-${hex}.${suffix}`);
}

/** Looks at a directory that holds one target only: is anything there that must never be? */
export async function examine(target: string, truth: Truth): Promise<Verdict> {
  const wrong: string[] = [];
  const there = existsSync(target);
  if (there) {
    const fault = await difference(target, truth, 0, truth.size);
    if (fault !== undefined) wrong.push(`the target is visible although ${fault}`);
    const { size } = sizeOf(target);
    if (size !== truth.size) wrong.push(`the target is visible with ${size} of ${truth.size} bytes`);
  }
  const part = beside(target, 'part');
  const partSize = existsSync(part) ? sizeOf(part).size : 0;
  let claimed = 0;
  for (const claim of claimsOf(beside(target, 'journal'))) {
    // Between the two unlinks of a publication only the journal can be missing, never the part alone.
    if (partSize < claim.end) {
      wrong.push(`the journal claims [${claim.start}, ${claim.end}), the part ends at ${partSize}`);
      continue;
    }
    const fault = claim.end <= claimed ? undefined : await difference(part, truth, claimed, claim.end);
    if (fault !== undefined) wrong.push(`the journal claims [${claim.start}, ${claim.end}), but ${fault}`);
    claimed = Math.max(claimed, claim.end);
  }
  const prefix = `${basename(beside(target, ''))}`;
  for (const name of readdirSync(dirname(target))) {
    const own = name.startsWith(prefix) && LEFT.test(name.slice(prefix.length));
    if (name !== basename(target) && name !== `${basename(target)}.imgdl.json` && !own) wrong.push(`a file ${name}`);
  }
  return { target: there ? 'right' : 'absent', claimed, partSize, wrong };
}

/** Whoever is watched may remove it at any moment. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** The claims of a journal; none where there is none. */
export function claimsOf(journal: string): readonly Claim[] {
  return claimsIn(textOf(journal));
}

function sizeOf(path: string): { readonly size: number } {
  const fd = openSync(path, 'r');
  try {
    return fstatSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Where the file is not the truth within [start, end); undefined when it is. */
async function difference(path: string, truth: Truth, start: number, end: number): Promise<string | undefined> {
  const fd = openSync(path, 'r');
  try {
    const buffer = Buffer.allocUnsafe(STEP);
    for (let at = start; at < Math.min(end, truth.size); at += STEP) {
      const stop = Math.min(end, truth.size, at + STEP);
      const length = readSync(fd, buffer, 0, stop - at, at);
      if (length < stop - at || !buffer.subarray(0, length).equals(truth.bytes(at, stop))) {
        return `its bytes [${at}, ${stop}) are not those of the image`;
      }
      await nextTurn();
    }
    return undefined;
  } finally {
    closeSync(fd);
  }
}
