import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AppError } from '#imgdl/core/errors.js';
import { acquireLock, type HeldLock } from '#imgdl/fs/lock.js';
import type { LockPlace } from '#imgdl/fs/lock-file.js';
import { parseOwner } from '#imgdl/fs/lock-owner.js';
import { FailingCalls, type Failure } from '../support/failing-calls.js';
import { scratch } from '../support/scratch.js';
import { deadOwner } from './lock-set-up.js';
import { ownerFacts } from './set-up.js';

/** Nobody cuts the power here, and there are a thousand locks to take. */
const UNSYNCED = new FailingCalls().calls;
/** All of one process, as the images of a run. */
const FACTS = ownerFacts();

interface Scene {
  readonly place: LockPlace;
  /** What lay there before, by name. */
  readonly before: ReadonlyMap<string, string>;
}

async function textOfDead(nonce: string): Promise<string> {
  return JSON.stringify(await deadOwner(nonce));
}

/** Which calls fail like that. A file that is there is always found; links and unlinks meet what others have done. */
const CALLS: Readonly<Record<string, RegExp>> = {
  ENOENT: /link$/,
  EEXIST: /^(?:link|open)$/,
  EPERM: /^(?:link|unlink|open|rename)$/,
};

/** Each situation in which a lock is taken. */
const scenes: readonly (readonly [sentence: string, files: () => Promise<Readonly<Record<string, string>>>])[] = [
  ['a free name', async () => ({})],
  ['a torn lock', async () => ({ '.imgdl-0.lock': '{"v":2' })],
  [
    'a dead owner whose heir died too',
    async () => ({
      '.imgdl-0.lock': await textOfDead('00000000aaaaaaaa'),
      '.imgdl-0.lock.00000000aaaaaaaa.heir': await textOfDead('00000000bbbbbbbb'),
      '.imgdl-0.lock.00000000cccccccc.new': await textOfDead('00000000cccccccc'),
    }),
  ],
];

async function sceneOf([, files]: (typeof scenes)[number]): Promise<Scene> {
  const directory = scratch();
  const before = new Map(Object.entries(await files()));
  for (const [name, text] of before) writeFileSync(join(directory, name), text, { mode: 0o600 });
  return {
    place: { path: join(directory, '.imgdl-0.lock'), directory, local: true, shown: './disk.img', calls: UNSYNCED },
    before,
  };
}

/** One go with a failing file system, and what must hold then, however it ended. */
async function tryWith(scene: Scene, failing: FailingCalls, forGood: boolean): Promise<void> {
  let stays = forGood;
  const lock = await acquireLock({ ...scene.place, calls: failing.calls }, FACTS).catch(failed);
  if (lock !== undefined) {
    await expect(acquireLock(scene.place, FACTS)).rejects.toMatchObject({ code: 'lock.held' });
    await lock.unlock().catch((error) => {
      failed(error);
      stays = true;
    });
  }
  // What could not be removed blocks others no longer than this process lives.
  if (stays) await endOwner(scene.place.directory);
  await takeSoundly(scene);
}

/** As if this process had ended: no file there names a living one. */
async function endOwner(directory: string): Promise<void> {
  for (const name of readdirSync(directory).filter((entry) => !entry.endsWith('.sock'))) {
    const path = join(directory, name);
    const owner = parseOwner(readFileSync(path, 'utf8'));
    if (owner?.pid === process.pid) writeFileSync(path, await textOfDead(owner.nonce));
  }
}

/** Whatever went wrong before blocks nobody. */
async function takeSoundly({ place }: Scene): Promise<void> {
  const lock: HeldLock = await acquireLock(place, FACTS);
  expect(await lock.isHeld()).toBe(true);
  expect(parseOwner(readFileSync(place.path, 'utf8'))?.pid).toBe(process.pid);
  await lock.unlock();
  expect(readdirSync(place.directory)).toEqual([]);
}

function failed(error: unknown): undefined {
  expect(error).toBeInstanceOf(AppError);
  expect([11, 12, 13]).toContain((error as AppError).exit);
  return undefined;
}

describe.each(scenes.map((scene) => ({ sentence: scene[0], scene })))('$sentence', ({ scene }) => {
  it.each([
    ['EIO', false],
    ['EIO', true],
    ['ENOENT', false],
    ['EEXIST', false],
    ['EPERM', false],
  ])(
    'any call that fails with %s, for good: %s, leaves one owner or a named failure, and nobody stuck',
    async (errno, forGood) => {
      const sound = new FailingCalls();
      await tryWith(await sceneOf(scene), sound, false);
      expect(sound.made.length).toBeGreaterThan(8);
      const trials = sound.made.map(async (name, at) => {
        if (!(CALLS[errno] ?? /./).test(name)) return;
        const failure: Failure = { at, errno, forGood };
        await tryWith(await sceneOf(scene), new FailingCalls(failure), forGood).catch((error) => {
          throw new Error(`${name} (${at}): ${error.message}`, { cause: error });
        });
      });
      await Promise.all(trials);
    },
  );
});
