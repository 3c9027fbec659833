/** OpenPGP in base64 (RFC 9580 section 6.2): gpgv reads binary keyrings only. */

const PUBLIC_KEYS =
  /^-----BEGIN PGP PUBLIC KEY BLOCK-----[ \t]*\r?\n(?:[^\r\n:]+:[^\r\n]*\r?\n)*(?:[ \t]*\r?\n)?([A-Za-z0-9+/=\s]*?)^-----END PGP PUBLIC KEY BLOCK-----/gm;

/** All public keys of an armoured text, one block after the other; undefined where there is none. */
export function dearmoredKeys(text: string): Uint8Array | undefined {
  const blocks = [...text.matchAll(PUBLIC_KEYS)].map(([, body = '']) => keyOf(body)).filter((key) => key.length > 0);
  return blocks.length === 0 ? undefined : Buffer.concat(blocks);
}

/** Without the checksum line (`=abcd`), which gpgv does not need: the keys verify their own signatures. */
function keyOf(body: string): Buffer {
  return Buffer.from(body.replace(/^=[A-Za-z0-9+/]{4}[ \t]*$/m, '').replace(/\s+/g, ''), 'base64');
}

/** A binary keyring: packets, each of which begins with bit 7 set (RFC 9580 section 4.2), or a keybox of GnuPG. */
export function isBinaryKeyring(start: Uint8Array): boolean {
  const isKeybox = Buffer.from(start.buffer, start.byteOffset, start.byteLength).toString('latin1', 8, 12) === 'KBXf';
  return (start[0] ?? 0) >= 0x80 || isKeybox;
}
