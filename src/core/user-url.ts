import { AppError } from './errors.js';
import { redactUrl } from './redact.js';
import { rememberQuery } from './vault.js';

/** Is the text meant as a URL, of whatever scheme, and not as a path? */
export function isUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
}

/**
 * A URL as a user types it. The text is never quoted: it may carry a signature or a one-time key.
 * @throws AppError usage.url
 */
export function parseUrl(text: string): URL {
  // The URL parser drops tabs and line ends without a word, and blanks at both ends.
  if (/[\u0000-\u0020\u007f]/.test(text)) {
    throw new AppError('usage.url', 'the URL contains spaces, line breaks or control characters', {
      hint: 'quote the URL, and write a space as %20',
    });
  }
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new AppError('usage.url', 'the URL is malformed', {
      hint: 'use the full URL, as in https://host/path/image.qcow2',
    });
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new AppError('usage.url', `the URL is not http(s) but ${url.protocol.slice(0, 20)}`, {
      hint: 'use an http or https URL',
    });
  }
  if (url.username !== '' || url.password !== '') {
    throw new AppError('usage.url', `the URL ${redactUrl(url)} contains a user name or password`, {
      hint: 'remove them, because URLs end up in logs and process lists; for a plain URL, use --netrc or --header-file FILE',
    });
  }
  rememberQuery(url);
  url.hash = '';
  return url;
}
