/** Response headers. An input has one field on each line; one called `:status` is the status. */
import { codingsOf } from '#imgdl/core/content-coding.js';
import { headerDigests } from '#imgdl/core/header-digest.js';
import { strongLastModified } from '#imgdl/core/http-date.js';
import { strongEtag, weakEtag } from '#imgdl/core/identity.js';
import { parseContentRange } from '#imgdl/core/ranges.js';
import { judge } from '#imgdl/core/response.js';
import { retryAfter } from '#imgdl/core/unavailable.js';
import { bodyLength, faultyFraming } from '#imgdl/http/framing.js';
import { responseHeaders } from '#imgdl/http/headers.js';
import { follow, startChain } from '#imgdl/http/redirect.js';
import { documentType } from '#imgdl/providers/uforge/document.js';
import { refusal, requireShowable, type Target } from '../target.js';

const isCount = (value: number | undefined): boolean =>
  value === undefined || (Number.isSafeInteger(value) && value >= 0);

function fieldsOf(input: Buffer): readonly string[] {
  return input
    .toString('latin1')
    .split('\n')
    .flatMap((line) => {
      const colon = line.indexOf(':', 1);
      return colon < 1 ? [] : [line.slice(0, colon), line.slice(colon + 1)];
    });
}

const ASK = {
  from: 1000,
  ranged: true,
  ifRange: true,
  conditional: '"one"',
  held: 1000,
  identity: { size: 4096, etag: '"one"' },
  validator: 'http',
  adopts: undefined,
  digestProves: false,
  headerDigest: 'body',
  webPageExpected: false,
  name: 'x.img',
  digestDecides: false,
} as const;

const fields: Target = {
  name: 'response-headers',
  words: [
    'content-range: bytes 1000-4095/4096\n',
    'content-length: ',
    'transfer-encoding: chunked\n',
    'content-md5: ',
    'repr-digest: sha-256=:',
    'x-goog-hash: md5=',
    'x-amz-checksum-sha256: ',
    'x-checksum-sha1: ',
    'retry-after: ',
    'date: Sun, 06 Nov 1994 08:49:37 GMT\n',
    'etag: W/"one"\n',
    'last-modified: Sunday, 06-Nov-94 08:49:37 GMT\n',
    'content-type: text/html\n',
    ':status: 206\n',
    ':status: 416\n',
    ':status: 304\n',
    ',',
    '=:',
  ],
  check(input) {
    const headers = responseHeaders(fieldsOf(input));
    const status = Number(/^[1-5][0-9][0-9]$/.exec(headers.get(':status')?.trim() ?? '')?.[0] ?? 200);
    const fault = faultyFraming(headers);
    if (fault === undefined && !isCount(bodyLength(status, headers))) throw new Error('a length that is none');
    const range = parseContentRange(headers.get('content-range') ?? '');
    if (range?.kind === 'range') {
      const { start, end } = range.range;
      if (!isCount(start) || !isCount(end) || start >= end || (range.total !== undefined && end > range.total)) {
        throw new Error(`not a range: ${start} ${end}`);
      }
    }
    const { retryAfterMs } = retryAfter(headers);
    if (retryAfterMs !== undefined && !isCount(retryAfterMs)) throw new Error(`not a time: ${retryAfterMs}`);
    const { digests, warnings } = headerDigests(headers, status === 200, false);
    for (const { hex } of digests) if (!/^(?:[0-9a-f]{2}){16,64}$/.test(hex)) throw new Error(`not a digest: ${hex}`);
    for (const { message } of warnings) requireShowable(message);
    const verdict = judge(ASK, { status, headers });
    if ('range' in verdict && !(isCount(verdict.range.start) && isCount(verdict.range.end)))
      throw new Error('not a range');
    if ('why' in verdict) requireShowable(verdict.why);
    const validators = [strongEtag(headers), weakEtag(headers), strongLastModified(headers)].map(
      (it) => it !== undefined,
    );
    const said = [codingsOf(headers.get('content-encoding')).length, documentType(headers)];
    return [verdict.kind, fault, range?.kind, retryAfterMs === undefined, digests.length, ...validators, ...said].join(
      ' ',
    );
  },
};

const redirect: Target = {
  name: 'redirect',
  words: [
    'http://',
    'https://',
    '//',
    'user:pw@',
    '127.0.0.1',
    '[::1]',
    '169.254.169.254',
    'localhost',
    '?x=1',
    '#f',
    'javascript:',
    'host',
  ],
  check(input) {
    try {
      const chain = follow(
        startChain(new URL('https://host.example/a?downloadId=secret-key')),
        302,
        input.toString('latin1'),
      );
      const to = chain.urls.at(-1);
      if (to?.protocol !== 'https:' || to.username !== '' || to.password !== '') throw new Error(`it leads to ${to}`);
      if (to.search.includes('secret-key') && !input.includes('secret-key')) throw new Error('the key went along');
      return `${chain.foreign} ${to.pathname.length > 1} ${to.search !== ''}`;
    } catch (error) {
      return refusal(error, /^(?:proto\.redirect|tls\.downgrade)$/);
    }
  },
};

export const HEADERS: readonly Target[] = [fields, redirect];
