import { describe, expect, test } from 'vitest';
import { COMMON_OPTIONS } from '#imgdl/app/options.js';
import { unknownVariables } from '#imgdl/config/unknown-variables.js';
import { directory, load, ROWS } from './support.js';

const warningsOf = (...names: readonly string[]) =>
  unknownVariables(new Map(names.map((name) => [name, 'canary'])), COMMON_OPTIONS, { profiles: [] });

describe('a variable that looks like one of ours', () => {
  test.each([
    ['IMGDL_RETRYS', 'did you mean IMGDL_RETRIES?'],
    ['IMGDL_PASWORD', 'did you mean IMGDL_PASSWORD?'],
    ['IMGDL_SECRETKEY', 'did you mean IMGDL_SECRET_KEY?'],
    ['IMGDL_Output', 'did you mean IMGDL_OUTPUT?'],
    ['IMGDL_HOLOGRAPHIC', 'no option has this name'],
    ['IMGDL_', 'no option has this name'],
  ])('%s is warned of, without its value', (name, what) => {
    expect(warningsOf(name)).toEqual([{ code: 'config.variable', message: `unknown variable ${name}: ${what}` }]);
  });

  test('is not warned of where a profile names it for its secret', async () => {
    const home = directory({
      '.config/imgdl/config.yaml': 'profiles:\n  lab:\n    password-env: IMGDL_LAB_PASSWORD\n',
    });
    const env = new Map([['IMGDL_LAB_PASSWORD', 'canary']]);
    expect(unknownVariables(env, ROWS, await load({ home }))).toEqual([]);
    expect(unknownVariables(env, ROWS, { profiles: [] })).toHaveLength(1);
  });

  test('is shown safe and short', () => {
    const [warning] = warningsOf(`IMGDL_\n::error::${'x'.repeat(100)}`);
    expect(warning?.message).toMatch(/^unknown variable IMGDL_\\n::error::x{30,50}…: /);
  });

  test.each([
    'IMGDL_RETRIES',
    'IMGDL_PASSWORD',
    'IMGDL_SECRET_KEY',
    'IMGDL_TEST_PORT',
    'IMGDL_SEED',
    'HOME',
    'XIMGDL_A',
  ])('%s is not', (name) => {
    expect(warningsOf(name)).toEqual([]);
  });
});
