import { readdir, realpath } from 'node:fs/promises';
import { AppError } from '../core/errors.js';
import { oncePer } from '../core/once.js';
import { escapeControls } from '../core/redact.js';
import { direct, THREADED } from './calls.js';
import { type Directory, findDirectory, syncDirectory } from './directory.js';
import { guarded } from './errors.js';
import { sameInode } from './inode.js';
import type { OwnerFacts } from './lock-owner.js';
import { isLocal } from './network-fs.js';
import { newFileMode } from './new-file-mode.js';
import { shareSync } from './shared-sync.js';

/** The directory of a target, as all images of a run see it. */
export interface TargetDirectory extends Directory {
  /** What is really there, links followed. */
  readonly real: string;
  /** On a file system that only this kernel has. */
  readonly local: boolean;
  /** Names of the files beside targets, as of the first time that anybody asked. */
  names(): Promise<readonly string[]>;
  /**
   * The mode that a new file has here, as of the first time that anybody asked; undefined where nobody can say.
   * @param probe the name of an empty file that may be made to find out
   */
  newFileMode(probe: string): Promise<number | undefined>;
}

/** The directories that a run has looked at: a thousand images in one of them ask about it once. */
const directoriesOf = oncePer((_owner: OwnerFacts) => new Map<string, TargetDirectory>());

/**
 * Looks at the directory, which must exist.
 * @throws AppError fs.no-directory, fs.*
 */
export async function findTargetDirectory(path: string, owner: OwnerFacts): Promise<TargetDirectory> {
  const directories = directoriesOf(owner);
  const known = directories.get(path);
  const found = await findDirectory(path, known?.calls);
  if (known !== undefined && sameInode(known.inode, found.inode)) return known;
  const local = await isLocal(path);
  const calls = local ? direct(owner.now) : THREADED;
  const real = await guarded('checking', path, () => realpath(path));
  // Images that start together look together: the first one is everybody's.
  const first = directories.get(path);
  if (first !== undefined && sameInode(first.inode, found.inode)) return first;
  const directory: TargetDirectory = {
    ...found,
    local,
    calls,
    sync: shareSync(() => syncDirectory(path, calls)),
    real,
    names: listOnce(path),
    newFileMode: askOnce((probe) => newFileMode(probe, calls)),
  };
  directories.set(path, directory);
  return directory;
}

function askOnce(ask: (probe: string) => Promise<number | undefined>): (probe: string) => Promise<number | undefined> {
  let asked: Promise<number | undefined> | undefined;
  return (probe) => {
    asked ??= ask(probe);
    return asked;
  };
}

/** One listing, and of it only what imgdl makes: a directory may hold a million other names. */
function listOnce(path: string): () => Promise<readonly string[]> {
  let listed: Promise<readonly string[]> | undefined;
  return () => {
    listed ??= readdir(path).then(
      (names) => names.filter((name) => name.startsWith('.imgdl-')),
      () => [],
    );
    return listed;
  };
}

/** File systems of devices and processes; a name there is never a place for an image. */
const DEVICE_ROOTS = ['/dev', '/proc'];
/** But a memory disk is. */
const MEMORY_DISK = '/dev/shm';

/**
 * Refuses targets such as /dev/stdout and /proc/self/fd/1, which are links: --force would replace them, as root for
 * the whole machine. The real path counts, as /dev/fd leads to /proc and a link of the user's may lead anywhere.
 * @throws AppError fs.type
 */
export function refuseDevices({ real }: TargetDirectory, shown: string): void {
  const within = (root: string): boolean => real === root || real.startsWith(`${root}/`);
  const root = DEVICE_ROOTS.find(within);
  if (root === undefined || within(MEMORY_DISK)) return;
  throw new AppError('fs.type', `saving as ${escapeControls(shown)}: nothing in ${root} is a regular file`, {
    hint: 'use -o - for stdout, or the path of a file',
  });
}
