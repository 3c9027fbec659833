import { describe, expect, test } from 'vitest';
import { DEADLINE, JSON_RESULT, RETRIES } from '#imgdl/app/options.js';
import { givenValues } from '#imgdl/config/given.js';
import { settingsOfFlags } from '#imgdl/config/layers.js';
import type { OptionSpec } from '#imgdl/core/option.js';
import { ROWS, refusal, TAGS_ROW } from './support.js';

const settings = (values: Readonly<Record<string, unknown>>) => settingsOfFlags(givenValues(values, ROWS), ROWS);

describe('what the caller of the library sets', () => {
  test('may be typed or text', () => {
    const typed = settings({ retries: 3, json: true, deadline: 90_000 });
    const texts = settings({ retries: '3', json: 'yes', deadline: '90s' });
    const rows: readonly OptionSpec<unknown>[] = [RETRIES, JSON_RESULT, DEADLINE];
    for (const row of rows) expect(typed.get(row)).toBe(texts.get(row));
    expect(typed.origin(RETRIES)).toBe('--retries');
  });

  test('may be a list where an option may be repeated', () => {
    expect(settings({ tag: ['a', 'b'] }).all(TAGS_ROW)).toEqual(['a', 'b']);
  });

  test('is not set when it is undefined', () => {
    expect(settings({ retries: undefined }).origin(RETRIES)).toBeUndefined();
  });

  test.each<[string, Readonly<Record<string, unknown>>, RegExp]>([
    [
      'a key that is a slip of the pen',
      { retires: 3 },
      /^usage\.option: .*no option retires \(did you mean retries\?\)/,
    ],
    ['a key that nobody knows', { 'x\n': 1 }, /^usage\.option: .*no option x\\n \(remove it/],
    ['a list for what is given once', { retries: [1, 2] }, /^usage\.option: .*retries is a list/],
    ['a value of the wrong type', { retries: true }, /^usage\.option: --retries: "true" is not a whole number/],
    ['NaN', { retries: Number.NaN }, /^usage\.option: --retries: "NaN" is not/],
  ])('is refused: %s', async (_, values, says) => {
    expect(await refusal(async () => settings(values))).toMatch(says);
  });
});
