import { describe, expect, test } from 'vitest';
import type { CleanedItem, PartialItem } from '#imgdl/core/partial.js';
import { cleanDocument, statusDocument } from '#imgdl/ui/document/partials.js';
import { cleanText, statusTable, unlockText } from '#imgdl/ui/text/partials.js';

const MIB = 1024 * 1024;
const ITEM: PartialItem = {
  target: 'images/x.img',
  files: '.imgdl-0123456789abcdef',
  source: { provider: 'glance', endpoint: 'https://cloud', ref: '4711' },
  bytes: 12 * MIB,
  size: 2 * 1024 * MIB,
  updatedAt: Date.UTC(2026, 10, 21, 8),
  owner: { state: 'left-behind', pid: 12, host: 'box' },
};
const NOTHING_KNOWN = { ...ITEM, target: null, source: null, bytes: 0, size: null };

describe('a partial download as people see it', () => {
  test.each([
    ['left behind', ITEM, 'images/x.img 12.0 MiB 2.0 GiB 2026-11-21 08:00 left behind https://cloud 4711'],
    ['of which nothing is known', NOTHING_KNOWN, '.imgdl-0123456789abcdef.* 0 B - 2026-11-21 08:00 left behind -'],
    [
      'of a plain URL',
      { source: { provider: 'url', endpoint: 'https://cloud', ref: '/images/x.img' } },
      /left behind https:\/\/cloud\/images\/x\.img$/,
    ],
    ['running', { owner: { state: 'running', pid: 12, host: 'box' } }, /running, process 12 https/],
    ['running without a lock', { owner: { state: 'running', pid: null, host: null } }, /08:00 running https/],
    ['elsewhere', { owner: { state: 'elsewhere', pid: 12, host: 'c1' } }, /perhaps process 12 on c1 https/],
    ['of an unknown owner', { owner: { state: 'unknown', pid: null, host: null } }, /08:00 unknown https/],
    [
      'whose lock was written by a joker',
      { owner: { state: 'elsewhere', pid: 1, host: '\u001b[2J\n##vso[' } },
      /\\x1b/,
    ],
  ] as const)('%s', (_, change, expected) => {
    const [, line = '', end, ...more] = statusTable([{ ...ITEM, ...change }]).split('\n');
    expect([end, more]).toEqual(['', []]);
    expect(line).not.toMatch(/[\x00-\x1f]|##/);
    const words = line.replace(/ +/g, ' ');
    if (typeof expected === 'string') expect(words).toBe(expected);
    else expect(words).toMatch(expected);
  });
});

describe('what became of it', () => {
  test.each([
    ['removed', null, {}, 'removed images/x.img (12.0 MiB downloaded)\n'],
    ['would-remove', null, {}, 'would remove images/x.img (12.0 MiB downloaded)\n'],
    ['kept', 'newer', {}, 'kept images/x.img (changed recently)\n'],
    [
      'kept',
      'in-use',
      { owner: { state: 'unknown', pid: null, host: null } },
      'kept images/x.img (may be in use; if it is not, use --unlock)\n',
    ],
    ['kept', 'in-use', {}, 'kept images/x.img (in use)\n'],
    [
      'kept',
      'in-use',
      { owner: { state: 'elsewhere', pid: 12, host: 'c1' } },
      'kept images/x.img (may be in use by process 12 on c1; if it is not, use --unlock)\n',
    ],
    [
      'kept',
      'not-ours',
      {},
      'kept images/x.img (some of its files were not created by imgdl, or belong to another user)\n',
    ],
  ] as const)('%s, %s', (action, reason, change, expected) => {
    const item: CleanedItem = { ...ITEM, ...change, action, reason };
    expect(cleanText([item])).toBe(expected);
  });

  test.each([
    [null, false, 'x.img is not locked\n'],
    ['process 1 on "c1"', false, 'unlocked x.img (it was held by process 1 on "c1")\n'],
    ['process 1 on "c1"', true, 'would unlock x.img (it was held by process 1 on "c1")\n'],
  ])('of a lock that %s held (dry run: %s)', (heldBy, dryRun, expected) => {
    expect(unlockText({ target: 'x.img', heldBy }, dryRun)).toBe(expected);
  });
});

test('documents have the time in UTC, and no word more than they say', () => {
  expect(statusDocument([ITEM]).items).toEqual([
    {
      target: ITEM.target,
      source: ITEM.source,
      bytes: ITEM.bytes,
      size: ITEM.size,
      updated: '2026-11-21T08:00:00.000Z',
      owner: ITEM.owner,
    },
  ]);
  const [cleaned] = cleanDocument([{ ...ITEM, action: 'kept', reason: 'newer' }]).items;
  expect(cleaned).toMatchObject({ action: 'kept', reason: 'newer' });
});
