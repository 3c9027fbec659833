import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeControls, quoteForeign, redactText, redactUrl, shorten } from '#imgdl/core/redact.js';
import { anyText } from '../support/any-text.js';
import { cpuMs } from '../support/cpu-time.js';

const CANARY = 'CANARY7xQ';
/** Anything that acts on a terminal, hides, or reorders. Written down again, independently of the product. */
const ACTS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u115f\u1160\u3164\uffa0]/u;

const HIDDEN: readonly (readonly [string, string])[] = [
  ['a user and password', `https://user:${CANARY}@host/`],
  ['an @ in the password', `https://user:p@${CANARY}@host/`],
  ['a carriage return in the password', `https://user:pa\r${CANARY}@host/`],
  ['a line feed and a tab in the password', `https://user:pa\n\t${CANARY}@host/`],
  ['a backslash in the password', `https://user:pa\\rss${CANARY}@host/`],
  ['a quote in the password', `https://user:'${CANARY}'@host/`],
  ['a scheme in capitals', `HTTPS://USER:${CANARY}@HOST/`],
  ['a proxy of another scheme', `socks5://user:${CANARY}@proxy:1080`],
  ['slashes escaped as in JSON', `https:\\/\\/user:${CANARY}@host\\/x`],
  ['a whole URL percent-encoded', `next=https%3A%2F%2Fuser%3A${CANARY}%40host%2F`],
  ['a URL cut within its userinfo', `proxy http://user:${CANARY}…`],
  ['a one-time download id in the query', `/downloads/x?downloadId=${CANARY}`],
  ['a one-time download id as a path parameter', `/downloads/x;downloadId=${CANARY}`],
  ['a one-time download id as a path segment', `/downloads/downloadId/${CANARY}/x`],
  ['a key of the query that is percent-encoded', `/x?download%49d=${CANARY}`],
  ['a key of the query that nobody knows', `/x?${'k'.repeat(60)}[0]=${CANARY}`],
  ['a signature after an entity', `/x?a=1&amp;signature=${CANARY}`],
  ['a signature that begins with a percent sign', `/x?a=1&signature=%2B${CANARY}`],
  ['a signature with a quote inside', `/x?a=1&signature=a'${CANARY}`],
  ['a token in a fragment', `https://host/#access_token=${CANARY}`],
  ['a query inside of a query', `/login?next=%2Fx%3FdownloadId%3D${CANARY}`],
  ['a query percent-encoded on its own', `to %2Fx%3Fa%3D1%26downloadId%3D${CANARY}`],
  ['JSON', `{"password": "${CANARY}"}`],
  ['JSON with a blank in the value', `{"password": "x ${CANARY}"}`],
  ['JSON with a quote in the value', `{"password": "x\\" ${CANARY}"}`],
  ['JSON that is cut in the value', `{"password": "x y ${CANARY}`],
  ['JSON inside of JSON', `{"body": "{\\"password\\": \\"x ${CANARY}\\"}"}`],
  ['JSON with an object of that name', `{"token":{"id":"${CANARY}"}}`],
  ['a Python dict', `{'adminPass': 'x ${CANARY}'}`],
  ['XML', `<downloadKey>${CANARY}</downloadKey>`],
  ['XML with prefix and attribute', `<ns0:password kind="x">a ${CANARY}</ns0:password>`],
  ['a token field', `X-Auth-Token: ${CANARY}`],
  ['a subject token field', `x-subject-token: ${CANARY}`],
  ['basic credentials', `Authorization: Basic ${CANARY}==`],
  ['a bearer token', `authorization: bearer ${CANARY}`],
  ['several parameters of a credential', `Authorization: Digest username="a", response="${CANARY}"`],
  ['proxy credentials', `Proxy-Authorization: Basic ${CANARY}`],
  ['a cookie', `Cookie: a=1; JSESSIONID=${CANARY}`],
  ['basic credentials without the name of a field', `sent Basic ${CANARY}`],
  ['a bearer token without the name of a field', `sent Bearer ${CANARY}`],
  ['a Fernet token on its own', `token gAAAAAB${CANARY}-x_y is expired`],
  ['a JSON web token on its own', `eyJhbGciOi.${CANARY}.x`],
  ['a variable of the environment', `OS_PASSWORD=${CANARY}`],
  ['an application credential', `application_credential_secret: ${CANARY}`],
  ['an API key', `secretKey=${CANARY} publicKey=${CANARY}`],
  ['a pass code in quotes', `passcode = '${CANARY} x'`],
  ['a name and value percent-encoded', `password%3D${CANARY}`],
];

