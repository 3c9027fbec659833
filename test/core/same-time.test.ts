import { describe, expect, it } from 'vitest';
import { type FileFacts, likeness } from '#imgdl/core/same-time.js';

const AT = Date.UTC(2026, 10, 20, 8);
const local: FileFacts = { size: 100, modifiedAt: AT };

const ROWS: readonly (readonly [string, FileFacts, FileFacts, string, RegExp])[] = [
  ['the same size and time', local, local, 'same', /^$/],
  ['the same second', { size: 100, modifiedAt: AT + 999 }, local, 'same', /^$/],
  ['an empty file', { size: 0, modifiedAt: AT }, { size: 0, modifiedAt: AT }, 'same', /^$/],
  ['another size', local, { size: 101, modifiedAt: AT }, 'different', /100 bytes, but the remote image has 101/],
  ['a later time', local, { size: 100, modifiedAt: AT + 1000 }, 'different', /another time/],
  ['an earlier time', local, { size: 100, modifiedAt: AT - 1 }, 'different', /another time/],
  ['no size', local, { modifiedAt: AT }, 'unknown', /no digest is known.*does not say its size/],
  ['no time', local, { size: 100 }, 'unknown', /no digest is known.*when it was changed/],
  ['no time here', { size: 100 }, local, 'different', /another time/],
  ...[0, 1000, Date.UTC(1980, 0, 1), Date.UTC(1980, 11, 31)].map(
    (at): [string, FileFacts, FileFacts, string, RegExp] => [
      `the date of a build, ${new Date(at).toISOString()}`,
      { size: 100, modifiedAt: at },
      { size: 100, modifiedAt: at },
      'unknown',
      /as all files of a build/,
    ],
  ),
];

describe('a file and what an answer says of the remote one', () => {
  it.each(ROWS)('%s', (_, here, there, kind, why) => {
    const found = likeness(here, there);
    expect([found.kind, found.kind === 'same' ? '' : found.why]).toEqual([kind, expect.stringMatching(why)]);
  });
});
