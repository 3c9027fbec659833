import { AppError } from '../../core/errors.js';
import { redactUrl } from '../../core/redact.js';

/** What an image's URL says: the base of the service, and the image. */
export interface ImageUrl {
  readonly base: URL;
  readonly id: string;
}

const IMAGE_PATH =
  /^(.*)\/v2(?:\.\d{1,3})?\/images\/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(?:\/file)?\/?$/i;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The id in the one spelling Glance finds: lower case with dashes. Everything else it answers with 404. */
export function imageIdOf(text: string): string | undefined {
  return UUID.test(text) ? text.toLowerCase() : undefined;
}

/** `…/v2/images/{uuid}[/file]` */
export function imageUrlOf(url: URL): ImageUrl | undefined {
  const match = IMAGE_PATH.exec(url.pathname);
  const id = imageIdOf(match?.[2] ?? '');
  if (match === null || id === undefined) return undefined;
  return { base: new URL((match[1] ?? '').replace(/\/+$/, '') || '/', url.origin), id };
}

/** @throws AppError usage.url */
export function requireImageUrl(url: URL): ImageUrl {
  const wrong = (why: string) =>
    new AppError('usage.url', `reading ${redactUrl(url)}: ${why}`, {
      hint: 'use https://HOST[:PORT][/PATH]/v2/images/UUID/file',
    });
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw wrong('it is not http(s)');
  if (url.username !== '' || url.password !== '') throw wrong('it contains a user name or password');
  const found = imageUrlOf(url);
  if (found === undefined) throw wrong('it is not an image URL of the Image API v2');
  return found;
}
