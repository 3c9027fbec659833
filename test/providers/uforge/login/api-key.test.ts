import { expect, test } from 'vitest';
import { Secret } from '#imgdl/core/secret.js';
import { parseBase } from '#imgdl/providers/uforge/base.js';
import { signUrl } from '#imgdl/providers/uforge/login/api-key.js';

// The vectors of the reference: secret SECRET456, public PUBKEY123.
const VECTORS = [
  ['a user', 'users/myUser', 'users/myUser?apiKey=PUBKEY123&signature=IMXeTEbZINTFD1F1ez3%2B8uQD1V0%3D'],
  ['a list', 'users/alice/images', 'users/alice/images?apiKey=PUBKEY123&signature=aZhIpMLLjqRh%2B9jYPFNSzh4xFjA%3D'],
  [
    'a query, signed as it is encoded',
    'users/alice/appliances?query=name%3D%3D%27web%27',
    'users/alice/appliances?query=name%3D%3D%27web%27&apiKey=PUBKEY123&signature=D7nQ3fVsjQvrDJ31BQejt6gVIcI%3D',
  ],
] as const;

for (const root of ['/api', '/ufws', '/', '/a/b/']) {
  for (const [what, path, signed] of VECTORS) {
    test(`under ${root}, ${what} is signed as the vendor's SDK does`, () => {
      const base = parseBase(`https://host${root}`);
      const url = new URL(`${base.endpoint}/${path}`);
      expect(signUrl(base, url, 'PUBKEY123', new Secret('SECRET456')).href).toBe(`${base.endpoint}/${signed}`);
    });
  }
}

test('the URL that is given stays as it was', () => {
  const url = new URL('https://host/api/users/a');
  signUrl(parseBase('https://host/api'), url, 'P', new Secret('S'));
  expect(url.href).toBe('https://host/api/users/a');
});
