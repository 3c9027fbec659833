import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CONFIG, FORCE, OUTPUT, RETRIES } from '#imgdl/app/options.js';
import { PROGRESS, QUIET } from '#imgdl/app/output-options.js';
import { TIMEOUT } from '#imgdl/app/transport-options.js';
import { CLOUD_ROW, directory, load, refusal, TAGS_ROW, URL_ROW } from './support.js';

/** One value in each layer, named after it. */
function everywhere(): { home: string; system: string; file: string } {
  return {
    home: directory({ '.config/imgdl/config.yaml': 'url: user\n' }),
    system: directory({ 'config.json': '{"url":"system"}' }),
    file: join(directory({ 'mine.yml': 'url: file\n' }), 'mine.yml'),
  };
}

describe('the higher layer wins', () => {
  test.each([
    ['flag', { flag: true, env: true, file: true, user: true, system: true }],
    ['env', { flag: false, env: true, file: true, user: true, system: true }],
    ['file', { flag: false, env: false, file: true, user: true, system: true }],
    ['user', { flag: false, env: false, file: false, user: true, system: true }],
    ['system', { flag: false, env: false, file: false, user: false, system: true }],
  ])('%s', async (winner, has) => {
    const { home, system, file } = everywhere();
    const settings = await load({
      flags: { ...(has.flag ? { url: 'flag' } : {}), ...(has.file ? { config: file } : {}) },
      env: has.env ? { IMGDL_URL: 'env' } : {},
      home: has.user ? home : directory(),
      system,
    });
    expect(settings.get(URL_ROW)).toBe(winner);
    expect(settings.origin(URL_ROW)).toBe(
      {
        flag: '--url',
        env: 'IMGDL_URL',
        file,
        user: join(home, '.config/imgdl/config.yaml'),
        system: join(system, 'config.json'),
      }[winner],
    );
  });

  test('and without any the value is undefined and has no origin', async () => {
    const settings = await load();
    expect(settings.get(URL_ROW)).toBeUndefined();
    expect(settings.all(URL_ROW)).toEqual([]);
    expect(settings.origin(URL_ROW)).toBeUndefined();
    expect(settings.layers.map((layer) => layer.name)).toEqual(['flag', 'environment']);
  });
});

describe('the environment', () => {
  test('an empty variable is unset', async () => {
    const { home } = everywhere();
    const settings = await load({ env: { IMGDL_URL: '', IMGDL_CONFIG: '' }, home });
    expect(settings.get(URL_ROW)).toBe('user');
  });

  test('IMGDL_CONFIG names a file, --config another before it', async () => {
    const first = join(directory({ 'a.yaml': 'retries: 1' }), 'a.yaml');
    const second = join(directory({ 'b.yaml': 'retries: 2' }), 'b.yaml');
    expect((await load({ env: { IMGDL_CONFIG: first } })).get(RETRIES)).toBe(1);
    expect((await load({ env: { IMGDL_CONFIG: first }, flags: { config: second } })).get(RETRIES)).toBe(2);
  });

  test('a variable of another tool counts after our own', async () => {
    expect((await load({ env: { OS_CLOUD: 'theirs' } })).origin(CLOUD_ROW)).toBe('OS_CLOUD');
    const both = await load({ env: { OS_CLOUD: 'theirs', IMGDL_OS_CLOUD: 'ours' } });
    expect(both.get(CLOUD_ROW)).toBe('ours');
  });

  test.each([
    ['IMGDL_RETRIES', '1e9', 'usage.option: IMGDL_RETRIES: "1e9" is not a whole number'],
    ['IMGDL_RETRIES', ' 5', 'usage.option: IMGDL_RETRIES: " 5" is not'],
    ['IMGDL_FORCE', 'maybe', 'usage.option: IMGDL_FORCE: "maybe" is not a yes or no value'],
    ['IMGDL_TIMEOUT', '30', 'usage.option: IMGDL_TIMEOUT: "30" is not a duration'],
    ['IMGDL_CHECKSUM', 'sha256:12', 'usage.option: IMGDL_CHECKSUM: "sha256:12": not 64 hex digits'],
    ['IMGDL_PROGRESS', 'bars', 'usage.option: IMGDL_PROGRESS: "bars" is not one of the choices'],
  ])('%s=%s is refused under its own name', async (name, value, message) => {
    expect(await refusal(() => load({ env: { [name]: value } }))).toContain(message);
  });

  test('a bad value is refused even where a flag overrides it', async () => {
    expect(await refusal(() => load({ env: { IMGDL_RETRIES: 'x' }, flags: { retries: '3' } }))).toContain(
      'IMGDL_RETRIES',
    );
  });

  test('a repeatable option takes several values in one variable', async () => {
    const settings = await load({ env: { IMGDL_TAG: 'a, b\nc' } });
    expect(settings.all(TAGS_ROW)).toEqual(['a', 'b', 'c']);
  });
});

describe('flags', () => {
  test('all() has every value of a repeated flag, get() the last', async () => {
    const settings = await load({ flags: { tag: ['a', 'b'] } });
    expect(settings.all(TAGS_ROW)).toEqual(['a', 'b']);
    expect(settings.get(TAGS_ROW)).toBe('b');
  });

  test('values of a layer are not mixed with those below it', async () => {
    const settings = await load({ flags: { tag: ['a'] }, env: { IMGDL_TAG: 'b c' } });
    expect(settings.all(TAGS_ROW)).toEqual(['a']);
  });

  test('a switch can be turned off again', async () => {
    const settings = await load({ flags: { quiet: 'false' }, env: { IMGDL_QUIET: '1' } });
    expect(settings.get(QUIET)).toBe(false);
  });

  test.each([
    [{ output: '' }, '--output: the value is empty'],
    [{ retries: '-1' }, '--retries: "-1" is not a whole number'],
    [{ checksum: 'crc32:00' }, '--checksum: "crc32:00": the algorithm "crc32" is not known'],
  ])('%j is refused', async (flags, message) => {
    expect(await refusal(() => load({ flags }))).toContain(`usage.option: ${message}`);
  });
});

test('every common option can be set by its variable', async () => {
  const settings = await load({
    env: { IMGDL_OUTPUT: 'x', IMGDL_FORCE: 'on', IMGDL_PROGRESS: 'line', IMGDL_TIMEOUT: '90s' },
  });
  expect([settings.get(OUTPUT), settings.get(FORCE), settings.get(PROGRESS), settings.get(TIMEOUT)]).toEqual([
    'x',
    true,
    'line',
    90_000,
  ]);
  expect(settings.get(CONFIG)).toBeUndefined();
});
