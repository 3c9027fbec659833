import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, renameSync, truncateSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { isRoot } from '../fs/set-up.js';
import { IMGDL, spawnImgdl } from '../support/imgdl.js';
import { ended, until } from '../support/processes.js';
import { afterwards, names, type Stage, stage } from './stage.js';

const MIB = 1024 * 1024;
const WORDS = ['appliance', 'image', '747', '1095', '-o', 'x'] as const;

/** A server that sends slowly, so that a run can be met on its way. */
async function slow(): Promise<Stage> {
  return await stage({ size: 2 * MIB, rate: 256 * 1024 });
}

function lockOf(place: Stage): string | undefined {
  return names(place.directory).find((name) => name.endsWith('.lock'));
}

/** A run that holds the lock; killed after the test if it still lives. */
async function owner(place: Stage): Promise<ReturnType<typeof spawnImgdl>> {
  const child = spawnImgdl([...WORDS, '-q'], { cwd: place.directory, env: place.env });
  afterwards(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await ended(child);
    }
  });
  await until('the lock', 50_000, () => lockOf(place));
  return child;
}

async function killedOwner(place: Stage): Promise<void> {
  const child = await owner(place);
  child.kill('SIGKILL');
  await ended(child);
}

describe('a lock whose owner was killed', () => {
  test.each([
    ['is whole', () => {}],
    ['lost its bytes in a power cut', (place: Stage) => truncateSync(place.path(lockOf(place) ?? ''), 0)],
    ['lost half of them', (place: Stage) => truncateSync(place.path(lockOf(place) ?? ''), 40)],
  ])('and that %s is taken over at once, and nothing stays behind', async (_, cut) => {
    const place = await slow();
    await killedOwner(place);
    cut(place);
    place.sandbox.control.modes.rate = undefined;
    const result = await place.imgdl([...WORDS, '--json']);
    expect([result.code, result.json().error]).toEqual([0, undefined]);
    expect(names(place.directory)).toEqual(['x']);
  });

  test.runIf(isRoot)('in a container of another host name is taken over by the next container', async () => {
    const place = await slow();
    const script =
      'hostname "$0"; "$@" & if [ "$0" = c1 ]; then until ls -A | grep -q lock$; do :; done; kill -9 $!; fi; wait $!';
    const inContainer = async (host: string): Promise<number | null> => {
      const argv = ['--uts', '--pid', '--fork', '--mount-proc', 'sh', '-c', script, host, process.execPath, IMGDL];
      const child = spawn('unshare', [...argv, ...WORDS, '-q'], {
        cwd: place.directory,
        env: { ...place.env, PATH: process.env['PATH'] },
        stdio: 'ignore',
      });
      const [code] = await once(child, 'exit');
      return code as number | null;
    };
    expect(await inContainer('c1')).toBe(137);
    expect(JSON.parse(readFileSync(place.path(lockOf(place) ?? ''), 'utf8'))).toMatchObject({ host: 'c1' });
    place.sandbox.control.modes.rate = undefined;
    expect(await inContainer('c2')).toBe(0);
    expect(names(place.directory)).toEqual(['x']);
  });
});

test('the socket of an owner that was killed while it let go is swept by the next run, which downloads nothing', async () => {
  const place = await slow();
  place.sandbox.control.modes.rate = undefined;
  expect((await place.imgdl([...WORDS])).code).toBe(0);
  const left = await slow();
  await killedOwner(left);
  const socket = names(left.directory).find((name) => name.endsWith('.sock')) ?? '';
  renameSync(left.path(socket), place.path(socket));
  expect(names(place.directory)).toEqual([socket, 'x']);
  expect((await place.imgdl([...WORDS, '--json'])).json().status).toBe('complete');
  expect(names(place.directory)).toEqual(['x']);
});

describe('a lock whose owner lives', () => {
  test('is left to it, also while it is stopped, and seen from another pid namespace', async () => {
    const place = await slow();
    const child = await owner(place);
    child.kill('SIGSTOP');
    const refused = await place.imgdl([...WORDS, '--json']);
    expect([refused.code, refused.json().error?.details]).toEqual([13, expect.objectContaining({ seen: true })]);
    child.kill('SIGCONT');
    place.sandbox.control.modes.rate = undefined;
    const waited = await place.imgdl([...WORDS, '--on-busy', 'wait', '--json']);
    expect([waited.code, waited.json().status]).toEqual([0, 'complete']);
    await ended(child);
    expect(names(place.directory)).toEqual(['x']);
  });
});
