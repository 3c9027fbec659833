import { createHmac } from 'node:crypto';
import type { Secret } from '../../../core/secret.js';
import { type Base, relativeTo } from '../base.js';

/**
 * Signs a URL with an API key pair as the vendor's SDK does: HMAC-SHA1 over the URI relative to the base, encoded
 * exactly as sent, with `apiKey` in the query; base64 of the raw digest as the last parameter.
 * (The picture in the vendor's manual encodes the hex text instead; its own curl sample and the SDK do not.)
 *
 * There is no time in it: a signed URL is good for ever, and as secret as the key.
 */
export function signUrl(base: Base, url: URL, publicKey: string, secretKey: Secret): URL {
  const unsigned = new URL(url);
  unsigned.search = `${url.search === '' ? '?' : `${url.search}&`}${new URLSearchParams({ apiKey: publicKey })}`;
  const signature = createHmac('sha1', secretKey.reveal()).update(relativeTo(base, unsigned)).digest('base64');
  const signed = new URL(unsigned);
  signed.search = `${unsigned.search}&signature=${encodeURIComponent(signature)}`;
  return signed;
}
