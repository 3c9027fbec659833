import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { scratch } from '../support/scratch.js';
import { bench } from './modules.js';

const { SCENARIOS, bytesOf } = await bench('scenarios.mjs');
const { SERVERS } = await bench('servers.mjs');
const { featuresIn } = await bench('tools.mjs');
const { readArguments } = await bench('arguments.mjs');
const { openScratch } = await bench('scratch.mjs');

const context = {
  url: 'http://127.0.0.1:1/image.img',
  urls: ['http://127.0.0.1:1/a'],
  file: '/there/image',
  directory: '/there',
  name: 'image',
  served: '/here/image.img',
  list: '/here/urls',
  ca: '/here/ca.pem',
  digests: { md5: 'abc' },
  image: '1095',
  appliance: '747',
  login: 'alice:secret',
  metadata: 'http://127.0.0.1:1/m',
  api: 'http://127.0.0.1:1/api',
  token: 't',
};

describe.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))('the scenario %s', (_, scenario) => {
  test('has a server, and rows with names of their own', () => {
    expect(Object.keys(SERVERS)).toContain(scenario.server);
    const names = scenario.contestants.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  test.each(scenario.contestants.map((each) => [each.name, each] as const))('%s is a command line', (_name, each) => {
    const command = each.command(context);
    expect(command.length).toBeGreaterThan(0);
    for (const word of command) {
      expect(word).toEqual(expect.any(String));
      expect(word).not.toMatch(/undefined|\[object/);
    }
    // What is not verified must not pass for verified in the table.
    if (each.verified === 'md5' && each.tool !== 'openstack') expect(command.join(' ')).toMatch(/md5/);
  });
});

test('a scenario has its share of the size, and never less than a mebibyte', () => {
  const limited = SCENARIOS.find(({ name }) => name === 'limited')!;
  expect(bytesOf(limited, 2 * 2 ** 30)).toBe(512 * 2 ** 20);
  expect(bytesOf(limited, 1024)).toBe(2 ** 20);
});

test.each([
  ['nothing of it', 'Usage: imgdl url [options] <url>\n  --limit 3\n', []],
  ['connections', '  --connections <N>   parallel connections', ['connections']],
  ['a limit', 'Transfer:\n  --limit-rate <RATE>', ['limit-rate']],
  ['several images', 'Usage: imgdl url [options] <url...>\n', ['several images']],
])('the help shows %s', (_, help, expected) => {
  expect([...featuresIn(help)]).toEqual(expected);
});

describe('the command line', () => {
  test('has the sizes of the issue by default', () => {
    expect(readArguments([], ['plain'])).toMatchObject({ runs: 9, size: 2 ** 31, only: [], target: '/dev/shm' });
  });

  test.each([
    ['an unknown scenario', ['--only', 'plane'], /--only plane: .* plain/],
    ['no number of runs', ['--runs', 'many'], /--runs many/],
    ['no runs at all', ['--runs', '0'], /--runs 0/],
    ['no size', ['--size', '2X'], /--size 2X/],
    ['a size that fits no memory', ['--size', '999G'], /up to 16G/],
    ['an unknown option', ['--fast'], /--fast/],
  ])('refuses %s', (_, argv, complaint) => {
    expect(() => readArguments(argv, ['plain'])).toThrow(complaint);
  });
});

describe('the place to work in', () => {
  test('is refused when more is needed than there is, and nothing is left there', () => {
    const place = scratch();
    expect(() => openScratch(place, 2 ** 52, true)).toThrow(/free/);
    expect(readdirSync(place)).toEqual([]);
  });

  test('is refused when it is not memory', () => {
    expect(() => openScratch('/proc', 1, false)).toThrow(/memory-backed/);
  });

  test('is a directory of its own, and gone afterwards', () => {
    const place = scratch();
    const opened = openScratch(place, 1, true);
    expect(readdirSync(place)).toHaveLength(1);
    opened.clear();
    expect(readdirSync(place)).toEqual([]);
  });
});
