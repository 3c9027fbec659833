import type { ListItem } from '../../core/list.js';
import { maskKnown } from '../../core/vault.js';

/** The `--json` document of a list; schema/list.json says the same. Every key is always there. */
export interface ListDocument {
  readonly schema: 1;
  readonly items: readonly Omit<ListItem, 'formatTitle'>[];
}

/**
 * What a server calls its things is shown as it is, since it is what to type: only what is known to be a secret is
 * masked, which none of them should be called.
 */
export function listDocument(items: readonly ListItem[]): ListDocument {
  const known = new Map<string, string>();
  const masked = (text: string): string => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const after = maskKnown(text, 'ours');
    known.set(text, after);
    return after;
  };
  const orNull = (text: string | null): string | null => (text === null ? null : masked(text));
  const plain = items.map((item) => ({
    command: item.command,
    args: item.args.map(masked),
    id: orNull(item.id),
    name: orNull(item.name),
    version: orNull(item.version),
    revision: orNull(item.revision),
    format: item.format,
    bytes: item.bytes,
    created: item.created,
    updated: item.updated,
    ready: item.ready,
    reason: item.reason,
    digests: item.digests.map(({ algorithm, hex }) => ({ algorithm, hex })),
    percent: item.percent,
    visibility: item.visibility,
    owner: orNull(item.owner),
  }));
  return { schema: 1, items: plain };
}
