import { describe, expect, test } from 'vitest';
import { BadYaml, readFile, readYaml, type Tree } from '#imgdl/providers/foreign-yaml.js';

/** With plain objects, which are easier to write down. */
function plain(tree: Tree): unknown {
  if (tree instanceof Map) return Object.fromEntries([...tree].map(([key, value]) => [key, plain(value)]));
  return Array.isArray(tree) ? tree.map(plain) : tree;
}

async function read(text: string): Promise<unknown> {
  return plain(await readYaml(text, () => {}));
}

describe('every scalar is the text of the file', () => {
  test.each<[string, string, unknown]>([
    ['digits', 'a: 012345', { a: '012345' }],
    ['more digits than a number holds', 'a: 12345678901234567890', { a: '12345678901234567890' }],
    ['words of a boolean', 'a: [yes, true, off]', { a: ['yes', 'true', 'off'] }],
    ['a date', 'a: 2026-11-21', { a: '2026-11-21' }],
    ['the empty text', 'a: ""', { a: '' }],
    ['a surrogate pair of JSON', '{"a": "\\ud83d\\ude00"}', { a: '😀' }],
    ['text over lines', 'a: |\n  x\n  y\n', { a: 'x\ny\n' }],
    ['a tag that says so', 'a: !!str 5', { a: '5' }],
    ['a tag of another type', 'a: !!bool no\nb: !!int 012\nc: !!float "1.0"', { a: 'no', b: '012', c: '1.0' }],
    ['in the words of YAML 1.1', '%YAML 1.1\n---\na: yes', { a: 'yes' }],
    ['JSON', '{\n\t"a": 1,\n\t"b": [true, "\\u00e9"]\n}', { a: '1', b: ['true', 'é'] }],
    ['behind a byte order mark', '\ufeffa: x', { a: 'x' }],
    ['an empty file', '', undefined],
    ['a file of comments', '# a: x\n', undefined],
  ])('%s', async (_what, text, tree) => {
    expect(await read(text)).toEqual(tree);
  });
});

describe('what is not set', () => {
  test.each([
    '',
    'null',
    'Null',
    'NULL',
    '~',
    '# a comment',
    '&anchor',
    '&anchor null',
    '!!null null',
    '!!null ~',
    '!!null',
  ])('a: %s', async (written) => {
    expect(await read(`a: ${written}\nb: x`)).toEqual({ a: undefined, b: 'x' });
  });

  test.each<[string, string]>([
    ['"null"', 'null'],
    ["'~'", '~'],
    ['!!str null', 'null'],
    ['!!str', ''],
    ['|-\n  null', 'null'],
    ['nULL', 'nULL'],
    ['None', 'None'],
    ['nil', 'nil'],
    ['~/ca.pem', '~/ca.pem'],
    ['null and void', 'null and void'],
  ])('a: %s is text', async (written, text) => {
    expect(await read(`a: ${written}`)).toEqual({ a: text });
  });

  test('in lists, in JSON, by an alias, and as what is merged under a value', async () => {
    const text = 'a: [null, ~, x]\nb: {"c": null}\nd: &d null\ne: *d\nf: {<<: {g: null}, g: x}';
    expect(await read(text)).toEqual({
      a: [undefined, undefined, 'x'],
      b: { c: undefined },
      d: undefined,
      e: undefined,
      f: { g: 'x' },
    });
  });
});

describe('merge keys', () => {
  test.each<[string, string, unknown]>([
    ['an alias', 'b: &b {x: 1}\nc:\n  <<: *b\n  y: 2', { x: '1', y: '2' }],
    ['what the map says itself wins, before it', 'b: &b {x: 1}\nc:\n  x: 3\n  <<: *b', { x: '3' }],
    ['and behind it', 'b: &b {x: 1}\nc:\n  <<: *b\n  x: 3', { x: '3' }],
    ['of a list the earlier wins', 'b: &b {x: 1}\nd: &d {x: 2, z: 3}\nc: {<<: [*b, *d]}', { x: '1', z: '3' }],
    ['twice', 'b: &b {x: 1}\nd: &d {x: 2, z: 3}\nc:\n  <<: *b\n  <<: *d', { x: '1', z: '3' }],
    ['of what was merged', 'b: &b {x: 1}\nd: &d {<<: *b, z: 3}\nc: {<<: *d}', { x: '1', z: '3' }],
    ['in place', 'c: {<<: {x: 1}}', { x: '1' }],
    ['in quotes it is a key', 'c: {"<<": x}', { '<<': 'x' }],
  ])('%s', async (_what, text, merged) => {
    expect(await read(text)).toMatchObject({ c: merged });
  });
});

test('what an alias stands for is shared, so that a bomb of them stays as small as it is', async () => {
  const lines = ['a0: &a0 [x, x]'];
  for (let i = 1; i < 60; i++) lines.push(`a${i}: &a${i} [*a${i - 1}, *a${i - 1}]`);
  const tree = await readYaml(lines.join('\n'), () => {});
  const last = tree instanceof Map ? tree.get('a59') : undefined;
  expect(Array.isArray(last) && last[0] === last[1]).toBe(true);
});

