/** Who may open a file that gets its name: what the file that it replaces says, or what holds for a new one. */
import type { BigIntStats } from 'node:fs';
import { platform } from 'node:os';
import { escapeControls } from '../core/redact.js';
import type { Warning } from '../core/source.js';
import { copyAccess } from './access-list.js';
import { type Calls, THREADED } from './calls.js';
import { errnoOf } from './errors.js';
import { permissionBits, withoutGroup } from './mode.js';
import type { OpenFile } from './open-file.js';

/** An open file whose access is decided. */
export type Admitting = Pick<OpenFile, 'fd' | 'stat' | 'chmod' | 'chown'>;

/** The file that is replaced. */
export interface Predecessor {
  readonly path: string;
  readonly stat: BigIntStats;
}

/**
 * Passes on owner, group, mode and access control list, in this order: the file is private until the last of it. It is
 * never open to more people than its predecessor was: where the group cannot be kept, or nobody can say whether there is
 * an access control list, the group may no more than others.
 *
 * @param file made private
 * @param shown the target as the user typed it
 */
export async function passOnAccess(
  file: Admitting,
  { path, stat }: Predecessor,
  shown: string,
  calls: Calls = THREADED,
): Promise<readonly Warning[]> {
  const { lost, groupKept } = await passOnOwner(file, stat);
  const wanted = permissionBits(Number(stat.mode));
  // A list is of POSIX only on Linux; elsewhere it is beside the mode, and takes nothing from it.
  const copied = groupKept && (platform() !== 'linux' || (await copyAccess(path, stat, file, calls)));
  const mode = copied ? wanted : withoutGroup(wanted);
  const refused = await setMode(file, mode, shown);
  const warnings = [...refused];
  if (lost !== undefined) warnings.push({ code: 'fs.owner', message: `publishing ${escapeControls(shown)}: ${lost}` });
  if (mode !== wanted) {
    const message = `publishing ${escapeControls(shown)}: its mode was ${octal(wanted)} and is ${octal(mode)} now, so that nobody else can open it than before`;
    warnings.push({ code: 'fs.mode', message });
  }
  return warnings;
}

/**
 * Gives a new file its mode; without one it stays private.
 * @param shown the target as the user typed it
 */
export async function admitAsNew(
  file: Admitting,
  mode: number | undefined,
  shown: string,
): Promise<readonly Warning[]> {
  if (mode !== undefined) return await setMode(file, mode, shown);
  const message = `publishing ${escapeControls(shown)}: nobody can say which mode a new file has here; only you can open it`;
  return [{ code: 'fs.mode', message }];
}

/** CIFS and FUSE may have no modes. Then it stays private, as far as anything is there. */
async function setMode(file: Admitting, mode: number, shown: string): Promise<readonly Warning[]> {
  try {
    await file.chmod(mode);
    return [];
  } catch (error) {
    const errno = errnoOf(error) ?? 'unknown';
    const message = `publishing ${escapeControls(shown)}: the file system does not let it have the mode ${octal(mode)} (${errno})`;
    return [{ code: 'fs.mode', message }];
  }
}

/** What could not be passed on, in words, and whether the group was. */
async function passOnOwner(
  file: Admitting,
  old: BigIntStats,
): Promise<{ readonly lost: string | undefined; readonly groupKept: boolean }> {
  const made = await file.stat({ bigint: true });
  if (made.uid === old.uid && made.gid === old.gid) return { lost: undefined, groupKept: true };
  const errno = await change(file, old.uid, old.gid);
  if (errno === undefined) return { lost: undefined, groupKept: true };
  // Only root gives files away, but to a group of ours we may.
  const groupKept = made.gid === old.gid || (await change(file, made.uid, old.gid)) === undefined;
  const now = `${made.uid}:${groupKept ? old.gid : made.gid}`;
  return { lost: `it belonged to ${old.uid}:${old.gid} and belongs to ${now} now (${errno})`, groupKept };
}

async function change(file: Admitting, uid: bigint, gid: bigint): Promise<string | undefined> {
  try {
    await file.chown(Number(uid), Number(gid));
    return undefined;
  } catch (error) {
    return errnoOf(error) ?? 'unknown';
  }
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}
