import { AppError } from '../../core/errors.js';
import type { Secret } from '../../core/secret.js';
import type { KeyParameter, Kind } from './kinds.js';
import { parseUid } from './options.js';
import type { Resource } from './resource.js';
import { isId, requireId } from './words.js';

/** A key that came in a URL, with the parameter it came in. */
export interface GivenKey {
  readonly key: Secret;
  readonly parameter: KeyParameter;
  /** Where it is to be sent when the user gave a whole link. */
  readonly url?: URL;
}

/** What a path says of an image. */
export interface Place {
  readonly kind: Kind;
  /** Encoded as it came. */
  readonly uid: string;
  /** Decimals, outermost first. */
  readonly ids: readonly string[];
}

const TAIL = '(?:/downloads(?:/[^/]*)?)?/?$';
const USER = '^(.*)/users/([^/]+)';
const PATTERNS: readonly { readonly kind: Kind; readonly pattern: RegExp }[] = [
  { kind: 'image', pattern: new RegExp(`${USER}/appliances/([0-9]+)/images/([0-9]+)${TAIL}`) },
  { kind: 'pimage', pattern: new RegExp(`${USER}/appliances/([0-9]+)/pimages/([0-9]+)${TAIL}`) },
  // The only GET of a single published image names its source image too.
  { kind: 'pimage', pattern: new RegExp(`${USER}/appliances/([0-9]+)/images/[0-9]+/pimages/([0-9]+)/?$`) },
  { kind: 'container', pattern: new RegExp(`${USER}/mysoftware/([0-9]+)/templates/([0-9]+)/images/([0-9]+)${TAIL}`) },
  { kind: 'scan', pattern: new RegExp(`${USER}/scannedinstances/([0-9]+)/scans/([0-9]+)/images/([0-9]+)${TAIL}`) },
];

function matchPath(path: string): (Place & { readonly prefix: string }) | undefined {
  for (const { kind, pattern } of PATTERNS) {
    const match = pattern.exec(path);
    if (match !== null) {
      const [, prefix = '', uid = '', ...ids] = match;
      return { kind, prefix, uid, ids };
    }
  }
  return undefined;
}

export function looksLikeUForge(url: URL): boolean {
  return matchPath(url.pathname) !== undefined;
}

/** Of a `uri` in an answer, which is relative to the base: `users/alice/appliances/747/images/1095`. */
export function placeOf(uri: string): Place | undefined {
  const place = matchPath(`/${uri.replace(/[?#].*$/s, '')}`);
  return place?.ids.every(isId) === true ? place : undefined;
}

/**
 * The resource that a URL names.
 * @throws AppError usage.url, usage.id, usage.option
 */
export function resourceOfUrl(url: URL): Resource {
  const found = matchPath(url.pathname);
  if (found === undefined) {
    throw new AppError('usage.url', 'the URL is not a UForge image URL', {
      hint: 'use …/users/LOGIN/appliances/ID/images/ID, or remove --as uforge',
    });
  }
  return {
    base: { endpoint: url.origin + found.prefix.replace(/\/+$/, '') },
    kind: found.kind,
    uid: uidOfUrl(found.uid),
    ids: found.ids.map((id) => requireId(id, 'the URL')),
  };
}

/** @throws AppError usage.url, usage.option */
export function uidOfUrl(encoded: string): string {
  let uid: string;
  try {
    uid = decodeURIComponent(encoded);
  } catch {
    throw new AppError('usage.url', 'the user in the UForge URL is not valid percent-encoding', {
      hint: 'copy the URL again from the AppCenter',
    });
  }
  return parseUid(uid);
}
