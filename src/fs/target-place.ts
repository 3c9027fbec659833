import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { AppError } from '../core/errors.js';
import { escapeControls } from '../core/redact.js';
import type { JournalPlace } from './journal.js';
import type { OwnerFacts } from './lock-owner.js';
import { findTargetDirectory, refuseDevices, type TargetDirectory } from './target-directory.js';

/** A target and the names of our files beside it. All paths are decided before anything is changed. */
export interface TargetPlace {
  /** Base name of the target; undefined where only the files beside it are known. */
  readonly name: string | undefined;
  /** The target as the system understands it. */
  readonly target: string;
  /** The same as the user typed it. */
  readonly shown: string;
  readonly directory: TargetDirectory;
  readonly part: string;
  readonly journal: JournalPlace;
  readonly lock: string;
  readonly receipt: string;
  /** The next receipt while it is being written. */
  readonly nextReceipt: string;
  /** An empty file that shows for a moment what a new file is like here. */
  readonly probe: string;
  readonly owner: OwnerFacts;
  /** User ids that our files have here. Which one this directory gives them is known from the lock file on. */
  readonly uids: Set<number>;
}

/**
 * @param target where the file shall be, as the system understands it
 * @param shown the same as the user typed it
 * @throws AppError fs.no-directory, fs.type, fs.*
 */
export async function findTargetPlace(target: string, shown: string, owner: OwnerFacts): Promise<TargetPlace> {
  const name = basename(target);
  if (name === '' || name === '.' || name === '..') {
    throw new AppError('fs.type', `saving as ${escapeControls(shown)}: that is a directory`, {
      hint: 'use -o with the name of a file',
    });
  }
  const directory = await findTargetDirectory(dirname(target), owner);
  refuseDevices(directory, shown);
  return placeAt({ name, files: filesOf(name), target, shown, directory, owner });
}

/** What the names of all files beside a target have in common. */
export function filesOf(name: string): string {
  return `.imgdl-${createHash('sha256').update(name).digest('hex').slice(0, 16)}`;
}

/** @param known `files` is what the names of the files beside the target have in common */
export function placeAt(
  known: Pick<TargetPlace, 'name' | 'target' | 'shown' | 'directory' | 'owner'> & { readonly files: string },
): TargetPlace {
  const { files, name, target, shown, directory, owner } = known;
  const beside = (suffix: string): string => join(directory.path, `${files}.${suffix}`);
  const uids = new Set([owner.uid]);
  const { path, calls } = directory;
  const journal = { path: beside('journal'), nextPath: beside('journal.next'), directory: path, uids, calls };
  return {
    name,
    target,
    shown,
    directory,
    part: beside('part'),
    journal: name === undefined ? journal : { ...journal, target: name },
    lock: beside('lock'),
    receipt: `${target}.imgdl.json`,
    nextReceipt: beside('receipt.next'),
    probe: beside('probe'),
    owner,
    uids,
  };
}