test('a thousand clouds may have one anchor', async () => {
  const clouds = Array.from({ length: 1000 }, (_, index) => `c${index}: {<<: *b}`);
  expect(await read(`b: &b {x: 1}\n${clouds.join('\n')}`)).toMatchObject({ c999: { x: '1' } });
});

describe('the place of what is wrong, and nothing of the text', () => {
  test.each<[string, string, string]>([
    ['an alias of nothing', 'a: x\nb: *canary', ', line 2, column 4'],
    ['an alias before its anchor', 'a: *canary\nb: &canary x', ', line 1, column 4'],
    ['a tag of code', 'a: !!js/function "canary"', ', line 1, column 4'],
    ['a tag of a type', 'a: x\nb: !!binary canary', ', line 2, column 4'],
    ['a merge of what is no map', 'a:\n  <<: canary', ', line 2, column 3'],
    ['a merge of a list of what is no map', 'a:\n  <<: [canary]', ', line 2, column 3'],
    ['a colon too many', 'a: canary: x', ', line 1, column 4'],
    ['a tab as indentation', 'a:\n\tb: canary', ', line 2, column 1'],
    ['a sign that is reserved', 'a: @canary', ', line 1, column 4'],
    ['two documents', 'a: x\n---\ncanary: x', ', line 2, column 1'],
    ['brackets without end', '['.repeat(20_000), ''],
    ['brackets that are closed', '['.repeat(5_000) + ']'.repeat(5_000), ''],
    ['braces without end', '{a: '.repeat(5_000), ''],
    ['lists of lists', '- '.repeat(5_000), ''],
    ['keys of keys', '? '.repeat(5_000), ''],
    ['pairs in pairs', 'a: '.repeat(5_000), ''],
    ['deeper and deeper lines', Array.from({ length: 1_000 }, (_, at) => `${' '.repeat(at)}a:`).join('\n'), ''],
    [
      'merges without end',
      `b: &b {${Array.from({ length: 1000 }, (_, at) => `k${at}: x`).join(', ')}}\n${Array.from({ length: 101 }, (_, at) => `c${at}: {<<: *b}`).join('\n')}`,
      ', line 102, column 8',
    ],
  ])('%s', async (_what, text, place) => {
    const error = await readYaml(text, () => {}).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(BadYaml);
    if (place !== '') expect(error).toMatchObject({ what: `it is not valid YAML${place}` });
    expect(String(error)).not.toContain('canary');
  });
});

describe('of a key that is there twice the last one counts, and both lines are told', () => {
  test.each<[string, string, unknown, readonly (readonly [string, number, number])[]]>([
    ['in the file', 'a: 1\nb: c\n"a": 2', { a: '2', b: 'c' }, [['a', 1, 3]]],
    [
      'three times',
      'a: 1\na: 2\na: 3',
      { a: '3' },
      [
        ['a', 1, 2],
        ['a', 2, 3],
      ],
    ],
    ['deep down', 'a:\n  - b: 1\n\n    b: 2', { a: [{ b: '2' }] }, [['b', 2, 4]]],
    ['in one line', 'a: {b: 1, b: 2}', { a: { b: '2' } }, [['b', 1, 1]]],
    ['in JSON', '{"a": 1,\n"\\u0061": 2}', { a: '2' }, [['a', 1, 2]]],
    ['by an alias', 'x: &k b\n*k : c\nb: d', { x: 'b', b: 'd' }, [['b', 2, 3]]],
    ['a mapping: nothing of the first is left', 'a: {x: 1}\na: {y: 2}', { a: { y: '2' } }, [['a', 1, 2]]],
    ['that is not set any more', 'a: 1\na: null', { a: undefined }, [['a', 1, 2]]],
    ['around a merge', 'b: &b {x: 1}\nc:\n  x: 2\n  <<: *b\n  x: 3', { b: { x: '1' }, c: { x: '3' } }, [['x', 3, 5]]],
  ])('%s', async (_what, text, tree, repeated) => {
    const told: unknown[] = [];
    expect(plain(await readYaml(text, ({ key, lines }) => told.push([key, ...lines])))).toEqual(tree);
    expect(told).toEqual(repeated);
  });
});

test('nothing leaks into other objects', async () => {
  await readYaml('__proto__: {polluted: x}', () => {});
  expect(Reflect.get({}, 'polluted')).toBeUndefined();
});

test.each([
  [true, 'it is not UTF-8', 'save it as UTF-8'],
  [false, 'it is not valid YAML, line 1, column 4', 'correct the file; quote a value that has special characters'],
])('a file that cannot be read, garbled %s, says why and what to do', async (garbled, what, hint) => {
  const file = { text: garbled ? '\ufffda: b' : 'a: %b', groupOrWorld: false, ...(garbled && { garbled }) };
  await expect(readFile(file, () => {})).rejects.toMatchObject({ what, hint });
});

test('a byte order mark is no part of a key', async () => {
  expect(plain(await readFile({ text: '\ufeffa: b', groupOrWorld: false }, () => {}))).toEqual({ a: 'b' });
});
