/** What `gpgv --status-fd` says (doc/DETAILS of GnuPG). Its words for people are in the language of the machine. */

export type SignatureVerdict =
  /** `signer`: the key's fingerprint and its user id, which is untrusted. */
  | { readonly kind: 'good'; readonly fingerprint: string; readonly signer: string }
  | { readonly kind: 'bad'; readonly why: string };

/** One signature as the lines about it say. */
interface Signature {
  good?: string;
  fingerprint?: string;
  bad?: string;
}

const BAD: Readonly<Record<string, string>> = {
  BADSIG: 'the signature is wrong: the file was changed after it was signed, or it is another one',
  EXPSIG: 'the signature has expired',
  EXPKEYSIG: 'the key that signed it has expired',
  REVKEYSIG: 'the key that signed it was revoked',
};

/** One good signature is enough: publishers sign with old and new keys, and few people have all of them. */
export function signatureVerdict(status: string): SignatureVerdict {
  const lines = status.split('\n').filter((line) => line.startsWith(PREFIX));
  const words = lines.map((line) => line.slice(PREFIX.length).split(' '));
  // Several messages in one file: what is signed is not what is read.
  const texts = words.filter(([keyword]) => keyword === 'PLAINTEXT').length;
  if (texts > 1 || words.some(([keyword]) => keyword === 'ERROR')) {
    return { kind: 'bad', why: 'it is no single signed message' };
  }
  const signatures = signaturesOf(words);
  for (const { good, fingerprint } of signatures) {
    if (good !== undefined && fingerprint !== undefined) return { kind: 'good', fingerprint, signer: good };
  }
  const why = signatures.find(({ bad }) => bad !== undefined)?.bad;
  return { kind: 'bad', why: why ?? 'it has no signature' };
}

const PREFIX = '[GNUPG:] ';
const FINGERPRINT = /^[0-9A-F]{32,64}$/;

function signaturesOf(words: readonly (readonly string[])[]): readonly Signature[] {
  const found: Signature[] = [];
  for (const [keyword = '', first = '', ...rest] of words) {
    if (keyword === 'NEWSIG') found.push({});
    const current = found.at(-1);
    if (current === undefined) continue;
    if (keyword === 'GOODSIG') current.good = rest.join(' ');
    // Of a document (class 00 or 01), and not of a key.
    if (keyword === 'VALIDSIG' && FINGERPRINT.test(first) && /^0[01]$/.test(rest[7] ?? '')) current.fingerprint = first;
    if (Object.hasOwn(BAD, keyword)) current.bad = BAD[keyword] ?? '';
    if (keyword === 'NO_PUBKEY') current.bad = `it is signed by the key ${keyId(first)}, which is not in the keyring`;
  }
  return found;
}

function keyId(text: string): string {
  return /^[0-9A-F]{1,64}$/.test(text) ? text : 'of an unknown id';
}
