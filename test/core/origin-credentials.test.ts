import { expect, test } from 'vitest';
import { loginHint } from '#imgdl/core/origin-credentials.js';

test.each([
  ['https://files.example.com/a.img?x=canary', 'files.example.com', 'https://files.example.com'],
  ['http://FILES:8080/', 'files', 'http://files:8080'],
  ['https://[::1]:8443/', '::1', 'https://[::1]:8443'],
  ['https://bücher.example/', 'xn--bcher-kva.example', 'https://xn--bcher-kva.example'],
])('how to log in at %s names what the files must have', (url, host, origin) => {
  expect(loginHint(new URL(url))).toBe(
    `log in with --netrc and an entry for ${host}, or with a profile whose origin is ${origin}`,
  );
  expect(loginHint(new URL(url), ['with --header-file FILE'])).toContain(`${host}, with --header-file FILE, or with`);
});
