import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { settingsOfFlags } from '#imgdl/config/layers.js';
import { checkStdin, readStdin } from '#imgdl/config/stdin.js';
import type { OptionSpec } from '#imgdl/core/option.js';

const row = (key: string, stdin?: true): OptionSpec<string> => ({
  key,
  value: 'FILE',
  doc: '',
  group: '',
  ...(stdin === undefined ? {} : { stdin }),
  parse: (raw) => raw,
});
const ROWS = [row('password-file', true), row('input-file', true), row('header-file', true), row('output')];

const check = (flags: Readonly<Record<string, string>>, rows = ROWS): void =>
  checkStdin(settingsOfFlags(new Map(Object.entries(flags).map(([key, value]) => [key, [value]])), ROWS), rows);

describe('stdin is read by one option:', () => {
  test.each<[string, Readonly<Record<string, string>>]>([
    ['by none', {}],
    ['by one', { 'input-file': '-' }],
    ['by one, the other is a file', { 'input-file': '-', 'password-file': 'x' }],
    ['by one, the other writes to stdout', { 'input-file': '-', output: '-' }],
  ])('%s', (_, flags) => {
    expect(() => check(flags)).not.toThrow();
  });

  test.each<[Readonly<Record<string, string>>, string]>([
    [{ 'input-file': '-', 'password-file': '-' }, '--password-file and --input-file both read stdin (-)'],
    [{ 'header-file': '-', 'password-file': '-' }, '--password-file and --header-file both read stdin (-)'],
  ])('%j is refused', (flags, message) => {
    expect(() => check(flags)).toThrow(expect.objectContaining({ code: 'usage.option', message }));
  });

  test('what another command would read does not count', () => {
    expect(() => check({ 'input-file': '-', 'password-file': '-' }, ROWS.slice(1))).not.toThrow();
  });
});

describe('all of stdin', () => {
  const from = (...chunks: readonly string[]) => Readable.from(chunks.map((chunk) => Buffer.from(chunk, 'latin1')));

  test('is text, without byte order mark, however it is cut', async () => {
    expect(await readStdin(from('\xef', '\xbb\xbfa\xc3', '\xa9\n'), 100, '--input-file')).toBe('aé\n');
  });

  test.each([
    ['too large', ['aaa', 'aa'], '--input-file -: stdin is larger than'],
    ['no text', ['\xff'], '--input-file -: stdin is not UTF-8'],
  ])('is refused when it is %s', async (_, chunks, message) => {
    await expect(readStdin(from(...chunks), 4, '--input-file')).rejects.toThrow(message);
  });
});
