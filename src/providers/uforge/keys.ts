import { AppError } from '../../core/errors.js';
import { Secret } from '../../core/secret.js';
import { joinForeign } from './base.js';
import { UFORGE_CODES } from './error-codes.js';
import type { ImageFacts } from './image.js';
import type { GivenKey } from './image-url.js';
import { KEY_PARAMETERS, type KeyParameter, SHAPES } from './kinds.js';
import { downloadsUrl, type Resource } from './resource.js';

/** A URL that frees one request of authentication. */
export interface KeyLink {
  readonly url: URL;
  readonly key: Secret;
  readonly parameter: KeyParameter;
}

/** Parameters that would authorise beside the key. */
const CREDENTIAL_PARAMETERS = ['apiKey', 'signature'];

/**
 * The keyed link of a fresh object. `downloadUri` is used as it came when it carries the key; a bare one (bug 8437 of
 * UForge before 3.8, published images) gets the key appended, an absent one is the documented path.
 * @param other send the key under the other parameter than usual, after a refusal
 * @throws AppError uforge.no-uri, uforge.uri
 */
export function keyLink(resource: Resource, image: ImageFacts, other: boolean, what: string): KeyLink {
  const url = image.downloadUri === undefined ? downloadsUrl(resource) : joinForeign(resource.base, image.downloadUri);
  const carried = KEY_PARAMETERS.find((name) => (url.searchParams.get(name) ?? '') !== '');
  const value = carried === undefined ? undefined : (url.searchParams.get(carried) ?? undefined);
  const key = value === undefined ? image.downloadKey : new Secret(value);
  if (key === undefined) {
    throw new AppError(
      UFORGE_CODES['uforge.no-uri'],
      `${what}: the image has neither a download link nor a one-time download id`,
      {
        hint: 'use credentials with --via credentials, or generate the image again',
      },
    );
  }
  const usual = carried ?? SHAPES[resource.kind].parameters[0];
  const parameter = other ? otherThan(usual) : usual;
  const verbatim = carried === parameter && !CREDENTIAL_PARAMETERS.some((name) => url.searchParams.has(name));
  return { url: verbatim ? url : withKey(url, parameter, key), key, parameter };
}

/** The link for a one-time id that the user gave: under the path given with it, else the documented one. */
export function givenLink(resource: Resource, given: GivenKey): KeyLink {
  const path = given.url ?? downloadsUrl(resource);
  const url = new URL(path.origin + path.pathname);
  return { url: withKey(url, given.parameter, given.key), key: given.key, parameter: given.parameter };
}

function otherThan(parameter: KeyParameter): KeyParameter {
  return parameter === 'id' ? 'downloadId' : 'id';
}

function withKey(url: URL, parameter: KeyParameter, key: Secret): URL {
  const keyed = new URL(url);
  for (const name of [...KEY_PARAMETERS, ...CREDENTIAL_PARAMETERS]) keyed.searchParams.delete(name);
  keyed.searchParams.append(parameter, key.reveal());
  return keyed;
}
