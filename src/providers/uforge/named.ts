import * as v from 'valibot';
import type { ListItem } from '../../core/list.js';
import { utcOf } from '../../core/utc.js';
import { jsonObject } from '../json-object.js';
import { detached } from './detached.js';
import type { Reading } from './list-reading.js';
import { isId } from './words.js';

/** What images are made from: an appliance, a bundle, a template, a scanned instance, a scan. Its texts are untrusted. */
export interface Named {
  /** Decimal. */
  readonly id: string;
  readonly name: string | null;
  readonly version: string | null;
  readonly revision: string | null;
  /** ISO 8601, UTC. */
  readonly created: string | null;
  readonly updated: string | null;
}

const fact = v.fallback(
  v.optional(v.pipe(v.union([v.string(), v.number()]), v.transform(String), v.maxLength(4096))),
  undefined,
);
const NAMED = jsonObject({
  dbId: fact,
  uri: fact,
  name: fact,
  version: fact,
  revision: fact,
  created: fact,
  lastModified: fact,
});

/** An entry of a list of such. */
export function namedEntry(entry: unknown): Reading<Named> {
  const parsed = v.safeParse(NAMED, entry);
  if (!parsed.success) return { kind: 'unusable', why: 'it is not an object' };
  const { dbId, uri, name, version, revision, created, lastModified } = parsed.output;
  // The last segment of its path is the same number.
  const id = [dbId, uri?.replace(/\/$/, '').split('/').at(-1)].find((one) => one !== undefined && isId(one));
  if (id === undefined) return { kind: 'unusable', why: 'it has no id' };
  const row: Named = detached({
    id,
    name: textOf(name),
    version: textOf(version),
    revision: textOf(revision),
    created: utcOf(created),
    updated: utcOf(lastModified),
  });
  return { kind: 'row', key: row.id, row };
}

function textOf(text: string | undefined): string | null {
  return text === undefined || text === '' ? null : text;
}

/** As a candidate in an error: no image, but what to type for it. */
export function candidateOf({ id, name, version, revision, created, updated }: Named, owner: string): ListItem {
  return {
    command: null,
    args: [id],
    id,
    name,
    version,
    revision,
    format: null,
    bytes: null,
    created,
    updated,
    ready: false,
    reason: null,
    digests: [],
    percent: null,
    visibility: null,
    owner,
  };
}
