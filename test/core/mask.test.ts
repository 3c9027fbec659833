import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMask, UNMISTAKABLE, type Whose } from '#imgdl/core/mask.js';
import { cpuMs } from '../support/cpu-time.js';

function mask(secrets: readonly string[], text: string, whose: Whose = 'ours'): string {
  const known = createMask();
  for (const secret of secrets) known.add(secret);
  return known.apply(text, whose);
}

const SECRET = 'pa"5s<w>o&rd';
describe('a known secret is masked', () => {
  it.each([
    ['plain', `login ${SECRET} failed`],
    ['inside of a word', `login${SECRET}failed`],
    ['percent-encoded', `login ${encodeURIComponent(SECRET)} failed`],
    ['percent-encoded in part', 'login pa%225s<w%3Eo&rd failed'],
    ['as text of XML', 'login pa&quot;5s&lt;w&gt;o&amp;rd failed'],
    ['as JSON', 'login pa\\"5s<w>o&rd failed'],
    ['as JSON, percent-encoded', `login ${encodeURIComponent('pa\\"5s<w>o&rd')} failed`],
    ['as XML in JSON', 'login pa&quot;5s\\u003cw\\u003Eo&amp;rd failed'],
    ['in hex', `login ${Buffer.from(SECRET).toString('hex')} failed`],
    ['in base64', `login ${Buffer.from(`u:${SECRET}`).toString('base64')} failed`],
    ['in base64 with other bytes in front', `login ${Buffer.from(`us:${SECRET}x`).toString('base64')} failed`],
    ['in base64 of URLs', `login ${Buffer.from(`use:${SECRET}`).toString('base64url')} failed`],
  ])('%s', (_, text) => {
    expect(
      mask([SECRET], text)
        .replace(/^login\*/, 'login *')
        .replace(/\*failed$/, '* failed'),
    ).toBe('login *** failed');
  });

  it('as far as it goes at the end of a text that was cut', () => {
    expect(mask([SECRET], 'login pa"5s…')).toBe('login ***…');
    expect(mask([SECRET], 'login pa%225s…')).toBe('login ***…');
    expect(mask([SECRET], 'login pa"5s\ufffd…')).toBe('login ***\ufffd…');
    expect(mask([SECRET], 'login pa"5s')).toBe('login pa"5s');
  });

  it.each<[string, readonly string[], string, string]>([
    ['one is the beginning of another', ['secret-one', 'secret-one-two'], 'a secret-one-two b', 'a *** b'],
    ['one is within another', ['middle-of-it', 'the-middle-of-it-all'], 'a the-middle-of-it-all b', 'a *** b'],
    ['two overlap', ['abcdefgh', 'efghijkl'], 'x abcdefghijkl y', 'x *** y'],
    ['one overlaps itself', ['ababababab'], 'x abababababab y', 'x *** y'],
    ['two are there', ['abcdefgh', 'ijklmnop'], 'abcdefgh and ijklmnop', '*** and ***'],
    ['two touch', ['abcdefgh', 'ijklmnop'], 'abcdefghijklmnop', '***'],
    ['one is a character', ['x', 'xylophone1'], 'the xylophone1, x', 'the ***, x'],
    ['one is there again, in another writing before', ['abcdefgh'], 'YWJjZGVmZ2g= is abcdefgh', '*** is ***'],
  ])('whole, where %s', (_, secrets, text, shown) => {
    expect(mask(secrets, text)).toBe(shown);
    expect(mask([...secrets].reverse(), text)).toBe(shown);
  });

  const [whole, hex, base64, base64url] = ['canary???>>>~~~ö??', 'hex', 'base64', 'base64url'] as const;
  it.each([
    ['hex in capitals', Buffer.from(whole).toString(hex).toUpperCase()],
    ['base64 with its two signs', Buffer.from(whole).toString(base64)],
    ['base64 of URLs with its two', Buffer.from(whole).toString(base64url)],
    ['base64 in the middle of base64', Buffer.from(`us:${whole}:x`).toString(base64url)],
  ])('in %s, whole', (_, text) => {
    expect(mask([whole], `(${text})`)).toBe('(***)');
    expect(mask([whole], text)).toBe('***');
  });
});

