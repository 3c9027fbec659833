import { describe, expect, test } from 'vitest';
import { type ProgressFlag, type ProgressMode, progressMode, speaksUnicode } from '#imgdl/ui/progress/progress-mode.js';

type Env = Record<string, string>;
const env = (values: Env): ReadonlyMap<string, string> => new Map(Object.entries(values));

describe('how progress is shown', () => {
  const rows: [
    string,
    { flag?: ProgressFlag; quiet?: boolean; isTTY?: boolean; toStdout?: boolean; env?: Env },
    ProgressMode,
  ][] = [
    ['a terminal has a bar', { isTTY: true, env: { TERM: 'xterm' } }, 'bar'],
    ['a terminal without TERM has a bar', { isTTY: true }, 'bar'],
    ['a pipe has lines', {}, 'line'],
    ['CI has lines although it has a terminal', { isTTY: true, env: { CI: 'true' } }, 'line'],
    ['CI=false is no CI', { isTTY: true, env: { CI: 'false' } }, 'bar'],
    ['a dumb terminal has lines', { isTTY: true, env: { TERM: 'dumb' } }, 'line'],
    ['asked for a bar in CI: a bar', { flag: 'bar', isTTY: true, env: { CI: '1' } }, 'bar'],
    ['a bar without a terminal cannot be', { flag: 'bar' }, 'line'],
    ['a bar on a dumb terminal cannot be', { flag: 'bar', isTTY: true, env: { TERM: 'dumb' } }, 'line'],
    ['lines on a terminal when asked', { flag: 'line', isTTY: true }, 'line'],
    ['events when asked, on a terminal as in a pipe', { flag: 'json', isTTY: true }, 'json'],
    ['events beside an image on stdout', { flag: 'json', toStdout: true }, 'json'],
    ['-q leaves the events that are errors', { flag: 'json', quiet: true }, 'json-errors'],
    ['none when asked', { flag: 'none', isTTY: true }, 'none'],
    ['-o - has none', { isTTY: true, toStdout: true }, 'none'],
    ['-o - has a bar when asked', { flag: 'bar', isTTY: true, toStdout: true }, 'bar'],
    ['-q beats a bar', { flag: 'bar', quiet: true, isTTY: true }, 'silent'],
  ];
  test.each(rows)('%s', (_name, facts, mode) => {
    const { flag = 'auto', quiet = false, isTTY = false, toStdout = false } = facts;
    expect(progressMode({ flag, quiet, isTTY, toStdout, env: env(facts.env ?? {}) })).toBe(mode);
  });
});

test.each([
  ['a UTF-8 locale', { LANG: 'en_US.UTF-8' }, true],
  ['C.utf8', { LC_ALL: 'C.utf8' }, true],
  ['no locale', {}, false],
  ['LC_ALL beats LANG', { LC_ALL: 'C', LANG: 'en_US.UTF-8' }, false],
  ['an empty LC_ALL says nothing', { LC_ALL: '', LANG: 'en_US.UTF-8' }, true],
  ['box characters may be two cells wide in Japan', { LANG: 'ja_JP.UTF-8' }, false],
])('box characters: %s', (_name, values, expected) => {
  expect(speaksUnicode(env(values as Env))).toBe(expected);
});
