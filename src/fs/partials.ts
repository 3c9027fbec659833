/** What imgdl has left in a directory: looked for by the names of its files, and removed under the lock of its target. */
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { claimsOf, claimsUpTo } from '../core/claims.js';
import { AppError } from '../core/errors.js';
import type { PartialOwner } from '../core/partial.js';
import { escapeControls } from '../core/redact.js';
import type { SourceRef } from '../core/source.js';
import type { PartFacts } from '../core/storage.js';
import { isDirectory } from './directory.js';
import { guarded } from './errors.js';
import { lstatOf } from './inode.js';
import { inspectPart } from './inspect.js';
import { readJournal } from './journal.js';
import { removeLeftovers } from './leftovers.js';
import { readLock } from './lock-file.js';
import type { OwnerFacts } from './lock-owner.js';
import { ownerOf } from './partial-owner.js';
import { findTargetDirectory, type TargetDirectory } from './target-directory.js';
import { lockTarget, unlockTarget } from './target-lock.js';
import { filesOf, placeAt, type TargetPlace } from './target-place.js';

/** What is beside one target. */
export interface FoundPartial {
  /** Knows the target's name, or undefined where nothing says it. */
  readonly place: TargetPlace;
  readonly source: SourceRef | undefined;
  /** Bytes that the next run goes on from. */
  readonly kept: number;
  readonly size: number | undefined;
  /** In milliseconds since 1970. */
  readonly updatedAt: number;
  readonly owner: PartialOwner;
}

const OURS =
  /^(\.imgdl-[0-9a-f]{16})\.(?:part|journal|journal\.next|receipt\.next|probe|lock|lock\..+|[0-9a-f]{8,64}\.sock)$/;

/** What tells how old it is. */
const DATA = /\.(?:part|journal)$/;

/**
 * Changes nothing. What is not of our own user is left out.
 * @param path of the directory, absolute
 * @param shown what is in it as the user would type it
 * @throws AppError fs.no-directory, fs.*
 */
export async function findPartials(
  path: string,
  shown: (name: string) => string,
  owner: OwnerFacts,
): Promise<readonly FoundPartial[]> {
  if (!(await isDirectory(path))) {
    throw new AppError('fs.no-directory', `looking into ${escapeControls(path)}: no such directory`, {
      hint: 'check the path',
    });
  }
  const directory = await findTargetDirectory(path, owner);
  const names = await guarded('looking into', path, () => readdir(path));
  const found: FoundPartial[] = [];
  for (const [files, own] of groupsOf(names)) {
    const partial = await lookAt({ files, own, names }, { directory, owner, shown });
    if (partial !== undefined) found.push(partial);
  }
  return found;
}

/** Names of our files, by what they have in common. */
function groupsOf(names: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const name of names) {
    const files = OURS.exec(name)?.[1];
    if (files === undefined) continue;
    const group = groups.get(files) ?? [];
    group.push(name);
    groups.set(files, group);
  }
  return groups;
}

interface Group {
  readonly files: string;
  /** Names of its files. */
  readonly own: readonly string[];
  /** Of everything in the directory. */
  readonly names: readonly string[];
}

interface Surroundings {
  readonly directory: TargetDirectory;
  readonly owner: OwnerFacts;
  readonly shown: (name: string) => string;
}

/** Undefined when none of it is ours, or it has just gone. */
async function lookAt(group: Group, around: Surroundings): Promise<FoundPartial | undefined> {
  const updatedAt = await lastChangeOf(group.own, around.directory, around.owner);
  if (updatedAt === undefined) return undefined;
  const name = await nameOf(group, around);
  const place = placeOf(group.files, name, around);
  const part = await inspectPart(place).catch((): PartFacts => ({ kind: 'none' }));
  const head = part.kind === 'usable' ? part.journal.head : undefined;
  return {
    place,
    source: head?.source,
    kept: part.kind === 'usable' ? claimsUpTo(claimsOf(part.journal.have), part.size).end : 0,
    size: head?.identity.size,
    updatedAt,
    owner: await ownerOf(place, group.own),
  };
}

function placeOf(files: string, name: string | undefined, { directory, owner, shown }: Surroundings): TargetPlace {
  // Nothing can have the name that is looked at where none is known.
  const target = join(directory.path, name ?? files);
  return placeAt({ files, name, target, shown: shown(name ?? files), directory, owner });
}

/** What the journal or the lock says, if its hash is that of the files; else a file that is there and has it. */
async function nameOf({ files, names }: Group, around: Surroundings): Promise<string | undefined> {
  const unnamed = placeOf(files, undefined, around);
  const { calls } = around.directory;
  const journal = await readJournal(unnamed.journal.path, unnamed.uids, calls).catch(() => undefined);
  const lock = await readLock(unnamed.lock, around.owner.uid, calls).catch(() => undefined);
  const said = [journal?.kind === 'content' ? journal.content.head.target : undefined, lock?.owner?.target];
  const isIt = (name: string | undefined): name is string => name !== undefined && filesOf(name) === files;
  return said.find(isIt) ?? names.find(isIt);
}

/** Of what is of our user: of part and journal where there are some, else of the rest. */
async function lastChangeOf(
  own: readonly string[],
  directory: TargetDirectory,
  { uid }: OwnerFacts,
): Promise<number | undefined> {
  const times: (readonly [name: string, at: number])[] = [];
  for (const name of own) {
    const seen = await lstatOf(join(directory.path, name), directory.calls);
    if (seen === undefined || Number(seen.uid) !== uid || !(seen.isFile() || seen.isSocket())) continue;
    times.push([name, Number(seen.mtimeMs)]);
  }
  const data = times.filter(([name]) => DATA.test(name));
  const counted = data.length > 0 ? data : times;
  return counted.length === 0 ? undefined : Math.max(...counted.map(([, at]) => at));
}

/**
 * Removes all of it, under the lock of its target: whoever comes meanwhile waits, and whoever works on it is left alone.
 * @returns false when it has changed since it was looked at
 * @throws AppError lock.held when somebody has it or may have it; fs.unsafe when not all of it is ours; fs.*
 */
export async function removePartial({ place, updatedAt }: FoundPartial): Promise<boolean> {
  const held = await lockTarget(place, () => {});
  try {
    const data = [place.part, place.journal.path].map((path) => basename(path));
    const changedAt = await lastChangeOf(data, place.directory, place.owner);
    if (changedAt !== undefined && changedAt > updatedAt) return false;
    await removeLeftovers(place);
    await place.directory.sync();
    return true;
  } finally {
    await unlockTarget(place, held, () => {});
  }
}
