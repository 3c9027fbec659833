import { createHash } from 'node:crypto';
import type { Tree } from '../xml.js';

/** `2019-05-02T08:21:07.000Z` */
export const time = (ms: number): string => new Date(ms).toISOString();

/** The object's digest "used for etag": of the metadata, not of the file. */
export function objectDigest(path: string, revision: number | string): string {
  return createHash('md5').update(`${path}@${revision}`).digest('hex');
}

/** When what has no bytes of its own was made and last touched. */
const CREATED = '2019-05-01T08:00:00.000Z';
const MODIFIED = '2019-05-02T08:00:00.000Z';

/** The elements that every object of UForge begins with. */
export function identity(uri: string, id: number): Tree {
  return { created: CREATED, dbId: id, digest: objectDigest(uri, 1), lastModified: MODIFIED };
}
