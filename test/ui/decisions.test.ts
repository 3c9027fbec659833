import { describe, expect, test } from 'vitest';
import { type ProgressFlag, type ProgressMode, progressMode, speaksUnicode } from '#imgdl/ui/progress/progress-mode.js';
import { type ColourFlag, colourLevel } from '#imgdl/ui/text/palette.js';

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
    ['-q beats events', { flag: 'json', quiet: true }, 'silent'],
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

describe('how many colours', () => {
  const rows: [string, ColourFlag, Env, boolean, number][] = [
    ['a terminal has some', 'auto', { TERM: 'xterm' }, true, 1],
    ['a better terminal has more', 'auto', { TERM: 'xterm-256color' }, true, 2],
    ['a true-colour terminal has all', 'auto', { TERM: 'xterm-256color', COLORTERM: 'truecolor' }, true, 3],
    ['a pipe has none', 'auto', { TERM: 'xterm' }, false, 0],
    ['a dumb terminal has none', 'auto', { TERM: 'dumb' }, true, 0],
    ['NO_COLOR takes them away', 'auto', { TERM: 'xterm', NO_COLOR: '1' }, true, 0],
    ['an empty NO_COLOR says nothing', 'auto', { TERM: 'xterm', NO_COLOR: '' }, true, 1],
    ['FORCE_COLOR brings them into a pipe', 'auto', { FORCE_COLOR: '1' }, false, 1],
    ['FORCE_COLOR brings them to a dumb terminal', 'auto', { FORCE_COLOR: 'true', TERM: 'dumb' }, true, 1],
    ['FORCE_COLOR=3 means all', 'auto', { FORCE_COLOR: '3' }, false, 3],
    ['FORCE_COLOR=0 means none', 'auto', { FORCE_COLOR: '0', TERM: 'xterm' }, true, 0],
    ['NO_COLOR beats FORCE_COLOR', 'auto', { FORCE_COLOR: '1', NO_COLOR: '1' }, true, 0],
    ['the flag beats NO_COLOR', 'always', { NO_COLOR: '1' }, false, 1],
    ['the flag beats FORCE_COLOR', 'never', { FORCE_COLOR: '3' }, true, 0],
  ];
  test.each(rows)('%s', (_name, flag, values, isTTY, level) => {
    expect(colourLevel({ flag, env: env(values), isTTY })).toBe(level);
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
