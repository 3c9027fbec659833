import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { plant, type Stage, stage } from './stage.js';

/** Without the variables of a log-in: what is left of the sandbox are its files' names. */
const NO_CLOUD = {
  ...{ OS_AUTH_URL: '', OS_USERNAME: '', OS_PASSWORD: '', OS_PROJECT_NAME: '', OS_REGION_NAME: '' },
  ...{ OS_USER_DOMAIN_NAME: '', OS_PROJECT_DOMAIN_NAME: '' },
} as const;
const LAB = { ...NO_CLOUD, OS_CLOUD: 'lab' } as const;
const IMAGE = ['glance', 'image', 'small-raw', '-o', 'x.img', '--retries', '0'] as const;

/** The sandbox as the cloud `lab` of the user's clouds.yaml; `rest` is a line or more of the cloud itself. */
function plantLab({ home, sandbox }: Stage, rest = '', path = '.config/openstack/clouds.yaml'): void {
  plant(join(home, path), labText(sandbox.environment, rest));
}

function labText(env: Readonly<Record<string, string | undefined>>, rest = ''): string {
  const auth = `auth_url: ${env['OS_AUTH_URL']}, username: demo, password: demo-pw, project_name: demo`;
  return `clouds:\n  lab:\n    auth: {${auth}}\n${rest}`;
}

/** Regions whose image service was asked. */
function regionsAsked({ sandbox }: Stage): readonly string[] {
  const asked = sandbox.control.requests.filter(({ path }) => path.startsWith('/image/'));
  return [...new Set(asked.map(({ listener }) => (listener === 'main' ? 'RegionOne' : 'RegionTwo')))];
}

describe('a region that is asked for beside a named cloud', () => {
  test.each<[string, string, Readonly<Record<string, string>>, readonly string[], string]>([
    ['by variable', '    region_name: RegionOne\n', { OS_REGION_NAME: 'RegionTwo' }, [], 'RegionTwo'],
    ['by option', '    region_name: RegionOne\n', {}, ['--os-region', 'RegionTwo'], 'RegionTwo'],
    [
      'by option, over the variable',
      '    region_name: RegionOne\n',
      { OS_REGION_NAME: 'Nowhere' },
      ['--os-region=RegionTwo'],
      'RegionTwo',
    ],
    ['not at all', '    region_name: RegionOne\n', {}, [], 'RegionOne'],
  ])('%s', async (_name, rest, env, args, region) => {
    const place = await stage();
    plantLab(place, rest);
    const { code, stderr } = await place.imgdl([...IMAGE, ...args], { env: { ...LAB, ...env } });
    expect({ code, stderr: stderr.match(/warning.*/g) }).toEqual({ code: 0, stderr: null });
    expect(regionsAsked(place)).toEqual([region]);
  });

  test.each<[string, string]>([
    ['and the catalog does not have', '    region_name: RegionOne\n'],
    ['though the list of the cloud has it', '    regions: [RegionOne, Nowhere]\n'],
  ])('%s it is never another one, with -q neither', async (_name, rest) => {
    const place = await stage();
    plantLab(place, rest);
    const { code, stderr } = await place.imgdl([...IMAGE, '-q'], { env: { ...LAB, OS_REGION_NAME: 'Nowhere' } });
    expect({ code, asked: regionsAsked(place) }).toEqual({ code: 4, asked: [] });
    expect(stderr).toMatch(/not-found\.region.*"Nowhere".*\n.*"RegionOne", "RegionTwo"/s);
  });
});
