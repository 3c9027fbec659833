/** Partial downloads that lie in a directory: shown, removed, and freed of a lock. */
import { basename, join, resolve } from 'node:path';
import { isAppError } from '../core/errors.js';
import type { CleanedItem, PartialItem, UnlockedTarget } from '../core/partial.js';
import { type FoundPartial, findPartials, removePartial } from '../fs/partials.js';
import { breakLock, lockOwner } from '../fs/target-lock.js';
import { findTargetPlace } from '../fs/target-place.js';
import type { Host } from './host.js';

export type PartialsHost = Pick<Host, 'cwd' | 'owner'>;

/**
 * What is there, by the names of the targets. Changes nothing.
 * @param directory as the user typed it; `.` is the current one
 * @throws AppError fs.no-directory, fs.*
 */
export async function partialsIn(directory: string, host: PartialsHost): Promise<readonly PartialItem[]> {
  return (await find(directory, host)).map(itemOf);
}

export interface CleanWish {
  /** Only what nobody has changed for so long. */
  readonly olderThanMs: number | undefined;
  /** Only says what would be done. */
  readonly dryRun: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** What became of each, and what went wrong: the first of it, as the rest was tried all the same. */
export interface Cleaned {
  readonly items: readonly CleanedItem[];
  readonly error: unknown;
}

/**
 * Removes what nobody holds.
 * @param directory as the user typed it
 * @throws AppError fs.no-directory, fs.*
 */
export async function cleanDirectory(
  directory: string,
  wish: CleanWish,
  host: PartialsHost,
  signal: AbortSignal,
): Promise<Cleaned> {
  const items: CleanedItem[] = [];
  let error: unknown;
  for (const found of await find(directory, host)) {
    signal.throwIfAborted();
    try {
      items.push({ ...itemOf(found), ...(await clean(found, wish)) });
    } catch (cause) {
      error ??= cause;
    }
  }
  return { items, error };
}

/**
 * Removes the lock of a target whose owner has ended, as the user says.
 * @param target as the user typed it
 * @param dryRun only look
 * @throws AppError lock.held when its owner is seen to live; fs.*
 */
export async function unlockPath(
  target: string,
  dryRun: boolean,
  { cwd, owner }: PartialsHost,
): Promise<UnlockedTarget> {
  const place = await findTargetPlace(resolve(cwd, target), target, owner);
  return { target, heldBy: (await (dryRun ? lockOwner(place) : breakLock(place))) ?? null };
}

async function clean(found: FoundPartial, wish: CleanWish): Promise<Pick<CleanedItem, 'action' | 'reason'>> {
  const keep = (reason: CleanedItem['reason']) => ({ action: 'kept', reason }) as const;
  if (found.owner.state !== 'left-behind') return keep('in-use');
  if (wish.olderThanMs !== undefined && wish.now - found.updatedAt < wish.olderThanMs) return keep('newer');
  if (wish.dryRun) return { action: 'would-remove', reason: null };
  try {
    return (await removePartial(found)) ? { action: 'removed', reason: null } : keep('newer');
  } catch (error) {
    if (isAppError(error) && error.code === 'lock.held') return keep('in-use');
    if (isAppError(error) && error.code === 'fs.unsafe') return keep('not-ours');
    throw error;
  }
}

async function find(directory: string, { cwd, owner }: PartialsHost): Promise<readonly FoundPartial[]> {
  const path = resolve(cwd, directory);
  const found = await findPartials(path, (name) => join(directory, name), owner);
  return found.toSorted((a, b) => (a.place.shown < b.place.shown ? -1 : 1));
}

function itemOf({ place, source, kept, size, updatedAt, owner }: FoundPartial): PartialItem {
  return {
    target: place.name === undefined ? null : place.shown,
    files: basename(place.part, '.part'),
    source: source ?? null,
    bytes: kept,
    size: size ?? null,
    updatedAt,
    owner,
  };
}
