/** Each is a way in which a server, a proxy or a library writes a secret into a text. */
export const WRITINGS: readonly (readonly [name: string, write: (secret: string) => string])[] = [
  ['plain', (secret) => secret],
  ['percent-encoded', encodeURIComponent],
  ['percent-encoded, all of it', percentAll],
  ['percent-encoded twice', (secret) => encodeURIComponent(percentAll(secret))],
  ['in a form', (secret) => new URLSearchParams({ v: secret }).toString().slice(2)],
  ['in base64', (secret) => base64(secret)],
  ['in base64 without its end', (secret) => base64(secret).replace(/=+$/, '')],
  ['in base64 for URLs', (secret) => base64(secret, 'base64url')],
  ['in Basic', (secret) => base64(`alice:${secret}`)],
  ['in the middle of base64', (secret) => base64(`{"a":"${secret}"}`)],
  ['as a string of JSON', (secret) => JSON.stringify(secret).slice(1, -1)],
  ['as a string of JSON, escaped', unicode],
  ['as text of XML', xml],
  ['as text of XML, by number', entities],
  ['in hex', (secret) => Buffer.from(secret).toString('hex')],
  ['in hex, upper case', (secret) => Buffer.from(secret).toString('hex').toUpperCase()],
];

export function base64(text: string, form: 'base64' | 'base64url' = 'base64'): string {
  return Buffer.from(text).toString(form);
}

export function percentAll(text: string): string {
  return [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
}

export function xml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

function entities(text: string): string {
  return [...text].map((char) => `&#x${char.codePointAt(0)?.toString(16)};`).join('');
}

function unicode(text: string): string {
  return text.replace(/[\s\S]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The writings of a secret that are in a text, by their names. */
export function writingsIn(text: string, secret: string): readonly string[] {
  return WRITINGS.filter(([, write]) => text.includes(write(secret))).map(([name]) => name);
}
