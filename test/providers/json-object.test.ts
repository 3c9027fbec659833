import { safeParse, string } from 'valibot';
import { expect, test } from 'vitest';
import { jsonObject } from '#imgdl/providers/json-object.js';
import { imageAnswer } from '#imgdl/providers/openstack/answers.js';

test.each<[string, unknown, boolean]>([
  ['an object', { a: 'x' }, true],
  ['an object with more keys', { a: 'x', b: 1 }, true],
  ['an object without the key', {}, false],
  ['a list that has the key', Object.assign(['x'], { a: 'x' }), false],
  ['null', null, false],
  ['text', 'x', false],
  ['nothing', undefined, false],
])('%s', (_what, value, good) => {
  const parsed = safeParse(jsonObject({ a: string() }), value);
  expect(parsed.success ? parsed.output : false).toEqual(good && { a: 'x' });
});

const IMAGE = { id: '3F1C2A9E-7A51-0F3E-0C67-0A3E5E6F1B22', status: 'active' };

test.each<[string, Record<string, unknown>, boolean]>([
  ['as little as there may be', {}, true],
  ['an id of no version that RFC 9562 knows', { id: '3f1c2a9e-7a51-0f3e-0c67-0a3e5e6f1b22' }, true],
  ['a size of null', { size: null }, true],
  ['a size of 2^53 - 1', { size: 2 ** 53 - 1 }, true],
  ['a size of 2^53', { size: 2 ** 53 }, false],
  ['half a byte', { size: 0.5 }, false],
  ['a size below nothing', { size: -1 }, false],
  ['a size without end', { size: Number.POSITIVE_INFINITY }, false],
  ['a size in text', { size: '5' }, false],
  ['an id with a line break', { id: '3f1c2a9e-7a51-4f3e-9c67-0a3e5e6f1b22\n' }, false],
  ['an id without dashes', { id: '3f1c2a9e7a514f3e9c670a3e5e6f1b22' }, false],
  ['no status', { status: undefined }, false],
  ['a checksum that is a number', { checksum: 5 }, false],
])("Glance's image with %s", (_what, more, good) => {
  expect(safeParse(imageAnswer, { ...IMAGE, ...more }).success).toBe(good);
});
