import { describe, expect, test } from 'vitest';
import { FORCE, LIMIT_RATE, OUTPUT, RETRIES } from '#imgdl/app/options.js';
import { settingFacts } from '#imgdl/config/explain.js';
import { Secret } from '#imgdl/core/secret.js';
import { directory, load, ROWS } from './support.js';

const KEY = {
  key: 'one-time',
  value: 'KEY',
  doc: '',
  group: '',
  parse: (raw: string) => new Secret(raw),
  text: (value: unknown) => (value instanceof Secret ? value.reveal() : undefined),
};

describe('what is set', () => {
  test('is told with its value and by whom, in the order of the rows; the highest layer counts', async () => {
    const home = directory({ '.config/imgdl/config.yaml': 'retries: 3\nlimit-rate: 20M\noutput: images/\n' });
    const { layers } = await load({ home, env: { IMGDL_RETRIES: '5', IMGDL_FORCE: 'yes' }, flags: { output: 'x' } });
    const file = `${home}/.config/imgdl/config.yaml`;
    expect(settingFacts(layers, [LIMIT_RATE, OUTPUT, RETRIES, FORCE])).toEqual([
      { key: 'limit-rate', values: ['20M'], origin: file },
      { key: 'output', values: ['x'], origin: '--output' },
      { key: 'retries', values: ['5'], origin: 'IMGDL_RETRIES' },
      { key: 'force', values: ['true'], origin: 'IMGDL_FORCE' },
    ]);
  });

  test('of one command alone', async () => {
    const { layers } = await load({ env: { IMGDL_RETRIES: '5' } });
    expect(settingFacts(layers, [FORCE])).toEqual([]);
  });

  test('a secret is not shown', () => {
    const values = new Map([['one-time', { origin: '--one-time', values: [new Secret('canary-4711')] }]]);
    expect(settingFacts([{ name: 'flag', values }], [KEY])).toEqual([
      { key: 'one-time', values: ['***'], origin: '--one-time' },
    ]);
  });

  test('nor a word where the file of one is named; a path is', async () => {
    const { layers } = await load({ flags: { 'password-file': 'canary' }, env: { IMGDL_SECRET_KEY_FILE: './key' } });
    expect(settingFacts(layers, ROWS).map(({ key, values }) => [key, ...values])).toEqual([
      ['password-file', '***'],
      ['secret-key-file', './key'],
    ]);
  });

  test('every value of every row has words', async () => {
    for (const row of ROWS) {
      const value = row.choices?.[0] ?? (row.value === undefined ? 'true' : undefined);
      if (value === undefined) continue;
      const { layers } = await load({ flags: { [row.key]: value } });
      expect(settingFacts(layers, [row])).toEqual([{ key: row.key, values: [value], origin: `--${row.key}` }]);
    }
  });
});
