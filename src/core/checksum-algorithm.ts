/** Which algorithm a digest of a checksum file is of, where only the file's name and the number of digits can tell. */

import { type Algorithm, algorithmOf, normalHex } from './digest.js';

/** What a digest is of: an algorithm, or one that cannot be computed here, by its name. */
export type DigestKind =
  | { readonly kind: 'known'; readonly algorithm: Algorithm }
  | { readonly kind: 'foreign'; readonly label: string };

/** What a digest of so many digits usually is. */
const BY_LENGTH: ReadonlyMap<number, Algorithm> = new Map([
  [32, 'md5'],
  [40, 'sha1'],
  [56, 'sha224'],
  [64, 'sha256'],
  [96, 'sha384'],
  [128, 'sha512'],
]);

/** The usual ones, which the number of digits tells apart. */
const USUAL = '(?:md5|sha-?(?:1|224|256|384|512)?)(?:sums?)?';
/** Others of the same lengths. What is short, and may be a part of any name, must be what the file is called by. */
const UNUSUAL = [
  '(?:b2|b3|sm3)sums?',
  '(?:blake2[bs]?|blake3|sha3|sha512[-_/t]?(?:224|256)|rmd160|ripemd(?:160)?|whirlpool|streebog)(?:sums?)?',
  '(?:b2|b3|sm3)$',
];
const WORDS = new RegExp(
  `(?<![a-z0-9])(?:(${UNUSUAL.join('|')})(?:[-_]?(?:224|256|384|512)(?:sums?)?)?|${USUAL})(?![a-z0-9])`,
  'gi',
);

/**
 * The last word for an unusual algorithm in the name of a checksum file: `B2SUMS`, `x.img.blake2b`. Undefined where there
 * is none, or a usual one behind it (`os-b2.img.sha512`).
 */
export function unusualWord(fileName: string): string | undefined {
  const [last, unusual] = [...fileName.matchAll(WORDS)].at(-1) ?? [];
  return unusual === undefined ? undefined : last;
}

/**
 * By the number of digits, and the word of the file's name.
 * @param word of unusualWord()
 * @returns undefined for what is no digest
 */
export function digestKind(hex: string, word: string | undefined): DigestKind | undefined {
  const usual = BY_LENGTH.get(hex.length);
  if (usual === undefined) return undefined;
  if (word === undefined) return { kind: 'known', algorithm: usual };
  const algorithm = unusualAlgorithm(word.replace(/sums?$/i, ''), hex);
  return algorithm === undefined ? { kind: 'foreign', label: word } : { kind: 'known', algorithm };
}

/** BLAKE2 and SHA-3 come in several lengths, of which the name need not say the one. */
function unusualAlgorithm(word: string, hex: string): Algorithm | undefined {
  const names = [
    /^b2$/i.test(word) ? 'blake2b' : word,
    `${word}-${hex.length * 4}`,
    /^blake2$/i.test(word) ? 'blake2b' : '',
  ];
  return names.map(algorithmOf).find((name) => name !== undefined && normalHex(name, hex) !== undefined);
}
