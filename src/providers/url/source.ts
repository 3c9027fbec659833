import type { Code } from '../../core/error-codes.js';
import { AppError } from '../../core/errors.js';
import { formatOfName } from '../../core/image-format.js';
import { loginHint, type OriginCredentials, redirectedLoginHint } from '../../core/origin-credentials.js';
import { escapeControls, quoteForeign, redactUrl } from '../../core/redact.js';
import { redirectedWords } from '../../core/redirected-words.js';
import type { Refusal, Source } from '../../core/source.js';
import { segmentsOf } from '../../core/url-path.js';
import { nameOfUrl, refOfUrl } from './address.js';

/**
 * A file behind a URL. No request but the download itself: whatever is to be known is in its answer.
 * @param credentials for the origin of the URL
 */
export function urlSource(url: URL, credentials?: OriginCredentials): Source {
  const name = nameOfUrl(url);
  const ref = refOfUrl(url);
  const format = formatOfName(name);
  return {
    ref,

    async describe() {
      return {
        ref,
        ...(name === undefined ? {} : { name }),
        path: segmentsOf(url),
        fallbackName: '',
        ...(format === undefined ? {} : { format }),
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
        const { refusal, needsDigest = false } = need;
        throw (
          permissionError(url, refusal, credentials, needsDigest) ??
          refused(url, refusal, 'proto.status', 'the server refused the request', 'check the URL')
        );
      }
      const headers = { accept: '*/*', ...credentials?.headers };
      return { url, headers, singleUse: false, by: credentials?.by ?? 'none' };
    },

    explain: (refusal) => permissionError(url, refusal, credentials),
  };
}

/** @param needsDigest another link would continue what is held only with a digest of the user's */
function permissionError(
  url: URL,
  refusal: Refusal,
  credentials: OriginCredentials | undefined,
  needsDigest = false,
): AppError | undefined {
  const { status, redirected: answered = url } = refusal;
  const isElsewhere = answered.origin !== url.origin;
  const sent = isElsewhere ? undefined : credentials;
  const hint = sent === undefined ? accessHint(url, answered, needsDigest) : checkHint(sent);
  switch (status) {
    case 401: {
      const what = sent === undefined ? 'the server requires credentials' : 'the server refused the credentials';
      return refused(url, refusal, 'auth.refused', what, hint);
    }
    case 403:
      return refused(url, refusal, 'auth.forbidden', 'the server denies access', hint);
    case 404:
    case 410:
      return refused(url, refusal, 'not-found.url', 'there is no such file', 'check the URL');
    case 204:
      return refused(url, refusal, 'not-ready.no-data', 'the server has no data', 'ask the owner of the file');
    default:
      return undefined;
  }
}

function checkHint({ from }: OriginCredentials): string {
  return `check what ${escapeControls(from)} has for this server, and that it permits this file`;
}

/** A link that leads elsewhere is renewed by asking for it again. */
function accessHint(url: URL, answered: URL, needsDigest: boolean): string {
  if (answered.origin !== url.origin && url.search === '') return redirectedLoginHint(answered);
  if (url.search === '') return `${loginHint(url, ['with --header-file FILE'])}; or use a link that needs no login`;
  const renew =
    'the link may have expired: get a new one and run the command again with it; the partial download is kept';
  return needsDigest ? `${renew}, but add --checksum ALGO:HEX, or the new link may count as another file` : renew;
}

function refused(url: URL, refusal: Refusal, code: Code, happened: string, hint: string): AppError {
  const said = refusal.text.trim() === '' ? '' : `: ${quoteForeign(refusal.text)}`;
  const way = `${redactUrl(url)}${redirectedWords(refusal)}`;
  const message = `downloading ${way}: ${happened} (HTTP ${refusal.status})${said}`;
  return new AppError(code, message, { hint, details: { status: refusal.status } });
}
