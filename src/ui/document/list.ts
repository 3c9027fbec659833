import type { ListItem } from '../../core/list.js';

/** The `--json` document of a list; schema/list.json says the same. Every key is always there. */
export interface ListDocument {
  readonly schema: 1;
  readonly items: readonly Omit<ListItem, 'formatTitle'>[];
}

export function listDocument(items: readonly ListItem[]): ListDocument {
  const plain = items.map((item) => ({
    command: item.command,
    args: item.args,
    id: item.id,
    name: item.name,
    version: item.version,
    revision: item.revision,
    format: item.format,
    bytes: item.bytes,
    created: item.created,
    updated: item.updated,
    ready: item.ready,
    reason: item.reason,
    digests: item.digests.map(({ algorithm, hex }) => ({ algorithm, hex })),
    percent: item.percent,
    visibility: item.visibility,
    owner: item.owner,
  }));
  return { schema: 1, items: plain };
}
