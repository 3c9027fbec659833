/**
 * Digests promised by response headers: Content-MD5 (RFC 1864, and Glance's hex), Repr-Digest and Content-Digest
 * (RFC 9530), Digest (RFC 3230).
 */

import type { Digest } from './digest.js';
import { algorithmOf, mergeDigests, normalHex, parseContentMd5 } from './digest.js';
import type { Headers } from './http.js';
import type { Warning } from './source.js';

export interface HeaderDigests {
  readonly digests: readonly Digest[];
  readonly warnings: readonly Warning[];
}

/**
 * @param wholeBody the response carries the whole object (200, or a range that covers all of it)
 * @param md5OfWhole Content-MD5 covers the whole object even on a part (Glance)
 */
export function headerDigests(headers: Headers, wholeBody: boolean, md5OfWhole: boolean): HeaderDigests {
  const warnings: Warning[] = [];
  const md5: Digest[] = [];
  const contentMd5 = headers.get('content-md5');
  if (contentMd5 !== undefined && (wholeBody || md5OfWhole)) {
    // Repeated fields arrive joined: every value is a promise, and two that differ cannot both be kept.
    for (const value of contentMd5.split(',')) {
      const hex = parseContentMd5(value);
      if (hex !== undefined) md5.push({ algorithm: 'md5', hex, from: 'header' });
      else if (value.trim() !== '') {
        warnings.push({
          code: 'integrity.header-ignored',
          message: 'Content-MD5 is neither hex nor base64 of 16 bytes: ignored',
        });
      }
    }
  }
  // Repr-Digest and Digest are of the whole representation also on a 206; Content-Digest is of this body.
  const structured = [headers.get('repr-digest'), wholeBody ? headers.get('content-digest') : undefined];
  return {
    digests: mergeDigests(
      structured.flatMap((value) => parseDictionary(value, /^([a-z0-9*._-]+)=:([A-Za-z0-9+/=]*):$/i)),
      parseDictionary(headers.get('digest'), /^([a-z0-9*._-]+)=([A-Za-z0-9+/]+=*)$/i),
      md5,
    ),
    warnings,
  };
}

function parseDictionary(value: string | undefined, member: RegExp): readonly Digest[] {
  if (value === undefined) return [];
  const found: Digest[] = [];
  for (const item of value.split(',')) {
    const [, name = '', base64 = ''] = member.exec(item.trim()) ?? [];
    const algorithm = algorithmOf(name);
    if (algorithm === undefined) continue;
    const hex = normalHex(algorithm, Buffer.from(base64, 'base64').toString('hex'));
    if (hex !== undefined) found.push({ algorithm, hex, from: 'header' });
  }
  return found;
}
