import { createHash } from 'node:crypto';
import type { StoredObject } from '../files/objects.js';

export type GlanceStatus = 'active' | 'queued' | 'saving' | 'importing' | 'deactivated' | 'killed';

/** Names of the projects that own images. */
export type ProjectName = 'admin' | 'demo' | 'other';

export type Visibility = 'public' | 'private' | 'community' | 'shared';

export type MemberStatus = 'pending' | 'accepted' | 'rejected';

export interface GlanceImage {
  readonly id: string;
  readonly name: string;
  readonly status: GlanceStatus;
  /** It becomes `active` with time. */
  readonly takesTime: boolean;
  readonly visibility: Visibility;
  readonly owner: ProjectName;
  /** Of a shared image, by the name of the project. */
  readonly members: Readonly<Partial<Record<ProjectName, MemberStatus>>>;
  readonly hidden: boolean;
  readonly diskFormat: string | null;
  readonly tags: readonly string[];
  /** Beside those that every image has: `os_distro`, `img_signature`. */
  readonly properties: Readonly<Record<string, string>>;
  readonly object: StoredObject;
  /** Milliseconds since 1970. */
  readonly createdMs: number;
  /** Whether the record has a `checksum` (MD5). */
  readonly checksum: boolean;
  /** `os_hash_algo`; null without hash. */
  readonly hashAlgo: string | null;
  /** The hash itself is still being computed: `os_hash_value` null beside an algorithm. */
  readonly hashPending: boolean;
  /** What the store does: `lost` (204), `truncated` (clean end without length), `stalled` (length, then silence). */
  readonly store: 'sound' | 'lost' | 'truncated' | 'stalled' | 'corrupt';
}

export const PROJECT_IDS: Readonly<Record<ProjectName, string>> = {
  demo: '5b9c222c425742ec9bbdc3e1c75df2b4',
  admin: 'eb3f75cd53c44132b0db4948cf9cfb3a',
  other: 'cf7204442f634de786317d4f7b81de3c',
};

/** A stable UUID (version 5's form) per name. */
export function imageId(name: string): string {
  const hex = createHash('sha1').update(`imgdl sandbox ${name}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

export function hasData({ status }: GlanceImage): boolean {
  return status === 'active' || status === 'deactivated';
}
