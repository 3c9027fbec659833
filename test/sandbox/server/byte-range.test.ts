import { expect, test } from 'vitest';
import { contentRange, parseRange } from '#imgdl/sandbox/server/byte-range.js';

test.each([
  ['no header is the whole', undefined, { kind: 'whole' }],
  ['a closed range', 'bytes=0-99', { kind: 'part', start: 0, end: 100 }],
  ['an open range', 'bytes=900-', { kind: 'part', start: 900, end: 1000 }],
  ['from zero is a part, too', 'bytes=0-', { kind: 'part', start: 0, end: 1000 }],
  ['a suffix', 'bytes=-100', { kind: 'part', start: 900, end: 1000 }],
  ['a suffix longer than the object', 'bytes=-5000', { kind: 'part', start: 0, end: 1000 }],
  ['an end beyond the object is clipped', 'bytes=10-5000', { kind: 'part', start: 10, end: 1000 }],
  ['a start at the end is unsatisfiable', 'bytes=1000-', { kind: 'unsatisfiable' }],
  ['an empty suffix is unsatisfiable', 'bytes=-0', { kind: 'unsatisfiable' }],
  ['another unit is ignored', 'items=0-5', { kind: 'whole' }],
  ['backwards is ignored', 'bytes=100-50', { kind: 'whole' }],
  ['several ranges are declined', 'bytes=0-9,20-29', { kind: 'whole' }],
  ['nothing at all is ignored', 'bytes=-', { kind: 'whole' }],
])('%s', (_, header, expected) => {
  expect(parseRange(header, 1000)).toEqual(expected);
});

test('Content-Range is inclusive', () => {
  expect(contentRange(5, 10, 100)).toBe('bytes 5-9/100');
});
