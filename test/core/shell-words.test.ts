import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isAppError } from '#imgdl/core/errors.js';
import { quoteWord, splitWords } from '#imgdl/core/shell-words.js';
import { anyText } from '../support/any-text.js';

describe('a line is taken apart', () => {
  test.each<[string, string, readonly string[]]>([
    ['nothing', '', []],
    ['blanks alone', ' \t ', []],
    ['words', '747 1095', ['747', '1095']],
    ['blanks around them', '\t 747 \t 1095 ', ['747', '1095']],
    ['single quotes', "'Debian 13' x", ['Debian 13', 'x']],
    ['double quotes', '"Debian 13" x', ['Debian 13', 'x']],
    ['an escaped blank', 'Debian\\ 13', ['Debian 13']],
    ['parts that touch', `De"bi"'an'\\ 13`, ['Debian 13']],
    ['an empty word', `'' ""`, ['', '']],
    ['a quote in the other', `"it's" 'say "x"'`, ["it's", 'say "x"']],
    ['what a backslash escapes in double quotes', '"\\"\\\\\\$\\`"', ['"\\$`']],
    ['what it does not', '"\\n\\\'"', ["\\n\\'"]],
    ['a backslash in single quotes', "'\\'", ['\\']],
    ['nothing expanded', '$HOME `id` $(id) * ~ {a,b} !', ['$HOME', '`id`', '$(id)', '*', '~', '{a,b}', '!']],
    ['a URL', 'http://host/a?b=1&c=2;d#e', ['http://host/a?b=1&c=2;d#e']],
  ])('%s', (_, line, words) => {
    expect(splitWords(line)).toEqual(words);
  });

  test.each([
    ['a single quote that is open', "a 'b", 'a single quote is not closed'],
    ['a double quote that is open', 'a "b\\"', 'a double quote is not closed'],
    ['a backslash at the end', 'a\\', 'a backslash at the end has nothing to escape'],
  ])('not with %s', (_, line, message) => {
    expect(() => splitWords(line)).toThrow(message);
  });

  test('as sh does it, where nothing is expanded', () => {
    const lines = fc
      .sample(fc.string({ unit: fc.constantFrom('a', 'b', ' ', '\t', "'", '"', '\\'), maxLength: 12 }), 500)
      .filter((line) => wordsOf(line) !== undefined);
    const script = lines.map((line) => `set -- ${line}\nprintf '%s\\0' "$@" .\n`).join('');
    const { stdout } = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
    expect(stdout).toBe(
      lines.map((line) => [...(wordsOf(line) ?? []), '.'].map((word) => `${word}\0`).join('')).join(''),
    );
  });
});

/** Undefined where the line is refused. */
function wordsOf(line: string): readonly string[] | undefined {
  try {
    return splitWords(line);
  } catch (error) {
    if (isAppError(error)) return undefined;
    throw error;
  }
}

test('a quoted word is itself again, and one word, whatever is in it', () => {
  fc.assert(
    fc.property(fc.array(anyText(8), { maxLength: 4 }), (words) => {
      expect(splitWords(words.map(quoteWord).join(' '))).toEqual(words);
    }),
  );
});

test.each(['747', 'images/', 'debian-13', '--os-cloud=lab', 'https://host:8080/a,b.qcow2', 'web@1.2:3', '50%'])(
  '%s needs no quotes',
  (word) => {
    expect(quoteWord(word)).toBe(word);
  },
);
