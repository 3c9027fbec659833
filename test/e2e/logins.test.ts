import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cleanEnvironment, IMGDL } from '../support/imgdl.js';
import { ended } from '../support/processes.js';
import { names, plant, type Stage, stage } from './stage.js';

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

describe('a description through a pipe, as a shell hands it over', () => {
  /** `$0` is imgdl, `$1` the text; what it prints is the path of the image. */
  const bash = async (place: Stage, script: string, text: string, env: Readonly<Record<string, string>>) => {
    const child = spawn('bash', ['-c', script, IMGDL, text], {
      cwd: place.directory,
      env: { ...cleanEnvironment(), ...place.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => said.push(chunk));
    return { ...(await ended(child)), said: Buffer.concat(said).toString() };
  };
  const NODE = process.execPath;

  test.each<[string, string, Readonly<Record<string, string>>]>([
    ['clouds.yaml', `OS_CLIENT_CONFIG_FILE=<(printf %s "$1") '${NODE}' "$0" ${IMAGE.join(' ')}`, LAB],
    [
      'clouds.yaml by a here document',
      `OS_CLIENT_CONFIG_FILE=/dev/fd/3 '${NODE}' "$0" ${IMAGE.join(' ')} 3< <(printf %s "$1")`,
      LAB,
    ],
    [
      'clouds.yaml on stdin',
      `printf %s "$1" | OS_CLIENT_CONFIG_FILE=/dev/stdin '${NODE}' "$0" ${IMAGE.join(' ')}`,
      LAB,
    ],
  ])('%s', async (_name, script, env) => {
    const place = await stage();
    const { code, said } = await bash(place, script, labText(place.sandbox.environment), {
      ...env,
      OS_REGION_NAME: 'RegionOne',
    });
    expect(code, said).toBe(0);
    expect(names(place.directory)).toEqual(['x.img']);
  });

  test('our own configuration, whose paths are those of the command line', async () => {
    const place = await stage();
    mkdirSync(place.path('out'));
    const script = `'${NODE}' "$0" glance image small-raw --config <(printf %s "$1")`;
    const { code, said } = await bash(place, script, 'output: out/\nretries: 0\n', {});
    expect(code, said).toBe(0);
    expect(names(place.path('out'))).toHaveLength(1);
  });
});

test('a pipe that nobody writes to does not keep the process from its deadline', async () => {
  const place = await stage();
  execFileSync('mkfifo', [place.path('fifo')]);
  const env = { ...LAB, OS_CLIENT_CONFIG_FILE: place.path('fifo') };
  const { code, stderr } = await place.imgdl([...IMAGE, '--deadline', '1s'], { env });
  expect({ code, stderr }).toEqual({ code: 6, stderr: expect.stringContaining('net.deadline') });
});

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
