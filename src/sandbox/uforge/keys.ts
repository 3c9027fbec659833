import { randomBytes } from 'node:crypto';
import type { SandboxModes } from '../modes.js';

/** One-time download keys: 32 hex digits, each good for one object. */
export interface KeyStore {
  /** The key an object's metadata show now. */
  shown(resource: string, mint: SandboxModes['keyMint']): string;
  /** A further key that no metadata show, as a colleague would send it. */
  issue(resource: string): string;
  /** True when `key` opens `resource`; with `once` it never does again. */
  spend(key: string, resource: string, use: 'once' | 'many'): boolean;
  readonly counts: { readonly issued: number; readonly spent: number; readonly refused: number };
}

export function createKeyStore(): KeyStore {
  const live = new Map<string, string>();
  const current = new Map<string, string>();
  const counts = { issued: 0, spent: 0, refused: 0 };
  const issue = (resource: string): string => {
    const key = randomBytes(16).toString('hex');
    live.set(key, resource);
    counts.issued += 1;
    return key;
  };
  return {
    counts,
    issue,
    shown(resource, mint) {
      const known = current.get(resource);
      if (mint === 'after-use' && known !== undefined && live.has(known)) return known;
      if (mint === 'voiding' && known !== undefined) live.delete(known);
      const key = issue(resource);
      current.set(resource, key);
      return key;
    },
    spend(key, resource, use) {
      if (live.get(key) !== resource) {
        counts.refused += 1;
        return false;
      }
      counts.spent += 1;
      if (use === 'once') live.delete(key);
      return true;
    },
  };
}
