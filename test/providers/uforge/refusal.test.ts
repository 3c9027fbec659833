import { describe, expect, test } from 'vitest';
import { baseHint, refusalError } from '#imgdl/providers/uforge/refusal.js';
import { fakeTransport } from '../../support/fake-transport.js';
import { describedBy, listOf, visit } from '../../support/uforge-catalog.js';

const IDS = 'check the ids and the user (--uid) they belong to';
const UFORGE_ERROR = '<uforgeError><localizedErrorMsg><message>no</message></localizedErrorMsg></uforgeError>';
const PAGE = '<html>404</html>';

/** What a 404 with this body says of what to do. */
function hint(endpoint: string, text: string, redirected?: URL): string | undefined {
  const refusal = { status: 404, headers: new Map(), text, ...(redirected && { redirected }) };
  return refusalError(refusal, { what: 'reading', authorised: 'credentials', endpoint })?.hint;
}

describe('a 404', () => {
  test.each([
    ['of UForge itself is about ids', 'https://h/api', UFORGE_ERROR, IDS],
    ['of UForge itself is about ids, whatever its root', 'https://h', UFORGE_ERROR, IDS],
    ['of UForge itself in JSON', 'https://h/ufws', '{"uforgeError":{}}', IDS],
    ['without a word below /api is about ids', 'https://h/api', '', IDS],
    [
      'of somebody else below /api',
      'https://h/api',
      PAGE,
      'check the ids, and that https://h/api is the base URL of the API (usually https://HOST/api)',
    ],
    ['without /api', 'https://h', PAGE, 'use --url https://h/api'],
    ['without /api and without a word', 'https://h:8443', '', 'use --url https://h:8443/api'],
    ['of another web server without /api', 'http://h', 'Not Found', 'use --url http://h/api'],
    [
      'of another root',
      'https://h/ui',
      PAGE,
      'use --url https://h/api, unless the API of this AppCenter is at https://h/ui',
    ],
    [
      'below a path that only begins so',
      'https://h/api-docs',
      '',
      'use --url https://h/api, unless the API of this AppCenter is at https://h/api-docs',
    ],
  ])('%s', (_what, endpoint, text, expected) => {
    expect(hint(endpoint, text)).toBe(expected);
  });

  test('that a redirect led to is not about ids alone', () => {
    const told = hint('https://h/api', '', new URL('https://h/sso'));
    expect(told).toMatch(/^check the ids, and that https:\/\/h\/api is the base URL/);
  });

  const elsewhere = () =>
    visit(
      fakeTransport(() => ({ status: 404, body: PAGE })),
      { url: 'https://h' },
    );
  test.each([
    ['appliance image 747 1095'],
    ['appliance image 1095'],
    ['appliance image web latest'],
    ['scan image 1 2 latest'],
  ])('of %s without /api names it', async (line) => {
    await expect(describedBy(elsewhere(), line.split(' '))).rejects.toMatchObject({
      code: 'not-found.image',
      hint: 'use --url https://h/api',
    });
  });
  test.each([['appliance list'], ['container list 718'], ['scan list 12 34'], ['appliance list web']])(
    'of %s without /api names it',
    async (line) => {
      await expect(listOf(elsewhere(), line.split(' '))).rejects.toMatchObject({
        code: 'not-found.image',
        hint: 'use --url https://h/api',
      });
    },
  );
});

test('the pages of the AppCenter, which answer any path, are not its API', async () => {
  const pages = visit(
    fakeTransport(() => ({ headers: { 'content-type': 'text/html' }, body: PAGE })),
    { url: 'https://h' },
  );
  await expect(listOf(pages, ['appliance', 'list'])).rejects.toMatchObject({
    code: 'proto.not-image',
    hint: 'use --url https://h/api, and check that no login page or proxy is in between',
  });
  expect(baseHint('https://h/api')).toMatch(/^check that https:\/\/h\/api is the base URL/);
});
