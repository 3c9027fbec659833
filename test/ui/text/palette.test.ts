import { describe, expect, test } from 'vitest';
import { type ColourFlag, colourLevel } from '#imgdl/ui/text/palette.js';

type Env = Record<string, string>;

describe('how many colours', () => {
  const rows: [string, ColourFlag, Env, boolean, number][] = [
    ['a terminal has some', 'auto', { TERM: 'xterm' }, true, 1],
    ['a better terminal has more', 'auto', { TERM: 'xterm-256color' }, true, 2],
    ['a true-colour terminal has all', 'auto', { TERM: 'xterm-256color', COLORTERM: 'truecolor' }, true, 3],
    ['a pipe has none', 'auto', { TERM: 'xterm' }, false, 0],
    ['a dumb terminal has none', 'auto', { TERM: 'dumb' }, true, 0],
    ['NO_COLOR takes them away', 'auto', { TERM: 'xterm', NO_COLOR: '1' }, true, 0],
    ['an empty NO_COLOR says nothing', 'auto', { TERM: 'xterm', NO_COLOR: '' }, true, 1],
    ['FORCE_COLOR turns them on in a pipe', 'auto', { FORCE_COLOR: '1' }, false, 1],
    ['FORCE_COLOR turns them on for a dumb terminal', 'auto', { FORCE_COLOR: 'true', TERM: 'dumb' }, true, 1],
    ['FORCE_COLOR=3 means all', 'auto', { FORCE_COLOR: '3' }, false, 3],
    ['FORCE_COLOR=0 means none', 'auto', { FORCE_COLOR: '0', TERM: 'xterm' }, true, 0],
    ['NO_COLOR beats FORCE_COLOR', 'auto', { FORCE_COLOR: '1', NO_COLOR: '1' }, true, 0],
    ['the flag beats NO_COLOR', 'always', { NO_COLOR: '1' }, false, 1],
    ['the flag beats FORCE_COLOR', 'never', { FORCE_COLOR: '3' }, true, 0],
  ];
  test.each(rows)('%s', (_name, flag, values, isTTY, level) => {
    expect(colourLevel({ flag, env: new Map(Object.entries(values)), isTTY })).toBe(level);
  });
});
