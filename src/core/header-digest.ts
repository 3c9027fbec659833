/** Digests promised by response headers: those of the standards, and those of the stores that images lie in. */

import { codingsOf } from './content-coding.js';
import { type Algorithm, algorithmOf, type Digest, mergeDigests, normalHex, parseContentMd5 } from './digest.js';
import type { Headers } from './http.js';
import type { Warning } from './source.js';

export interface HeaderDigests {
  readonly digests: readonly Digest[];
  readonly warnings: readonly Warning[];
}

/** A field that may promise digests. */
interface Field {
  /** Lower case; `*` stands for the name of an algorithm. */
  readonly name: string;
  /** `object`: of all of it, also in the answer to a Range. `body`: of the bytes of this answer. */
  readonly of: 'object' | 'body';
  /**
   * The promises of a value; undefined for what is none and should be one. Repeated fields arrive joined by commas, as
   * members of a list do: every one is a promise, and two that differ cannot both be kept.
   */
  read(value: string, algorithm: Algorithm | undefined): readonly (Promised | undefined)[];
  /** Says that the field is about other bytes than those that are sent. */
  isForeign?(headers: Headers): boolean;
}

type Promised = Pick<Digest, 'algorithm' | 'hex'>;

const FIELDS: readonly Field[] = [
  // RFC 9530; a member may have parameters (RFC 9651 section 3.1.2), which say nothing here.
  { name: 'repr-digest', of: 'object', read: members(/^([a-z0-9*._-]+)=:([A-Za-z0-9+/=]*): *(?:;.*)?$/i) },
  { name: 'content-digest', of: 'body', read: members(/^([a-z0-9*._-]+)=:([A-Za-z0-9+/=]*): *(?:;.*)?$/i) },
  // RFC 3230: of the instance, which a range is a part of.
  { name: 'digest', of: 'object', read: members(/^([a-z0-9*._-]+)=([A-Za-z0-9+/]+=*)$/i) },
  // RFC 1864, and the hex of Glance.
  { name: 'content-md5', of: 'body', read: eachMd5 },
  // Artifactory and its kin.
  { name: 'x-checksum-*', of: 'object', read: eachHex },
  // Registries: of a blob, under which disks lie there as well (OCI Distribution Specification, "Pulling blobs").
  { name: 'docker-content-digest', of: 'object', read: eachLabelled },
  // Google Cloud Storage. What it stores compressed it also sends decompressed: then the digest is of what it stores.
  {
    name: 'x-goog-hash',
    of: 'object',
    read: members(/^([a-z0-9]+)=([A-Za-z0-9+/]+=*)$/i),
    isForeign: (headers) =>
      headers.has('x-goog-stored-content-encoding') &&
      codingsOf(headers.get('x-goog-stored-content-encoding')).join() !==
        codingsOf(headers.get('content-encoding')).join(),
  },
  // Azure: of the whole blob, where Content-MD5 is of the range.
  { name: 'x-ms-blob-content-md5', of: 'object', read: eachMd5 },
  // Amazon S3 and its kin: with COMPOSITE it is a digest of the parts' digests, and has their number behind it.
  {
    name: 'x-amz-checksum-*',
    of: 'body',
    read: eachBase64,
    isForeign: (headers) =>
      (headers.get('x-amz-checksum-type') ?? 'FULL_OBJECT').trim().toUpperCase() !== 'FULL_OBJECT',
  },
];

/**
 * @param wholeBody the response carries the whole object (200, or a range that covers all of it)
 * @param md5OfWhole Content-MD5 covers the whole object even on a part (Glance)
 */
export function headerDigests(headers: Headers, wholeBody: boolean, md5OfWhole: boolean): HeaderDigests {
  const warnings: Warning[] = [];
  const found: Digest[] = [];
  for (const field of FIELDS) {
    const isOfObject = field.of === 'object' || wholeBody || (field.name === 'content-md5' && md5OfWhole);
    if (!isOfObject || field.isForeign?.(headers) === true) continue;
    for (const { name, value, algorithm } of valuesOf(field, headers)) {
      for (const promised of field.read(value, algorithm)) {
        if (promised === undefined) warnings.push(ignored(name));
        else found.push({ ...promised, from: 'header' });
      }
    }
  }
  return { digests: mergeDigests(found), warnings };
}

interface FieldValue {
  readonly name: string;
  readonly value: string;
  /** That of the field's name. */
  readonly algorithm: Algorithm | undefined;
}

/** An algorithm that nobody here can compute (`x-amz-checksum-crc32c`), or that says something else, is no field. */
function valuesOf({ name }: Field, headers: Headers): readonly FieldValue[] {
  if (!name.endsWith('*')) {
    const value = headers.get(name);
    return value === undefined ? [] : [{ name, value, algorithm: undefined }];
  }
  const prefix = name.slice(0, -1);
  return [...headers].flatMap(([key, value]) => {
    const algorithm = key.startsWith(prefix) ? algorithmOf(key.slice(prefix.length)) : undefined;
    return algorithm === undefined ? [] : [{ name: key, value, algorithm }];
  });
}

function ignored(name: string): Warning {
  const shown = name === 'content-md5' ? 'Content-MD5' : name;
  return { code: 'integrity.header-ignored', message: `${shown} is not a digest: ignored` };
}

/** A list of `algorithm=base64`. Unknown algorithms are skipped; RFC 9530 wants malformed members to be, too. */
function members(member: RegExp): Field['read'] {
  return (value) =>
    value.split(',').flatMap((item) => {
      const [, name = '', base64 = ''] = member.exec(item.trim()) ?? [];
      const algorithm = algorithmOf(name);
      const hex = algorithm === undefined ? undefined : hexOf(algorithm, base64);
      return algorithm === undefined || hex === undefined ? [] : [{ algorithm, hex }];
    });
}

function eachMd5(value: string): readonly (Promised | undefined)[] {
  return each(value, 'md5', parseContentMd5);
}

function eachHex(value: string, algorithm: Algorithm | undefined): readonly (Promised | undefined)[] {
  return algorithm === undefined ? [] : each(value, algorithm, (text) => normalHex(algorithm, text));
}

/** `sha256:HEX`; of an algorithm that nobody here can compute it is no promise. */
function eachLabelled(value: string): readonly (Promised | undefined)[] {
  return value.split(',').flatMap((text) => {
    const colon = text.indexOf(':');
    const algorithm = algorithmOf(text.slice(0, Math.max(0, colon)));
    return algorithm === undefined ? [] : eachHex(text.slice(colon + 1), algorithm);
  });
}

function eachBase64(value: string, algorithm: Algorithm | undefined): readonly (Promised | undefined)[] {
  // With a number of parts behind it, it is of the parts, whatever another field says.
  if (algorithm === undefined || /-\d+\s*$/.test(value)) return [];
  return each(value, algorithm, (text) => hexOf(algorithm, text));
}

function each(
  value: string,
  algorithm: Algorithm,
  hexIn: (text: string) => string | undefined,
): readonly (Promised | undefined)[] {
  const texts = value.split(',').map((text) => text.trim());
  return texts
    .filter((text) => text !== '')
    .map((text) => {
      const hex = hexIn(text);
      return hex === undefined ? undefined : { algorithm, hex };
    });
}

function hexOf(algorithm: Algorithm, base64: string): string | undefined {
  return /^[A-Za-z0-9+/]+={0,2}$/.test(base64)
    ? normalHex(algorithm, Buffer.from(base64, 'base64').toString('hex'))
    : undefined;
}