describe('how much of a secret is one', () => {
  it.each<[string, string, Whose, string, string]>([
    ['eight characters are, wherever they stand', 'canary12', 'ours', 'xcanary12y', 'x***y'],
    ['seven only as a word', 'canary1', 'theirs', 'xcanary1y', 'xcanary1y'],
    ['seven not in words of ours', 'canary1', 'ours', 'x canary1 y', 'x canary1 y'],
    ['four are in hex', 'abcd', 'ours', '61626364', '***'],
    ['three are not: so are many numbers', 'abc', 'theirs', '616263', '616263'],
    ['five are in base64', 'abcde', 'ours', 'YWJjZGU=', '***'],
    ['four are not: so are words', 'abcd', 'theirs', 'YWJjZA==', 'YWJjZA=='],
    [
      'a word ends at any letter',
      'zyx9',
      'theirs',
      'zyx9é ézyx9 _zyx9 zyx9_ 7zyx9 -zyx9-',
      'zyx9é ézyx9 _zyx9 zyx9_ 7zyx9 -***-',
    ],
    ['four are at the end of a text that was cut', 'canary-cut', 'ours', 'said cana…', 'said ***…'],
    ['three are not', 'canary-cut', 'ours', 'said can…', 'said can…'],
    ['all of them', 'canary-cut', 'ours', 'said canary-cut…', 'said ***…'],
    ['nor is what goes on in another way', 'canary-cut', 'ours', 'said canax…', 'said canax…'],
    ['even for three characters', 'canary-cut', 'ours', 'said canaxyz…', 'said canaxyz…'],
    ['nor the beginning of a short one', 'canary1', 'theirs', 'said cana…', 'said cana…'],
    ['nor one that goes on behind the cut', 'canary-cut', 'ours', 'said cana… and more', 'said cana… and more'],
    ...[
      '%',
      '%2',
      '\\',
      '\\u',
      '\\u00e',
      '\\u{1f60',
      '\\x',
      '&',
      '&am',
      '&#x4',
      '\ufffd',
      'Ã',
      '\ufffd\ufffd',
      'Ã\u0083\u0082',
    ].map((half): [string, string, Whose, string, string] => [
      `half a character behind it is none of its own: ${half}`,
      'canary-cut',
      'ours',
      `said cana${half}…`,
      `said ***${half}…`,
    ]),
    ['four such are too many', 'canary-cut', 'ours', 'said canaÃÃÃÃ…', 'said canaÃÃÃÃ…'],
  ])('%s', (_, secret, whose, text, shown) => {
    expect(mask([secret], text, whose)).toBe(shown);
  });
});

describe('a short secret', () => {
  it.each<[string, string, Whose, string, string]>([
    ['is a word of ours', 'image', 'ours', 'no such image', 'no such image'],
    ['is masked in words of theirs', 'image', 'theirs', 'wrong password image!', 'wrong password ***!'],
    ['is no part of a word of theirs', 'image', 'theirs', 'two images', 'two images'],
    ['of one character is masked alone', 'x', 'theirs', 'x is no example', '*** is no example'],
    ['is masked in base64', 'hunter2', 'ours', Buffer.from('u:hunter2').toString('base64'), '***'],
    ['is masked in hex', 'hunter2', 'ours', Buffer.from('hunter2').toString('hex'), '***'],
    ['is masked where it is encoded', 'a&b', 'theirs', 'not a&amp;b', 'not ***'],
  ])('%s', (_, secret, whose, text, shown) => {
    expect(mask([secret], text, whose)).toBe(shown);
  });
});