describe('redaction of a text', () => {
  it.each(HIDDEN)('hides %s', (_, text) => {
    expect(redactText(text)).not.toContain(CANARY);
    expect(redactText(text)).toContain('***');
    expect(quoteForeign(text)).not.toContain(CANARY);
  });

  it.each(HIDDEN)('hides %s in the middle of a sentence, too', (_, text) => {
    if (text.endsWith('…')) return expect(redactText(`see ${text}`)).not.toContain(CANARY);
    const sentence = `GET https://other.example/a: ${text}`;
    expect(redactText(sentence)).not.toContain(CANARY);
    expect(redactText(sentence)).toContain('GET https://');
  });

  it.each([
    ...['token', 'X-Auth-Token', 'X-Subject-Token', 'X-Service-Token', 'refresh_token', 'password', 'passwd', 'pwd'],
    ...['passcode', 'passphrase', 'adminPass', 'OS_PASSWORD', 'secret', 'client-secret', 'signature', 'downloadId'],
    ...['download_id', 'download-key', 'DOWNLOADKEY', 'api_key', 'apiKey', 'secret-key', 'public_key', 'privateKey'],
    ...['access_key', 'db.password'],
  ])('hides what is called %s, however it is written', (name) => {
    expect(
      [`${name}: ${CANARY}`, `${name}=${CANARY},`, `${name}%3D${CANARY}`, `"${name}":"${CANARY}"`].map(redactText),
    ).toEqual([`${name}: ***`, `${name}=***`, `${name}%3D***`, `"${name}":***`]);
    expect(redactText(`<${name}>${CANARY} x</${name}>`)).toBe(`<${name}>***</${name}>`);
    expect(redactText(`<${name} lang="en">${CANARY}</${name}>`)).toBe(`<${name} lang="en">***</${name}>`);
  });

  it.each(['Authorization', 'proxy-authorization', 'Cookie', 'SET-COOKIE'])(
    'hides all that the field %s has, to the end of the line',
    (name) => {
      expect(redactText(`${name}: a=1; ${CANARY}\nnext`)).toBe(`${name}: ***\nnext`);
      expect(redactText(`{"${name}": "x", "b": "${CANARY}"}`)).toBe(`{"${name}": ***`);
    },
  );

  it.each([
    'Basic authentication failed',
    'the password is wrong',
    'WWW-Authenticate: Basic realm="UForge"',
    'see http://example.com/a and write to admin@example.com',
    'at 10:20 http://host:80/path',
    'sha256:0123 is not the promised digest',
    'use --password-file - <FILE',
    'Could not find image: b7c1, domain Default',
    'https://host/a/b@c/d',
    'POST https://host/realms/lab/token: the identity provider refused the client',
    'GET http://127.0.0.1:9/v1/access-token: connection refused',
    'GET http://127.0.0.1:9/Cookie: connection refused',
    'reading the secret in /run/secrets/password: there is no such file',
    'reading the secret in /run/secrets/uforge-password: permission denied (EACCES)',
    'saving in /etc/passwd: it is not a directory',
    'writing ~/keys/secret: no space is left on the disk (ENOSPC)',
    'opening ../my.token: permission denied (EACCES)',
    '"/srv/images/cookie: jar" is not the name of a file',
    'IMGDL_PASSWORD: the secret is empty',
    'IMGDL_SECRET_KEY: the secret contains a line break or a NUL',
    '--download-id: the value is not a download id',
    '--password: there is no such option',
  ])('leaves a sentence without secret alone: %s', (text) => {
    expect(redactText(text)).toBe(text);
  });

  it.each([
    ['a value that begins like a word', `password: there${CANARY}`],
    ['a value that begins like a word with a hyphen', `password: the-${CANARY}`],
    ['a quoted value that begins like a sentence', `password: "the ${CANARY}"`],
    ['a value behind a path', `https://host/token=${CANARY}`],
    ['a value that follows a URL', `see https://host/a token: ${CANARY}`],
    ['a header behind a slash that is no URL', `a/cookie: x=${CANARY}`],
    ['a value behind a slash that is no URL', `wrong user/password: ${CANARY}`],
    ['a value on the line after a path', `/etc/imgdl/secret: password: ${CANARY}`],
    ['a value behind the end of a path, without a blank', `/run/secrets/password:${CANARY}`],
    ['a value that a path does not end before', `reading /run/x, password: ${CANARY}`],
  ])('hides %s', (_, text) => {
    expect(redactText(text)).not.toContain(CANARY);
  });

  it('believes nothing but a sentence of ours about the end of a path: a server may write a secret behind it', () => {
    expect(quoteForeign(`wrong /v3/password: ${CANARY}`)).toBe('"wrong /v3/password: ***"');
  });

  it('leaves the sentences of this program alone: what is masked there helps nobody', () => {
    const masked = ownSentences().filter((sentence) => redactText(sentence) !== sentence);
    expect(masked).toEqual([]);
    expect(ownSentences().length).toBeGreaterThan(500);
  });

  const query = `http://127.0.0.1:1/x?token=${CANARY}&y`;
  it.each([
    ['a colon', `GET ${query}=a: connection refused`, 'GET http://127.0.0.1:1/x?token=***&y=***: connection refused'],
    ['a full stop', `see ${query}=a.`, 'see http://127.0.0.1:1/x?token=***&y=***.'],
    ['a comma', `${query}=a, then`, 'http://127.0.0.1:1/x?token=***&y=***, then'],
    ['brackets', `(${query}=a); then`, '(http://127.0.0.1:1/x?token=***&y=***); then'],
    ['nothing but a colon', `${query}=: refused`, 'http://127.0.0.1:1/x?token=***&y=***: refused'],
    ['what was redacted already', '/x?y=***: refused', '/x?y=***: refused'],
  ])('leaves the sentence around a query alone: %s', (_, text, shown) => {
    expect(redactText(text)).toBe(shown);
    expect(redactText(redactText(text))).toBe(shown);
  });

  it.each([
    ['before the next parameter', `/x?sig=${CANARY}.:&y=1`, '/x?sig=***&y=***'],
    ['inside of a value', `/x?sig=a:.${CANARY},b c`, '/x?sig=*** c'],
    ['before a quote', `"/x?sig=${CANARY})"`, '"/x?sig=***"'],
  ])('hides punctuation that belongs to a value: %s', (_, text, shown) => {
    expect(redactText(text)).toBe(shown);
  });

  it.each([
    ['a field', `X-Auth-Token: ***${CANARY}`, 'X-Auth-Token: ***'],
    ['a name in prose', `password=***${CANARY} (try later)`, 'password=*** (try later)'],
    ['with punctuation behind them', `token: ***,${CANARY}`, 'token: ***'],
    ['with a parameter behind them', `token: ***&${CANARY}`, 'token: ***'],
    ['a query', `http://h/x?token=***${CANARY}&y=1`, 'http://h/x?token=***&y=***'],
    ['in quotes', `{"token":"***${CANARY}"}`, '{"token":***}'],
  ])('a secret that begins with asterisks is not taken for one that was masked already: %s', (_, text, shown) => {
    expect(redactText(text)).toBe(shown);
    expect(redactText(redactText(text))).toBe(shown);
  });

  it('says no more after a second pass', () => {
    for (const [, text] of HIDDEN) expect(redactText(redactText(text))).not.toContain(CANARY);
  });

  it('takes time in proportion to the text', async () => {
    const hostile = [
      'a ',
      '://',
      '?a',
      '"',
      '%3f',
      'token',
      '\\"',
      '<a',
      'https://a:',
      'password: "',
      '?a=.',
      '?a=.:&',
      ':.)x',
    ];
    hostile.push(`?a=${':'.repeat(1_000)}`, `?a=${'x:'.repeat(50_000)}&`);
    for (const unit of hostile) {
      const text = unit.repeat(Math.ceil(100_000 / unit.length));
      expect(await cpuMs(() => redactText(text))).toBeLessThan(1_500);
    }
  });
});

