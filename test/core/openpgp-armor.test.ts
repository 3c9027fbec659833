import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dearmoredKeys, isBinaryKeyring } from '#imgdl/core/openpgp-armor.js';
import { anyText } from '../support/any-text.js';

const armored = (key: Uint8Array, headers = '', checksum = '=YWJj\n'): string =>
  `-----BEGIN PGP PUBLIC KEY BLOCK-----\n${headers}\n${Buffer.from(key).toString('base64').replace(/.{64}/g, '$&\n')}\n${checksum}-----END PGP PUBLIC KEY BLOCK-----\n`;

describe('an armoured keyring', () => {
  it('is its bytes, whatever they are, with and without headers and checksum', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 300 }),
        fc.constantFrom('', 'Version: GnuPG v2\n', 'Comment: one\nComment: two\n'),
        fc.constantFrom('=YWJj\n', ''),
        fc.constantFrom('\n', '\r\n'),
        (key, headers, checksum, end) => {
          const text = armored(key, headers, checksum).replaceAll('\n', end);
          expect(Buffer.from(dearmoredKeys(text) ?? []).equals(Buffer.from(key))).toBe(true);
        },
      ),
    );
  });

  it('may be several, one behind the other, with words between them', () => {
    const text = `The keys of A:\n${armored(Buffer.from('one'))}and of B:\n${armored(Buffer.from('two'))}`;
    expect(Buffer.from(dearmoredKeys(text) ?? []).toString()).toBe('onetwo');
  });

  it.each([
    '',
    'keys',
    '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n-----END PGP PUBLIC KEY BLOCK-----\n',
    armored(Buffer.from('x')).replaceAll('PUBLIC', 'PRIVATE'),
    armored(Buffer.from('x')).slice(0, -5),
  ])('%j is none', (text) => {
    expect(dearmoredKeys(text)).toBeUndefined();
  });

  it('any text is taken without a throw', () => {
    fc.assert(fc.property(anyText(), (text) => void dearmoredKeys(`-----BEGIN PGP PUBLIC KEY BLOCK-----\n${text}`)));
  });
});

describe('a binary keyring', () => {
  it.each([
    ['packets', [0x99, 0x01], true],
    ['packets of the new form', [0xc6, 0x33], true],
    ['a keybox', [0, 0, 0, 32, 1, 1, 0, 2, ...Buffer.from('KBXf')], true],
    ['a text', [...Buffer.from('-----BEGIN PGP')], false],
    ['nothing', [], false],
  ])('%s: %j', (_, bytes, expected) => {
    expect(isBinaryKeyring(Uint8Array.from(bytes))).toBe(expected);
  });
});
