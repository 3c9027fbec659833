import { describe, expect, test } from 'vitest';
import { bench, measured, result } from './modules.js';

const { fillPage, pageText, scenarioText, table, targetsText } = await bench('report.mjs');
const { plot } = await bench('plot.mjs');
const { parseSize, seconds, size } = await bench('units.mjs');

test('a table has columns as wide as they must be: words to the left, figures to the right', () => {
  expect(
    table(
      ['', 'time', 'why'],
      [
        ['a long name', '1 s', 'x'],
        ['b', '100 s', ''],
      ],
      [0, 2],
    ),
  ).toBe(
    ['              time  why', '-----------  -----  ---', 'a long name    1 s  x', 'b            100 s'].join('\n'),
  );
});

describe('the text of a scenario', () => {
  const text = scenarioText(
    result([
      {
        ...measured('imgdl', 2000),
        median: { ...measured('', 2000).median!, rssBytes: 100 * 2 ** 20, firstByteMs: null },
      },
      {
        name: 'aria2c',
        tool: 'aria2c',
        verified: 'md5',
        state: 'not installed',
        why: 'not installed: apt-get install aria2',
        runs: [],
      },
      { name: 'imgdl, 4 connections', tool: 'imgdl', verified: 'md5', state: 'not yet', why: 'connections', runs: [] },
      { name: 'wget', tool: 'wget', verified: '', state: 'failed', why: '4: refused', runs: [] },
    ]),
  );
  test.each([
    ['the size', 'plain: a server, 1 GiB'],
    ['time, speed, CPU and memory', /imgdl +md5 +2\.00 s +2\.00 s +2\.00 s +537 +2\.00 +100 MiB$/m],
    ['what is not installed', 'aria2c: not installed: apt-get install aria2'],
    ['what imgdl cannot do yet', 'imgdl, 4 connections: not yet (connections)'],
    ['what failed', 'wget: failed: 4: refused'],
  ])('has %s', (_, part) => {
    expect(text).toMatch(part);
  });

  test('says why there is none', () => {
    expect(scenarioText(result([], { skipped: 'no nginx' }))).toContain('not measured: no nginx');
  });
});

test('the text of the targets names ratio, bar and verdict', () => {
  const judged = { name: 'fast', denominator: 'curl', ratio: 0.456, verdict: 'met', why: 'the aim is 0.40' } as const;
  const row = { ...judged, scenario: 'plain', figure: 'wallMs', numerator: 'imgdl', bar: 0.6 };
  expect(targetsText([row])).toMatch(/fast \(plain\) +imgdl \/ curl +time +0\.46 +0\.60 +met +the aim is 0\.40/);
});

describe('the page', () => {
  const at = { at: '2026-11-21T10:00:00Z', runs: 9 };
  const machine = { cpus: 2, model: 'CPU', memoryBytes: 2 ** 33, kernel: '6.1', node: '20.20.2', load: 0 };
  const tools = [{ name: 'wget2', version: null, package: 'wget2' }];

  test('has the targets, the rows that were measured and the tools that were not there', () => {
    const judged = { name: 'fast', denominator: 'a|b', ratio: 0.456, verdict: 'met', why: '' } as const;
    const target = { ...judged, scenario: 'plain', figure: 'wallMs', numerator: 'imgdl', bar: 0.6 };
    const text = pageText({ ...at, machine, tools, scenarios: [result([measured('imgdl', 2000)])] }, [target]);
    expect(text).toContain('| fast | plain: imgdl / a\\|b, time | 0.46 | 0.60 | met |');
    expect(text).toContain('| plain, 1 GiB | imgdl | md5 | 2.00 s | 2.00 s | 2.00 s | 537 | 2.00 |');
    expect(text).toContain('wget2 - (not installed: wget2)');
  });

  test('keeps what stands around the marks, however often it is filled', () => {
    const page = 'before\n<!-- bench:begin -->\nold\n<!-- bench:end -->\nafter\n';
    const filled = fillPage(page, 'new');
    expect(filled).toBe('before\n<!-- bench:begin -->\n\nnew\n\n<!-- bench:end -->\nafter\n');
    expect(fillPage(filled, 'new')).toBe(filled);
  });

  test('without marks is refused, not overwritten', () => {
    expect(() => fillPage('no marks', 'new')).toThrow(/marks?|has no/);
  });
});

describe('the plot', () => {
  const document = {
    at: '2026-11-21T10:00:00Z',
    runs: 9,
    machine: { cpus: 2, model: 'A <CPU> & "more"', node: '20.20.2' },
    scenarios: [
      result([measured('slow & steady', 4000), measured('imgdl', 1000), measured('quick', 2000, { verified: '' })]),
      result([measured('imgdl', 5), measured('other', 5)], { name: 'startup', title: 'start', bytes: 0 }),
      result([], { title: 'no server', skipped: 'no nginx' }),
    ],
  };
  const svg = plot(document);

  test('has a bar for each row, the fastest first, as long as it took', () => {
    const bars = [...svg.matchAll(/<rect class="(\w+)" x="270" y="\d+" width="([\d.]+)"/g)].map((match) => [
      match[1],
      Number(match[2]),
    ]);
    expect(bars).toEqual([
      ['ours', 100],
      ['unproven', 200],
      ['proven', 400],
    ]);
  });

  test('leaves out what has no size or no figures', () => {
    expect(svg).not.toContain('start');
    expect(svg).not.toContain('no server');
  });

  test('is well-formed whatever the names are', () => {
    expect(svg).toContain('slow &amp; steady');
    expect(svg).toContain('A &lt;CPU&gt; &amp; &quot;more&quot;');
    expect(svg.replaceAll(/<[^<>]*>|&(amp|lt|gt|quot);/g, '').slice(0)).not.toMatch(/<|&/);
  });
});

describe('sizes and times', () => {
  test.each([
    ['2G', 2 ** 31],
    ['256M', 2 ** 28],
    ['1k', 1024],
    ['1048576', 2 ** 20],
    ['1.5G', 1.5 * 2 ** 30],
    ['0', undefined],
    ['-1M', undefined],
    ['2T', undefined],
    ['', undefined],
  ])('"%s" is %s bytes', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  test.each([
    [2 ** 31, '2 GiB'],
    [1.5 * 2 ** 20, '1.5 MiB'],
    [1024, '1 KiB'],
  ])('%d bytes are %s', (bytes, text) => {
    expect(size(bytes)).toBe(text);
  });

  test.each([
    [12_345, '12.3 s'],
    [1234, '1.23 s'],
    [12.3, '12 ms'],
  ])('%d ms are %s', (ms, text) => {
    expect(seconds(ms)).toBe(text);
  });
});