/** Ways a value travels; each gives the text and what must not be seen in it. */
const secret = fc.string({ unit: fc.constantFrom(...'abcXYZ019@:!$~*()+,; %\\'), minLength: 0, maxLength: 12 });
const wrapped = fc
  .tuple(
    secret,
    fc.constantFrom<((value: string) => string)[]>(
      (value) => `https://u:${encodeURIComponent(value)}@h/`,
      (value) => `https://h/?downloadId=${encodeURIComponent(value)}&x=1`,
      (value) => `https://h/?a=1&signature=${encodeURIComponent(value)}`,
      (value) => JSON.stringify({ auth: { password: value } }),
      (value) => JSON.stringify({ nested: JSON.stringify({ secret: value }) }),
      (value) => `Authorization: Bearer ${value.replace(/\s/g, '')}`,
      (value) => `X-Auth-Token: ${value.replace(/\s/g, '')}`,
      (value) => `<password>${value}</password>`,
    ),
    fc.constantFrom('', 'could not open ', 'a\u001b[31m ', '"quoted": '),
    fc.constantFrom('', ' (try later)', '\r\n::error::x'),
  )
  .map(([value, wrap, before, after]) => before + wrap(value.slice(0, 6) + CANARY + value.slice(6)) + after);

it('no way of writing a secret gets it through', () => {
  fc.assert(
    fc.property(wrapped, (text) => {
      expect(redactText(text)).not.toContain(CANARY);
      expect(quoteForeign(text)).not.toContain(CANARY);
    }),
    { numRuns: 2_000 },
  );
});

