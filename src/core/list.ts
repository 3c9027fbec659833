/**
 * One thing that can be downloaded, or could be if it were ready: a line of a list. The keys are those of the `--json`
 * document (schema/list.json), null where nobody knows. Text is the server's and untrusted. Nothing in it is a secret.
 */
export interface ListItem {
  /** `appliance pimage`: `imgdl <command> <args…>` downloads exactly this. Null for what is no image. */
  readonly command: string | null;
  readonly args: readonly string[];
  readonly id: string | null;
  readonly name: string | null;
  readonly version: string | null;
  readonly revision: string | null;
  /** The server's primitive name: `qcow2`, `targz`. */
  readonly format: string | null;
  readonly bytes: number | null;
  /** ISO 8601, UTC. */
  readonly created: string | null;
  /** ISO 8601, UTC. */
  readonly updated: string | null;
  readonly ready: boolean;
  /** Why it is not ready: `generating`, `not-compressed`, `queued`; null when it is. */
  readonly reason: string | null;
  readonly digests: readonly { readonly algorithm: string; readonly hex: string }[];
  /** How far its making is, 0 to 100. */
  readonly percent: number | null;
  readonly visibility: string | null;
  readonly owner: string | null;
  /** The name that people know the format by. `--format` takes it too; it is not part of the document. */
  readonly formatTitle?: string;
}

/** A column of the table in words. */
export interface ListColumn {
  /** Upper case: `APPLIANCE`. */
  readonly title: string;
  /** A key, shown by its kind (a size, a time, why it is not ready), or what a function makes of the item. */
  readonly of: ListKey | ((item: ListItem) => string | null);
}

export type ListKey =
  | 'id'
  | 'name'
  | 'version'
  | 'revision'
  | 'format'
  | 'bytes'
  | 'created'
  | 'updated'
  | 'ready'
  | 'visibility'
  | 'owner';
