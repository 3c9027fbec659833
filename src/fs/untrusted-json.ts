/** Guards for what is read back from disk: anybody may have written it. Undefined means "not one of ours". */
import { ALGORITHMS, type Algorithm, normalHex } from '../core/digest.js';
import type { Identity, SourceRef } from '../core/source.js';

export type Fields = Readonly<Record<string, unknown>>;

export function asFields(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}

/** True when there is no key beside the named ones. */
export function hasOnly(fields: Fields, keys: readonly string[]): boolean {
  return Object.keys(fields).every((key) => keys.includes(key));
}

/** JSON, or undefined. Never throws. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

export function asAlgorithm(value: unknown): Algorithm | undefined {
  return ALGORITHMS.find((name) => name === value);
}

/** Lower-case hex of the algorithm's length. */
export function isHexOf(algorithm: Algorithm, value: unknown): value is string {
  return typeof value === 'string' && normalHex(algorithm, value) === value;
}

export function asSourceRef(value: unknown): SourceRef | undefined {
  const fields = asFields(value);
  if (fields === undefined) return undefined;
  const { provider, endpoint, ref } = fields;
  if (typeof provider !== 'string' || typeof endpoint !== 'string' || typeof ref !== 'string') return undefined;
  return { provider, endpoint, ref };
}

/** Strict: a field that this version does not know might be the one in which two identities differ. */
export function asIdentity(value: unknown): Identity | undefined {
  const fields = asFields(value);
  if (
    fields === undefined ||
    !hasOnly(fields, ['size', 'revision', 'digests', 'etag', 'weakEtag', 'lastModified', 'weakLastModified'])
  ) {
    return undefined;
  }
  const { size, revision, digests, etag, weakEtag, lastModified, weakLastModified } = fields;
  if (!optional(size, isSize) || !optional(digests, isStrings)) return undefined;
  if (!optional(revision, isString) || !optional(etag, isTag)) return undefined;
  if (!optional(weakEtag, isTag) || !optional(lastModified, isString)) return undefined;
  if (!optional(weakLastModified, isString)) return undefined;
  return {
    ...(size !== undefined && { size }),
    ...(revision !== undefined && { revision }),
    ...(digests !== undefined && { digests }),
    ...(etag !== undefined && { etag }),
    ...(weakEtag !== undefined && { weakEtag }),
    ...(lastModified !== undefined && { lastModified }),
    ...(weakLastModified !== undefined && { weakLastModified }),
  };
}

function optional<T>(value: unknown, is: (value: unknown) => value is T): value is T | undefined {
  return value === undefined || is(value);
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

/** It goes into a header: what none may have would end every later run with an error. */
function isTag(value: unknown): value is string {
  return isString(value) && /^[\x21-\x7e]+$/.test(value);
}

function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isString);
}