describe("a server's text in a sentence", () => {
  it.each([
    ['markup is dropped', '<html><body><h1>404</h1> not here</body></html>', '"404 not here"'],
    ['style sheets and scripts are dropped', '<style>a{b:c}</style><script>x()</script>gone', '"gone"'],
    ['blanks and line breaks are one blank', ' a \r\n\t b ', '"a b"'],
    ['an escape sequence is shown, not obeyed', 'a\u001b[2Jb', '"a\\x1b[2Jb"'],
    ['C1 controls are shown', 'a\u009bb', '"a\\x9bb"'],
    ['a bidirectional override is shown', 'a\u202eb', '"a\\u202eb"'],
    ['an invisible tag character is shown', 'a\u{e0041}b', '"a\\u{e0041}b"'],
    ['any other format character is shown', 'a\u0600\u{110bd}b', '"a\\u0600\\u{110bd}b"'],
    ['a lone surrogate is shown', 'a\ud800b', '"a\\ud800b"'],
    ['quotes cannot end the quotation', 'say "no"', `"say 'no'"`],
    ['nothing is an empty quotation', '', '""'],
    [
      'the bytes of an image are no words',
      Buffer.from('QFI\xfb\0\0\0\x03\0\0\0\0\0\0\0\0', 'latin1').toString(),
      '(binary data)',
    ],
    ['compressed bytes are none', gzipSync('a refusal in many words '.repeat(9)).toString(), '(binary data)'],
    [
      'words in another encoding are words',
      Buffer.from('Zugriff verweigert für Gäste', 'latin1').toString(),
      '"Zugriff verweigert f\ufffdr G\ufffdste"',
    ],
    ['eight of 32 characters that are none make no text', '\ufffd'.repeat(8) + 'x'.repeat(24), '(binary data)'],
    ['eight of 33 are not enough', '\ufffd'.repeat(8) + 'x'.repeat(25), `"${'\ufffd'.repeat(8)}${'x'.repeat(25)}"`],
    ['seven never are', '\ufffd'.repeat(7), `"${'\ufffd'.repeat(7)}"`],
    ['the beginning tells', 'x'.repeat(256) + '\ufffd'.repeat(256), `"${'x'.repeat(256)}${'\ufffd'.repeat(43)}…"`],
    ['a workflow command does not start a line', '::error::x', '"::error::x"'],
    ['300 characters are shown whole', 'x '.repeat(150), `"${'x '.repeat(150).trim()}"`],
    ['of more, as many with the sign that it goes on', 'x'.repeat(301), `"${'x'.repeat(299)}…"`],
  ])('%s', (_, text, shown) => {
    expect(quoteForeign(text)).toBe(shown);
  });

  it('is one quoted line of at most 302 characters in which nothing acts on a terminal, or no text at all', () => {
    const chars = fc.oneof(
      anyText(2_000),
      fc.string({
        unit: fc.constantFrom('\u001b', '\n', '\u202e', '\ud800', '"', '<', 'x', '\u{e0041}'),
        maxLength: 900,
      }),
    );
    fc.assert(
      fc.property(chars, (text) => {
        const shown = quoteForeign(text);
        expect(shown).toMatch(/^"[^"]*"$|^\(binary data\)$/);
        expect(shown.length).toBeLessThanOrEqual(302);
        expect(ACTS.test(shown)).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });

  it('a secret that the cut of a megabyte goes through is not shown', () => {
    for (const url of [`http://user:${CANARY}`, `http://h/?downloadId=${CANARY}`, `password=${CANARY}`]) {
      const text = `${' '.repeat(4_096 - url.length - 1)}${url}${'x'.repeat(1_000_000)}@host/`;
      expect(quoteForeign(text)).not.toContain(CANARY);
    }
  });
});

describe('escaping and shortening', () => {
  it('escapeControls leaves nothing that acts and is idempotent', () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        const shown = escapeControls(text);
        expect(ACTS.test(shown)).toBe(false);
        expect(escapeControls(shown)).toBe(shown);
      }),
    );
  });

  it.each([
    ['a line break', 'a\nb', 'a\\nb'],
    ['a carriage return', 'a\rb', 'a\\rb'],
    ['a tab', 'a\tb', 'a\\tb'],
    ['a bell', 'a\u0007b', 'a\\x07b'],
    ['the last control character of Latin-1', 'a\u009fb', 'a\\x9fb'],
    ['a character right beyond Latin-1', 'a\u034fb', 'a\\u034fb'],
    ['a character beyond Latin-1', 'a\u2028b', 'a\\u2028b'],
    ['a character of another plane', 'a\u{e0041}b', 'a\\u{e0041}b'],
  ])('escapeControls shows %s', (_, text, shown) => {
    expect(escapeControls(text)).toBe(shown);
  });

  it('escapeControls leaves letters, accents and emoji alone', () => {
    expect(escapeControls('Zoë 東京 😀 – "x"')).toBe('Zoë 東京 😀 – "x"');
  });

  it.each([
    ['what fits stays', 'abcd', 'abcd'],
    ['what does not ends with a sign of it', 'abcde', 'abc…'],
    ['a character of two units in front of the cut stays whole', 'a😀bc', 'a😀…'],
    ['one that the cut goes through goes', 'ab😀c', 'ab…'],
    ['one behind the cut is not looked at', 'abc😀', 'abc…'],
  ])('shorten to 4 units: %s', (_, text, short) => {
    expect(shorten(text, 4)).toBe(short);
  });

  it('shorten keeps the limit and never cuts a character in half', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 2, max: 20 }), (text, limit) => {
        const short = shorten(text, limit);
        expect(short.length).toBeLessThanOrEqual(limit);
        expect(/\p{Surrogate}/u.test(short)).toBe(false);
        if (text.length <= limit) expect(short).toBe(text);
      }),
    );
  });
});

