import { describe, expect, test } from 'vitest';
import { isAppError } from '#imgdl/core/errors.js';
import { ImageList } from '#imgdl/providers/openstack/image-list.js';
import type { Answer } from '../../support/keystone-fake.js';
import { fakeImage, type Given, givenGlance, givenImages, idOf } from './search.js';

const signal = new AbortController().signal;
const list = ({ service }: Given, query: readonly (readonly [string, string])[] = []): ImageList =>
  new ImageList({ service, doing: 'listing images', signal }, query);

async function idsIn(images: ImageList): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { image } of images) ids.push(image.id);
  return ids;
}

const failure = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (error: unknown) => (isAppError(error) ? `${error.code}: ${error.message}` : `${error}`),
  );

const page = (numbers: readonly number[], next?: string): Answer => ({
  status: 200,
  json: { images: numbers.map((n) => fakeImage(n)), ...(next === undefined ? {} : { next }) },
});

/** Answers one after the other; the last one for ever. */
function inTurn(...answers: readonly Answer[]): Promise<Given> {
  let turn = 0;
  return givenGlance(() => {
    turn += 1;
    return answers[Math.min(turn, answers.length) - 1] ?? { status: 500 };
  });
}

describe('the pages of a list', () => {
  const many = Array.from({ length: 7 }, (_, n) => fakeImage(n + 1));
  const newestFirst = [7, 6, 5, 4, 3, 2, 1].map(idOf);

  test.each([1, 2, 3, 7, 8])('of %i are read to the end, in the order of the server', async (size) => {
    expect(await idsIn(list(await givenImages(many, { page: size })))).toEqual(newestFirst);
  });

  test('below an endpoint with a path stay there: only the query of next counts', async () => {
    const glance = await inTurn(page([1], 'http://evil:1/v2/images?marker=x#y'), page([2]));
    expect(await idsIn(list(glance, [['name', 'a']]))).toEqual([idOf(1), idOf(2)]);
    expect(glance.asked()).toEqual(['?name=a', '?marker=x']);
    expect(glance.ports.calls.every(({ url }) => ['keystone:5000', 'glance:9292'].includes(url.host))).toBe(true);
  });

  test('are asked for when they are needed', async () => {
    const glance = await givenImages(many, { page: 2 });
    for await (const _ of list(glance)) break;
    expect(glance.asked()).toHaveLength(1);
  });

  test.each<[string, readonly unknown[], RegExp | undefined]>([
    ['a size in a text', [{ ...fakeImage(9), size: '5' }], /listing images: one entry is .* image "00000009-0000-/],
    ['a size beyond what counts', [{ ...fakeImage(9), size: 2 ** 60 }], /one entry is/],
    ['no status', [{ ...fakeImage(9), status: null }], /one entry is/],
    ['something else', [null, 'x', [], { id: 5 }, {}], /5 entries are not readable and left out: image without an id$/],
    ['oddities that do not matter', [{ ...fakeImage(9), tags: null, os_hidden: 'no', owner: 5 }], undefined],
  ])('say what they leave out: %s', async (_, odd, says) => {
    const glance = await inTurn({ status: 200, json: { images: [...odd, fakeImage(1)], next: '?b' } }, page([2]));
    const ids = await idsIn(list(glance));
    expect(ids.slice(-2)).toEqual([1, 2].map(idOf));
    expect(glance.ports.warnings.map(({ code }) => code)).toEqual(says === undefined ? [] : ['glance.list-entry']);
    if (says !== undefined) expect(glance.ports.warnings[0]?.message).toMatch(says);
  });

  test('say it also where nobody reads to the end', async () => {
    const glance = await inTurn({ status: 200, json: { images: [{}, fakeImage(1)], next: '?b' } });
    for await (const _ of list(glance)) break;
    expect(glance.ports.warnings).toHaveLength(1);
  });

  test('that tell an image twice give it once', async () => {
    expect(await idsIn(list(await inTurn(page([1, 1, 2], '?b'), page([2, 3]))))).toEqual([1, 2, 3].map(idOf));
  });

  test('leave out what is no record', async () => {
    const odd = { status: 200, json: { images: [{ id: '../tokens', status: 'active' }, null, 7, fakeImage(1)] } };
    expect(await idsIn(list(await inTurn(odd)))).toEqual([idOf(1)]);
  });

  test('begin anew where the image that the last page ended with is gone', async () => {
    const glance = await inTurn(page([1, 2], '?marker=2'), { status: 400 }, page([1, 3], '?marker=3'), page([4]));
    expect(await idsIn(list(glance))).toEqual([1, 2, 3, 4].map(idOf));
    expect(glance.asked()).toEqual(['', '?marker=2', '', '?marker=3']);
  });

  test('begin anew once', async () => {
    const glance = await givenGlance(({ url }) => (url.search === '' ? page([1], '?marker=1') : { status: 404 }));
    expect(await failure(idsIn(list(glance)))).toMatch(/^proto.status: listing images: .* 404/);
    expect(glance.asked()).toHaveLength(4);
  });

  test('that go round are an error', async () => {
    const glance = await inTurn(page([1], '?b'), page([2], '?c'), page([3], '?b'));
    expect(await failure(idsIn(list(glance)))).toMatch(/^proto.answer: .*loop/);
  });

  test('that bring nothing new are an error', async () => {
    let n = 0;
    const glance = await givenGlance(() => {
      n += 1;
      return page([1], `?marker=${n}`);
    });
    expect(await failure(idsIn(list(glance)))).toMatch(/^proto.answer: .*repeat/);
    expect(n).toBe(6);
  });

  test('that do not end are an error', async () => {
    let n = 0;
    const glance = await givenGlance(() => {
      n += 1;
      return { status: 200, body: `{"images":[{"id":"${idOf(n)}","status":"x"}],"next":"?${n}"}` };
    });
    expect(await failure(idsIn(list(glance)))).toMatch(/^proto.answer: .*more than 2000 pages/);
  });

  test.each<[string, Answer, RegExp]>([
    ['a web page', { status: 200, body: '<html><body>Log in' }, /^proto.answer: .*web page/],
    ['no JSON', { status: 200, body: 'x' }, /^proto.answer: .*not JSON/],
    ['half of it', { status: 200, body: '{"images":[' }, /^proto.answer: .*not JSON/],
    ['another list', { status: 200, json: [fakeImage(1)] }, /^proto.answer: .*not a list of images/],
    ['no list', { status: 200, json: { images: null } }, /^proto.answer: .*not a list of images/],
    ['a number for the next page', { status: 200, json: { images: [], next: 7 } }, /^proto.answer: .*not a list/],
    [
      'a coding',
      { status: 200, headers: { 'content-encoding': 'gzip' }, body: 'x' },
      /^proto.encoding: listing images/,
    ],
    ['a refusal', { status: 403, json: { message: 'no' } }, /^auth.forbidden: .*"no"/],
    ['an outage', { status: 503 }, /^http.unavailable/],
    ['nothing there', { status: 404 }, /^proto.answer: .*not a list/],
  ])('that are %s are an error', async (_, answer, message) => {
    expect(await failure(idsIn(list(await inTurn(answer))))).toMatch(message);
  });

  test('may be of one image that became its entry', async () => {
    expect(await idsIn(list(await inTurn({ status: 200, json: { images: fakeImage(1) } })))).toEqual([idOf(1)]);
  });
});

describe('a filter that the release does not know', () => {
  const answer = { status: 400, json: { message: 'Invalid visibility value: x' } };

  test('is told to who asks', async () => {
    expect(await list(await inTurn(answer)).isKnown()).toBe(false);
  });

  test('is an error for who does not', async () => {
    expect(await failure(idsIn(list(await inTurn(answer))))).toMatch(/^proto.status: .*Invalid visibility value: x/);
  });

  test('costs no request where it is known', async () => {
    const glance = await inTurn(page([1]));
    const images = list(glance);
    expect([await images.isKnown(), await idsIn(images), glance.asked()]).toEqual([true, [idOf(1)], ['']]);
  });
});