describe('a secret with characters beyond ASCII is masked', () => {
  const UMLAUT = 'Größe–12€';
  const bytes = Buffer.from(UMLAUT);
  const python = [...bytes]
    .map((byte) => (byte > 0x7e ? `\\x${byte.toString(16)}` : String.fromCharCode(byte)))
    .join('');

  it.each([
    ['as bytes of Python', python],
    [
      'as octal escapes',
      [...bytes].map((byte) => (byte > 0x7e ? `\\${byte.toString(8)}` : String.fromCharCode(byte))).join(''),
    ],
    ['with HTML’s names', 'Gr&ouml;&szlig;e–12€'],
    ['decomposed', UMLAUT.normalize('NFD')],
    ['as UTF-8 read as Latin-1', bytes.toString('latin1')],
    ['as UTF-8 read as Windows-1252', new TextDecoder('windows-1252').decode(bytes)],
    [
      'the same again as JSON',
      JSON.stringify(bytes.toString('latin1')).replace(
        /[^ -~]/g,
        (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
      ),
    ],
    ['as UTF-8 read as ASCII', UMLAUT.replace(/[^ -~]/gu, (char) => '\ufffd'.repeat(Buffer.byteLength(char)))],
    ['as bytes that are no UTF-8', UMLAUT.replace(/[^ -~]/gu, '\ufffd')],
    ['written in ASCII', UMLAUT.replace(/[^ -~]/gu, '?')],
  ])('%s', (_, written) => {
    expect(mask([UMLAUT], `login [${written}] failed`)).toMatch(/^login \["?\*\*\*"?\] failed$/);
  });

  it.each([
    ['hex', 'hex'],
    ['base64', 'base64'],
  ] as const)('as Latin-1 in %s', (_, form) => {
    expect(mask(['Größe-12'], `login ${Buffer.from('u:Größe-12', 'latin1').toString(form)} failed`)).not.toContain(
      Buffer.from('Größe-12', 'latin1').toString(form).slice(4, 12),
    );
  });

  it('but not where hardly anything of it is left', () => {
    expect(mask(['пароль-12'], 'what is ??????-12')).toBe('what is ??????-12');
    expect(mask(['пароль'], 'what is ??????')).toBe('what is ??????');
  });
});

it('nothing known, or nothing found, is the same text', () => {
  const text = '100% of %41 &amp; \\u0041 + 7';
  expect(mask([], text)).toBe(text);
  expect(mask([''], text)).toBe(text);
  expect(mask(['somewhere-else'], text)).toBe(text);
});

/** Each is a way in which a server, a proxy or a library of ours writes a value. */
const WRITINGS: readonly ((value: string) => string)[] = [
  encodeURIComponent,
  (value) => new URLSearchParams({ v: value }).toString().slice(2),
  (value) => [...Buffer.from(value)].map((byte) => `%${byte.toString(16).padStart(2, '0').toUpperCase()}`).join(''),
  (value) => JSON.stringify(value).slice(1, -1),
  (value) => value.replace(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  (value) => value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll("'", '&apos;'),
  (value) => [...value].map((char) => `&#${char.codePointAt(0)};`).join(''),
  // Python's repr of bytes.
  (value) => value.replace(/[\\']|[^ -~]/gu, (char) => (/[\\']/.test(char) ? `\\${char}` : inHex(char))),
];
function inHex(char: string): string {
  return [...Buffer.from(char)].map((byte) => `\\x${byte.toString(16)}`).join('');
}
const writing = fc.array(fc.constantFrom(...WRITINGS), { maxLength: 3 });
const EVERY = 'abXY019"\'<>&%+ /\\=;:#é東😀';
const secret = fc.string({ unit: fc.constantFrom(...EVERY), minLength: UNMISTAKABLE, maxLength: 40 });
const around = fc.string({ unit: fc.constantFrom(...'abc 019.,:;()'), maxLength: 20 });

it('no writing of a secret gets through, up to three inside of each other, and what is around it stays', () => {
  fc.assert(
    fc.property(secret, writing, around, around, (value, writings, before, after) => {
      const written = writings.reduce((text, write) => write(text), value);
      const shown = mask([value], `${before}"${written}"${after}`);
      expect(shown).toContain('***');
      expect(shown).not.toContain(written);
      expect(shown.startsWith(before)).toBe(true);
      expect(shown.endsWith(after)).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});

it('no base64 gets through, whatever stands around the secret in it', () => {
  const bytes = fc.string({ unit: fc.constantFrom(...EVERY), maxLength: 12 });
  fc.assert(
    fc.property(secret, bytes, bytes, fc.constantFrom('base64', 'base64url'), (value, before, after, form) => {
      const written = Buffer.from(`${before}${value}${after}`).toString(form);
      expect(mask([value], `Basic "${written}" is wrong`)).toBe('Basic "***" is wrong');
      expect(mask([value], `"${encodeURIComponent(written)}"`)).toMatch(/^"\*\*\*(?:%3D)*"$/);
    }),
    { numRuns: 1_000 },
  );
});

it('many secrets in any order leave none of them, and masking again changes nothing', () => {
  fc.assert(
    fc.property(fc.array(secret, { minLength: 1, maxLength: 6 }), fc.array(around, { maxLength: 6 }), (all, texts) => {
      const text = all.map((value, at) => `${texts[at] ?? ''}${value}`).join('');
      const shown = mask(all, text, 'theirs');
      for (const value of all) expect(shown).not.toContain(value);
      expect(mask(all, shown, 'theirs')).toBe(shown);
    }),
    { numRuns: 1_000 },
  );
});

it('a cut anywhere, also in the middle of an encoded character, leaves no four characters of a secret', () => {
  fc.assert(
    fc.property(
      secret,
      fc.constantFrom((value: string) => value, ...WRITINGS),
      fc.nat(),
      (value, write, at) => {
        const written = write(value);
        const cut = written.slice(0, at % (written.length + 1));
        const head = write([...value].slice(0, 4).join(''));
        expect(mask([value], `said ${cut}…`)).not.toContain(head);
      },
    ),
    { numRuns: 2_000 },
  );
});

it('takes time in proportion to the text, not to the number of secrets', async () => {
  const known = createMask();
  for (let at = 0; at < 5_000; at += 1) known.add(`${((at * 7919) % 5003).toString(36)}-one-time-key-${at}`);
  for (const unit of ['%25', '&amp;', '\\u005c', 'one-time-key-', '%E9', '+', 'a/']) {
    const text = unit.repeat(Math.ceil(8_000 / unit.length));
    expect(await cpuMs(() => known.apply(text, 'theirs'))).toBeLessThan(1_500);
  }
});
