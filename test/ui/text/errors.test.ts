import { describe, expect, test } from 'vitest';
import { CODES, type Code } from '#imgdl/core/error-codes.js';
import { AppError } from '#imgdl/core/errors.js';
import { resultError } from '#imgdl/ui/document/result.js';
import { errorText } from '#imgdl/ui/text/errors.js';
import { createPalette } from '#imgdl/ui/text/palette.js';
import { HOSTILE, PLAIN, unsafe } from '../samples.js';

const OPTIONS = { palette: PLAIN, verbose: false, version: '1.2.3', platform: 'linux x64, Node v20.20.2' };
const VERBOSE = { ...OPTIONS, verbose: true };

test('an error is its code, its message and its hint', () => {
  const error = new AppError('fs.exists', 'target disk.img: a file of another content exists', { hint: 'use --force' });
  expect(errorText(error, OPTIONS)).toBe(
    'imgdl: fs.exists: target disk.img: a file of another content exists\nhint: use --force\n',
  );
});

test('without a hint of its own it has the cure of its code', () => {
  expect(errorText(new AppError('net.reset', 'reading: reset'), OPTIONS)).toBe(
    'imgdl: net.reset: reading: reset\nhint: run again to resume\n',
  );
});

test.each(Object.keys(CODES) as Code[])('the hint that %s falls back to is of the style of all hints', (code) => {
  const hint = /\nhint: (.*)\n$/.exec(errorText(new AppError(code, 'doing: failed'), OPTIONS))?.[1] ?? '';
  expect(hint).toMatch(/^[a-z].*[^.]$/);
  expect(resultError(new AppError(code, 'doing: failed')).hint).toBe(hint);
  expect(hint.toLowerCase()).toBe(CODES[code].cure.toLowerCase().replace(/\.$/, ''));
});

test('colour is on the code only', () => {
  const text = errorText(new AppError('net.reset', 'reading: reset'), { ...OPTIONS, palette: createPalette(1) });
  expect(text).toContain('imgdl: \x1b[31mnet.reset\x1b[39m: reading');
});

describe('what is no AppError', () => {
  test('is called a bug, with what to report and no stack', () => {
    expect(errorText(new TypeError('x is not a function'), OPTIONS)).toBe(
      'imgdl: bug: internal error: TypeError: x is not a function\n' +
        'hint: this is a bug in imgdl, not your mistake: please report these lines, the command without its secrets, and the output with -v\n' +
        'about: imgdl 1.2.3, linux x64, Node v20.20.2\n',
    );
  });

  test.each([
    ['a string', 'oops', 'oops'],
    ['null', null, 'null was thrown'],
    ['undefined', undefined, 'undefined was thrown'],
    ['an object with bytes', { data: 'x' }, 'an error of type object was thrown'],
  ])('may be %s', (_name, thrown, words) => {
    expect(errorText(thrown, OPTIONS).split('\n')[0]).toBe(`imgdl: bug: internal error: ${words}`);
  });

  test('has its stack with -v', () => {
    expect(errorText(new TypeError('x'), VERBOSE)).toMatch(/\n {4}at .*errors\.test/);
  });

  test('never shows the properties of an error', () => {
    const error = Object.assign(new Error('parse'), { data: 'RAW-BYTES' });
    expect(errorText(error, VERBOSE)).not.toContain('RAW-BYTES');
  });
});

test('with -v an error names its causes, however they are linked', () => {
  const cause: Error & { cause?: unknown } = new Error('connect ECONNREFUSED https://u:pw@h/?token=abc');
  cause.cause = cause;
  const text = errorText(new AppError('net.refused', 'connecting', { cause }), VERBOSE);
  expect(text).toContain('caused by: Error: connect ECONNREFUSED https://***@h/?token=***');
  expect(text).not.toMatch(/pw|abc/);
  expect(errorText(new AppError('net.refused', 'connecting', { cause }), OPTIONS)).not.toContain('caused by');
});

test.each(HOSTILE)('%s does not get through, neither in message nor hint nor stack', (_name, text) => {
  const bug = new Error(text);
  for (const shown of [
    errorText(new AppError('proto.status', text, { hint: text, cause: bug }), VERBOSE),
    errorText(bug, VERBOSE),
    errorText(text, VERBOSE),
  ]) {
    expect(unsafe(shown)).toEqual([]);
    for (const line of shown.trimEnd().split('\n')) expect(line).toMatch(/^(?:imgdl|hint|about|caused by): |^ {4}at /);
  }
});
