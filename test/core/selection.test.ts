import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fitsGlob } from '#imgdl/core/glob.js';
import type { ListItem } from '#imgdl/core/list.js';
import { isWanted, selected } from '#imgdl/core/selection.js';

const ITEM: ListItem = {
  command: 'x image',
  args: ['1'],
  id: '1',
  name: 'debian-13',
  version: null,
  revision: null,
  format: 'qcow2',
  bytes: 1,
  created: null,
  updated: null,
  ready: true,
  reason: null,
  digests: [],
  percent: null,
  visibility: null,
  owner: null,
};

describe('a pattern', () => {
  test.each([
    ['debian-13', 'debian-13', true],
    ['debian-13', 'debian-1', false],
    ['debian-13', 'debian-*', true],
    ['debian-13', '*13', true],
    ['debian-13', '*', true],
    ['debian-13', 'debian-??', true],
    ['debian-13', 'debian-???', false],
    ['debian-13', 'Debian-*', false],
    ['a.b', 'a?b', true],
    ['axb', 'a.b', false],
    ['a[1]', 'a[1]', true],
    ['', '*', true],
    ['', '?', false],
    ['', '', true],
    ['🦀', '?', true],
    ['a\nb', 'a*b', true],
  ])('%j fits %j: %s', (text, pattern, fits) => {
    expect(fitsGlob(text, pattern)).toBe(fits);
  });

  test('says what a regular expression of the same says', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '.') });
    const patterns = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*', '?') });
    fc.assert(
      fc.property(letters, patterns, (text, pattern) => {
        const same = pattern.replaceAll('.', '\\.').replaceAll('?', '.').replaceAll('*', '.*');
        expect(fitsGlob(text, pattern)).toBe(new RegExp(`^${same}$`, 's').test(text));
      }),
    );
  });

  test('of many stars takes no longer than its length says', () => {
    expect(fitsGlob('a'.repeat(2000), `${'*a'.repeat(500)}*b`)).toBe(false);
  });
});

describe('what is wanted', () => {
  test.each<[string, Partial<ListItem>, Parameters<typeof isWanted>[1], boolean]>([
    ['everything', {}, { ready: false }, true],
    ['an item without a name, by a name', { name: null }, { ready: false, name: 'x*' }, false],
    ['an item without a format, by a format', { format: null }, { ready: false, format: 'raw' }, false],
    ['the other name of a format', { formatTitle: 'QEMU' }, { ready: false, format: 'qemu' }, true],
    ['one that is not ready', { ready: false }, { ready: true }, false],
    ['one of two rules', {}, { ready: true, name: 'x' }, false],
  ])('%s', (_, item, selection, wanted) => {
    expect(isWanted({ ...ITEM, ...item }, selection)).toBe(wanted);
  });

  test('is not asked for beyond the limit', async () => {
    let given = 0;
    async function* endless(): AsyncGenerator<ListItem> {
      for (;;) {
        given += 1;
        yield ITEM;
      }
    }
    const found: ListItem[] = [];
    for await (const item of selected(endless(), { ready: false, limit: 3 })) found.push(item);
    expect([found.length, given]).toEqual([3, 3]);
  });
});
