import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseContentRange, parseDecimal, rangeFrom } from '#imgdl/core/ranges.js';

describe('parseContentRange', () => {
  it.each([
    ['the first hundred bytes', 'bytes 0-99/200', { kind: 'range', range: { start: 0, end: 100 }, total: 200 }],
    ['a single byte', 'bytes 5-5/6', { kind: 'range', range: { start: 5, end: 6 }, total: 6 }],
    ['an unknown total', 'bytes 0-9/*', { kind: 'range', range: { start: 0, end: 10 }, total: undefined }],
    ['any case of the unit', 'Bytes 0-0/1', { kind: 'range', range: { start: 0, end: 1 }, total: 1 }],
    [
      'sizes beyond 2^32',
      'bytes 4294967296-4294967297/1099511627776',
      { kind: 'range', range: { start: 4294967296, end: 4294967298 }, total: 1099511627776 },
    ],
    [
      'the last safe integer',
      'bytes 0-9007199254740989/9007199254740991',
      { kind: 'range', range: { start: 0, end: 9007199254740990 }, total: 9007199254740991 },
    ],
    ['the form of a 416', 'bytes */42', { kind: 'unsatisfied', total: 42 }],
  ])('reads %s', (_name, value, expected) => {
    expect(parseContentRange(value)).toEqual(expected);
  });

  it.each([
    ['an end before the start', 'bytes 5-3/10'],
    ['letters', 'bytes a-b/c'],
    ['an end beyond the total', 'bytes 0-9/5'],
    ['two values', 'bytes 0-1/5, bytes 2-3/5'],
    ['another unit', 'lines 0-1/5'],
    ['a sign', 'bytes +0-1/5'],
    ['an exponent', 'bytes 0-1e3/5000'],
    ['a star without total', 'bytes */*'],
    ['beyond 2^53', 'bytes 0-9007199254740993/9007199254740999'],
    ['an end that is 2^53', 'bytes 0-9007199254740991/*'],
    ['nothing', ''],
  ])('refuses %s', (_name, value) => {
    expect(parseContentRange(value)).toBeUndefined();
  });

  it('reads back every range it can be given', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.nat(), fc.option(fc.nat()), (start, length, more) => {
        const end = Math.min(start + length + 1, Number.MAX_SAFE_INTEGER);
        fc.pre(end > start);
        const total = more === null ? undefined : Math.min(end + more, Number.MAX_SAFE_INTEGER);
        expect(parseContentRange(`bytes ${start}-${end - 1}/${total ?? '*'}`)).toEqual({
          kind: 'range',
          range: { start, end },
          total,
        });
      }),
    );
  });
});

describe('parseDecimal', () => {
  it.each(['', ' 1', '1 ', '-1', '+1', '1e9', '0x10', '1.0', '9007199254740992', '99999999999999999999', '١'])(
    'refuses %j',
    (text) => {
      expect(parseDecimal(text)).toBeUndefined();
    },
  );
  it.each([
    ['0', 0],
    ['007', 7],
    ['9007199254740991', 9007199254740991],
  ])('reads %s', (text, value) => {
    expect(parseDecimal(text)).toBe(value);
  });
});

it('asks for everything from an offset in the inclusive form', () => {
  expect(rangeFrom(2 ** 40)).toBe('bytes=1099511627776-');
});
