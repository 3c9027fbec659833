import { describe, expect, it } from 'vitest';
import { parseHttpDate, strongLastModified, weakLastModified } from '#imgdl/core/http-date.js';

const OLD = 'Fri, 20 Nov 2026 08:00:00 GMT';
const NEW = 'Sat, 21 Nov 2026 08:00:00 GMT';
const ago = (seconds: number): string => new Date(Date.parse(NEW) - seconds * 1000).toUTCString();

describe('dates of HTTP', () => {
  it.each([
    ['a day old', OLD, NEW, 'strong'],
    ['60 s old', ago(60), NEW, 'strong'],
    ['59 s old: it may change again within its second', ago(59), NEW, 'weak'],
    ['2 s old', ago(2), NEW, 'weak'],
    ['1 s old: some servers write the time of day', ago(1), NEW, 'neither'],
    ['as old as the answer', NEW, NEW, 'neither'],
    ['1 s in the future', ago(-1), NEW, 'neither'],
    ['2 s in the future', ago(-2), NEW, 'weak'],
    ['far in the future', NEW, OLD, 'weak'],
    ['without a Date to compare', OLD, undefined, 'neither'],
    ['of another form', '2026-11-20T08:00:00Z', NEW, 'neither'],
  ])('a Last-Modified %s', (_, value, date, kind) => {
    const headers = new Map([['last-modified', ` ${value} `]]);
    if (date !== undefined) headers.set('date', date);
    const taken = [strongLastModified(headers), weakLastModified(headers)];
    expect(taken).toEqual([kind === 'strong' ? value : undefined, kind === 'weak' ? value : undefined]);
  });

  it.each([
    ['Sat, 21 Nov 2026 08:00:00 GMT', Date.UTC(2026, 10, 21, 8)],
    ['Sat, 21 Nov 2026 08:00:00 UTC', undefined],
    ['Saturday, 21-Nov-26 08:00:00 GMT', undefined],
    ['Sat, 99 Nov 2026 08:00:00 GMT', undefined],
    ['1', undefined],
    ['', undefined],
  ])('the date %j', (text, ms) => {
    expect(parseHttpDate(text)).toBe(ms);
  });
});
