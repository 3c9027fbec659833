import { describe, expect, test } from 'vitest';
import { signatureVerdict } from '#imgdl/app/checksums/gpg-status.js';

const FINGERPRINT = 'FC2590582E805506D9C732F0C259F46237CB8375';
const good = (sigClass = '01'): readonly string[] => [
  'NEWSIG a@example.com',
  `KEY_CONSIDERED ${FINGERPRINT} 0`,
  'SIG_ID 4oW+ilYDI7d7VqW+o0Z3B8IlPRU 2026-11-30 1796018983',
  'GOODSIG C259F46237CB8375 A B <a@example.com>',
  `VALIDSIG ${FINGERPRINT} 2026-11-30 1796018983 0 4 0 22 8 ${sigClass} ${FINGERPRINT}`,
];
const unknown = ['NEWSIG', 'ERRSIG 2CDAE7229721E52C 22 8 01 1796018973 9 75F4', 'NO_PUBKEY 2CDAE7229721E52C'];
const status = (...lines: readonly (string | readonly string[])[]): string =>
  lines
    .flat()
    .map((line) => `[GNUPG:] ${line}\n`)
    .join('');

const GOOD: readonly (readonly [string, string])[] = [
  ['of a text', status('PLAINTEXT 74 0 ', good())],
  ['detached, of a file', status(good('00'))],
  ['after one of an unknown key', status('PLAINTEXT 74 0 ', unknown, good())],
  ['before one of an unknown key', status('PLAINTEXT 74 0 ', good(), unknown)],
  ['after a wrong one', status('PLAINTEXT 74 0 ', ['NEWSIG', 'BADSIG C259F46237CB8375 A'], good())],
];

const BAD: readonly (readonly [string, string, RegExp])[] = [
  ['nothing', '', /no signature/],
  ['a text alone', status('PLAINTEXT 74 0 '), /no signature/],
  ['an unknown key', status('PLAINTEXT 74 0 ', unknown), /the key 2CDAE7229721E52C, which is not in the keyring/],
  ['an id that is none', status('NEWSIG', 'NO_PUBKEY \u001b[31m'), /the key of an unknown id/],
  ['a wrong signature', status('NEWSIG', 'BADSIG C259F46237CB8375 A'), /changed after it was signed/],
  [
    'an expired key, although the signature is valid',
    status(
      'NEWSIG',
      `EXPKEYSIG C259F46237CB8375 A`,
      `VALIDSIG ${FINGERPRINT} 2026-11-30 1 0 4 0 22 8 01 ${FINGERPRINT}`,
    ),
    /has expired/,
  ],
  ['a revoked key', status('NEWSIG', 'REVKEYSIG C259F46237CB8375 A'), /was revoked/],
  ['an expired signature', status('NEWSIG', 'EXPSIG C259F46237CB8375 A'), /has expired/],
  ['a good word without proof', status('NEWSIG', 'GOODSIG C259F46237CB8375 A'), /no signature/],
  [
    'the proof of one and the good word of another',
    status('NEWSIG', 'GOODSIG 1 A', 'NEWSIG', good().slice(-1)),
    /no signature/,
  ],
  ['a signature of a key, not of a file', status(good('10')), /no signature/],
  ['two texts', status('PLAINTEXT 74 0 ', good(), 'PLAINTEXT 74 0 '), /no single signed message/],
  [
    'more than gpgv understands',
    status('PLAINTEXT 74 0 ', good(), 'ERROR proc_pkt.plaintext 89_BAD_DATA'),
    /no single/,
  ],
  ['words for people', `gpgv: Good signature\nGOODSIG C259F46237CB8375 A\n`, /no signature/],
];

describe('what gpgv says', () => {
  test.each(GOOD)('one good signature is enough: %s', (_, text) => {
    expect(signatureVerdict(text)).toEqual({ kind: 'good', fingerprint: FINGERPRINT, signer: 'A B <a@example.com>' });
  });

  test.each(BAD)('is no good signature: %s', (_, text, why) => {
    expect(signatureVerdict(text)).toEqual({ kind: 'bad', why: expect.stringMatching(why) });
  });
});
