import { describe, expect, test } from 'vitest';
import { isAppError } from '#imgdl/core/errors.js';
import { fitsWord, parseWord, type Word } from '#imgdl/providers/openstack/word.js';

const ID = 'aaaaaaaa-0000-4000-8000-000000000001';

test.each<[string, Word]>([
  [ID, { kind: 'id-or-name', id: ID, name: ID }],
  [ID.toUpperCase(), { kind: 'id-or-name', id: ID, name: ID.toUpperCase() }],
  [`id:${ID.toUpperCase()}`, { kind: 'id', id: ID }],
  ['debian-13', { kind: 'name', name: 'debian-13' }],
  ['42', { kind: 'name', name: '42' }],
  ['ubuntu:24.04', { kind: 'name', name: 'ubuntu:24.04' }],
  ['debian-*', { kind: 'pattern', pattern: 'debian-*' }],
  ['debian-1?', { kind: 'pattern', pattern: 'debian-1?' }],
  ['*', { kind: 'pattern', pattern: '*' }],
  ['[a-z]', { kind: 'name', name: '[a-z]' }],
  ['name:debian-*', { kind: 'name', name: 'debian-*' }],
  [`name:${ID}`, { kind: 'name', name: ID }],
  ['name:id:5', { kind: 'name', name: 'id:5' }],
  ['name:name:5', { kind: 'name', name: 'name:5' }],
  ['Name:5', { kind: 'name', name: 'Name:5' }],
])('%s', (given, word) => {
  expect(parseWord(given)).toEqual(word);
});

test.each([
  '',
  ' \t',
  'name:',
  'name: ',
  'x'.repeat(256),
  `name:${'x'.repeat(256)}`,
  'id:',
  'id:5',
  'id:debian',
  `id: ${ID}`,
])('%j is none', (given) => {
  const parse = (): unknown => {
    try {
      return parseWord(given);
    } catch (error) {
      return isAppError(error) ? error.code : error;
    }
  };
  expect(parse()).toBe('usage.id');
});

describe('an image of a list fits', () => {
  test.each<[string, string, string | null, boolean]>([
    ['its id', ID, 'x', true],
    [
      'the name that looks like another id',
      'bbbbbbbb-0000-4000-8000-000000000001',
      'bbbbbbbb-0000-4000-8000-000000000001',
      true,
    ],
    ['another id', 'bbbbbbbb-0000-4000-8000-000000000001', 'x', false],
    ['a forced id', `id:${ID}`, 'x', true],
    ['a name', 'debian', 'debian', true],
    ['a part of a name', 'debian', 'debian-13', false],
    ['a pattern', 'deb*13', 'debian-13', true],
    ['a pattern without a name', '*', null, true],
    ['a forced name', 'name:deb*', 'debian', false],
  ])('%s', (_, given, name, wanted) => {
    expect(fitsWord({ id: ID, name }, parseWord(given))).toBe(wanted);
  });
});