describe('a URL for people', () => {
  it.each([
    ['userinfo is left out', 'https://u:p@h/a', 'https://h/a'],
    ['every value of the query is masked, names stay', 'http://h/a?id=1&x=%2B2', 'http://h/a?id=***&x=***'],
    ['a query without names is masked whole', 'http://h/a?SECRET', 'http://h/a?***'],
    ['a flag among parameters is masked', 'http://h/a?x=1&SECRET', 'http://h/a?x=***&***'],
    ['the fragment is left out', 'http://h/a#token=1', 'http://h/a'],
    [
      'a one-time download id among path parameters is masked',
      'http://h/a;downloadId=1?b=2',
      'http://h/a;downloadId=***?b=***',
    ],
    ['a port stays', 'http://h:8080/', 'http://h:8080/'],
    ['controls and bidi in the path are encoded', 'http://h/\u202ea', 'http://h/%E2%80%AEa'],
    ['a proxy without scheme, which parses as one, is not shown', 'user:SECRET@proxy:3128', '(malformed URL)'],
    ['what is no URL is not shown', 'http://u:SECRET@', '(malformed URL)'],
    ['a text is not shown', 'SECRET', '(malformed URL)'],
    ['a file has no host', 'file:///etc/imgdl.yaml', 'file:///etc/imgdl.yaml'],
    ['it is cut at 1000 characters', `https://h/${'a'.repeat(991)}`, `https://h/${'a'.repeat(989)}…`],
    ['of 1000 characters it is whole', `https://h/${'a'.repeat(990)}`, `https://h/${'a'.repeat(990)}`],
    ['empty parameters are none', 'http://h/?&&', 'http://h/'],
    ['so is a question mark alone', 'http://h/?', 'http://h/'],
  ])('%s', (_, url, shown) => {
    expect(redactUrl(url)).toBe(shown);
  });

  // fc.webUrl() is the same and more, and takes six seconds.
  const pages = fc
    .tuple(
      fc.constantFrom('http', 'https'),
      fc.constantFrom('h', 'a.example', '203.0.113.9:8080', '[2001:db8::1]'),
      fc.webPath(),
      fc.webQueryParameters(),
    )
    .map(([scheme, host, path, query]) => `${scheme}://${host}${path}?${query}`);

  it('never shows a canary that is no part of host or path', () => {
    fc.assert(
      fc.property(pages, secret, (base, value) => {
        const url = new URL(base);
        url.username = 'u';
        url.password = value + CANARY;
        url.searchParams.set('downloadId', CANARY + value);
        url.hash = CANARY;
        expect(redactUrl(url)).not.toContain(CANARY);
      }),
    );
  });
});

/** Texts of the sources that have a blank, with a word for each value. Examples of commands are typed and not told. */
function ownSentences(): readonly string[] {
  const root = fileURLToPath(new URL('../../src/', import.meta.url));
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /^(?!sandbox).*\.ts$/.test(name),
  );
  return files
    .filter((name) => name !== 'core/redact.ts')
    .flatMap((name) => {
      let text = readFileSync(`${root}${name}`, 'utf8');
      for (let before = ''; before !== text; ) {
        before = text;
        text = text.replace(/\$\{[^{}]*\}/g, 'x');
      }
      return [...text.matchAll(/'((?:[^'\\\n]|\\.)*)'|`((?:[^`\\]|\\.)*)`/g)].map(
        ([, plain, template]) => plain ?? template ?? '',
      );
    })
    .filter((sentence) => sentence.includes(' ') && !/^imgdl |\$\{/.test(sentence));
}
