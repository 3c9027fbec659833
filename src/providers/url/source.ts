import type { Code } from '../../core/error-codes.js';
import { AppError } from '../../core/errors.js';
import { quoteForeign, redactUrl } from '../../core/redact.js';
import type { Refusal, Source } from '../../core/source.js';
import { segmentsOf } from '../../core/url-path.js';
import { nameOfUrl, refOfUrl } from './address.js';

/** A file behind a URL. No request but the download itself: whatever is to be known is in its answer. */
export function urlSource(url: URL): Source {
  const name = nameOfUrl(url);
  const ref = refOfUrl(url);
  return {
    ref,

    async describe() {
      return {
        ref,
        ...(name === undefined ? {} : { name }),
        path: segmentsOf(url),
        fallbackName: '',
        identity: {},
        digests: [],
        opener: 'range',
        headerDigest: 'body',
        validator: 'http',
        webPageExpected: /\.x?html?$/i.test(url.pathname),
        warnings: [],
      };
    },

    async ticket(need) {
      if (need.reason === 'denied') {
        const { refusal } = need;
        throw (
          permissionError(url, refusal) ??
          refused(url, refusal, 'proto.status', 'the server refused the request', 'check the URL')
        );
      }
      return { url, headers: { accept: '*/*' }, singleUse: false, by: 'none' };
    },

    explain: (refusal) => permissionError(url, refusal),
  };
}

function permissionError(url: URL, refusal: Refusal): AppError | undefined {
  switch (refusal.status) {
    case 401:
      return refused(url, refusal, 'auth.refused', 'the server requires credentials', signedHint(url));
    case 403:
      return refused(url, refusal, 'auth.forbidden', 'the server denies access', signedHint(url));
    case 404:
    case 410:
      return refused(url, refusal, 'not-found.url', 'there is no such file', 'check the URL');
    case 204:
      return refused(url, refusal, 'not-ready.no-data', 'the server has no data', 'ask the owner of the file');
    default:
      return undefined;
  }
}

function signedHint(url: URL): string {
  return url.search === ''
    ? 'use a link that needs no login, or configure the server it belongs to'
    : 'the link may have expired: get a new one and run the command again with it; the partial download is kept';
}

function refused(url: URL, refusal: Refusal, code: Code, happened: string, hint: string): AppError {
  const said = refusal.text.trim() === '' ? '' : `: ${quoteForeign(refusal.text)}`;
  const message = `downloading ${redactUrl(url)}: ${happened} (HTTP ${refusal.status})${said}`;
  return new AppError(code, message, { hint, details: { status: refusal.status } });
}
