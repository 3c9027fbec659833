import { describe, expect, test } from 'vitest';
import type { ListItem } from '#imgdl/core/list.js';
import { jsonLine } from '#imgdl/ui/document/json-line.js';
import { listDocument } from '#imgdl/ui/document/list.js';
import { listTable } from '#imgdl/ui/text/list.js';
import { tableText } from '#imgdl/ui/text/table.js';

const ITEM: ListItem = {
  command: 'x image',
  args: ['1'],
  id: '1',
  name: 'debian',
  version: null,
  revision: null,
  format: null,
  bytes: null,
  created: null,
  updated: null,
  ready: false,
  reason: null,
  digests: [],
  percent: null,
  visibility: null,
  owner: null,
};

const lines = (...of: readonly string[]): string => of.map((line) => `${line}\n`).join('');

test('a command to GitHub in the first cell of a line is none', () => {
  const id = '::add-path::/tmp';
  expect(listTable([{ title: 'ID', of: 'id' }], [{ ...ITEM, id }])).toBe(lines('ID', '\\x3a:add-path::/tmp'));
  expect(listTable([{ title: 'ID', of: 'id' }], [{ ...ITEM, id: '::1' }])).toBe(lines('ID', '::1'));
});

test('a command to Azure Pipelines in a document is none, and the value is the same', () => {
  const name = '##vso[task.complete]';
  const line = jsonLine(listDocument([{ ...ITEM, name }]));
  expect(line).not.toContain('##');
  expect(JSON.parse(line).items[0].name).toBe(name);
});

test.each<[string, readonly (readonly string[])[], string]>([
  ['no row', [], lines('A  B')],
  [
    'the widest cell makes the column',
    [
      ['wide one', '1'],
      ['x', '22'],
    ],
    lines('A          B', 'wide one   1', 'x         22'),
  ],
  [
    'a cell of two columns for each character',
    [
      ['日本', '1'],
      ['x', '2'],
    ],
    lines('A     B', '日本  1', 'x     2'),
  ],
  ['a row that is too short', [['x']], lines('A  B', 'x')],
])('a table: %s', (_, rows, text) => {
  expect(tableText([{ title: 'A' }, { title: 'B', right: true }], rows)).toBe(text);
});

describe('a list for people', () => {
  const cell = (item: Partial<ListItem>): string =>
    listTable(
      [
        { title: 'N', of: 'name' },
        { title: 'R', of: 'ready' },
      ],
      [{ ...ITEM, ...item }],
    );

  test.each<[string, Partial<ListItem>, string]>([
    ['a name cannot act on the terminal', { name: 'a\u001b[2J\nb\u202e' }, 'a\\x1b[2J\\nb\\u202e  no'],
    ['nor on a CI runner', { name: '##vso[x]' }, '\\x23#vso[x]  no'],
    ['what nobody knows is a dash', { name: null }, '-  no'],
    ['why not, in words', { reason: 'not-compressed' }, 'debian  not compressed'],
    ['and how far', { reason: 'generating', percent: 7 }, 'debian  generating 7 %'],
    ['a reason of the server cannot act either', { reason: 'x\ny' }, 'debian  x\\ny'],
  ])('%s', (_, item, line) => {
    expect(cell(item).split('\n').slice(1)).toEqual([line, '']);
  });
});

test('the document has one line, whatever is in it', () => {
  const text = jsonLine(listDocument([{ ...ITEM, name: 'a\nb', formatTitle: 'x' }]));
  expect(text).toMatch(/^\{"schema":1,"items":\[\{[^\n]*\}\]\}\n$/);
  expect(Object.keys(JSON.parse(text).items[0])).toEqual(Object.keys(ITEM));
});
