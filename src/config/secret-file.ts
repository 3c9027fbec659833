import { isAbsolute, relative } from 'node:path';
import { AppError } from '../core/errors.js';
import { escapeControls } from '../core/redact.js';
import { type FileFacts, readSmallFile } from './file.js';

/** 64 KiB: more than any password, less than a file named by mistake. */
export const SECRET_BYTES = 64 * 1024;

/** What a file with a secret is judged by. */
export interface SecretFileInput {
  readonly env: ReadonlyMap<string, string>;
  /** Of this process. */
  readonly uid: number;
  /** `reading the secret in`. */
  readonly doing: string;
  /** What to do about one that others can read. */
  readonly hint: string;
}

/** @throws AppError usage.option, config.permissions */
export async function readSecretFile(path: string, input: SecretFileInput): Promise<string> {
  return await readSmallFile(path, {
    limit: SECRET_BYTES,
    code: 'usage.option',
    doing: input.doing,
    also: ['pipe'],
    check: (facts) => refuseShared(path, facts, input),
  });
}

/** As ssh does with its keys: what others could read, or could have put there, is not a secret. */
function refuseShared(path: string, facts: FileFacts, { env, uid, doing, hint }: SecretFileInput): void {
  // systemd hands credentials out as root's files of mode 0440, where the group bits are only the mask of an ACL
  // that names one user (systemd.exec(5), LoadCredential=).
  const fromManager = facts.uid === 0 && isInside(path, env.get('CREDENTIALS_DIRECTORY') ?? '');
  const shared = fromManager ? facts.mode % 0o10 : facts.mode % 0o100;
  const what =
    shared !== 0
      ? `users other than its owner have access (mode ${(facts.mode % 0o1000).toString(8).padStart(4, '0')})`
      : facts.uid !== uid && facts.uid !== 0
        ? `it belongs to another user (uid ${facts.uid})`
        : undefined;
  if (what === undefined) return;
  throw new AppError('config.permissions', `${doing} ${escapeControls(path)}: ${what}`, { hint });
}

function isInside(path: string, directory: string): boolean {
  if (!isAbsolute(directory) || !isAbsolute(path)) return false;
  const rest = relative(directory, path);
  return rest !== '' && !rest.startsWith('..') && !isAbsolute(rest);
}
