import { describe, expect, it } from 'vitest';
import type { Exchange } from '#imgdl/core/http.js';
import { readRefusal, unavailableError } from '#imgdl/engine/fetch/refusal.js';

function answer(text: string): Exchange {
  return {
    status: 503,
    headers: new Map(),
    body: (async function* () {
      for (const chunk of text.match(/[\s\S]{1,1000}/g) ?? []) yield Buffer.from(chunk);
    })(),
    cancel: () => {},
  };
}

describe('what a server says about its refusal', () => {
  it.each([
    ['a value whose name nobody knows', 'https://h/a?k=canary7', 'no canary7 here', 'no *** here'],
    ['a value that is encoded in the answer', 'https://h/a?k=can%2Fary', 'no can%2Fary, can&#x2f;ary', 'no ***, ***'],
    ['every value of the query', 'https://h/a?k=canary7&l=canary8', 'canary8 and canary7', '*** and ***'],
    ['no short value', 'https://h/a?k=raw', 'no raw here', 'no raw here'],
    ['no word of the path', 'https://h/canary7?k=raw', 'no canary7 here', 'no canary7 here'],
  ])('is told without what the URL permits by: %s', async (_, url, text, shown) => {
    expect((await readRefusal(answer(text), new URL(url))).text).toBe(shown);
    expect((await unavailableError(answer(text), new URL(url), undefined)).message).toContain(`"${shown}"`);
  });

  it('is told without what a redirect permits by, and with where it came from', async () => {
    const url = new URL('https://store.example/b?k=canary7');
    const asked = new URL('https://h/a');
    const refusal = await readRefusal({ ...answer('no canary7 here'), url, redirected: url }, asked);
    expect([refusal.text, refusal.redirected?.href]).toEqual(['no *** here', url.href]);
    const error = await unavailableError({ ...answer('busy'), url, redirected: url }, asked, undefined);
    expect(error.message).toBe(
      'downloading (redirected to https://store.example/b?k=***): the server returned 503: "busy"',
    );
  });

  it('is cut after 4 KiB, says so, and ends in no half of a secret', async () => {
    const text = `${'<i></i>'.repeat(584)}canary-0123456789`;
    const { text: cut } = await readRefusal(answer(text), new URL('https://h/a?k=canary-0123456789'));
    expect(cut).toBe(`${'<i></i>'.repeat(584)}***…`);
    const whole = await readRefusal(answer('x'.repeat(4096)), new URL('https://h/a'));
    expect(whole.text).toBe('x'.repeat(4096));
  });
});
