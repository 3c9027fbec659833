import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, readdirSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cleanEnvironment, IMGDL } from '../support/imgdl.js';
import { stage } from './stage.js';

/** A pipe that has no room left, for writing. */
function fullPipe(path: string): number {
  execFileSync('mkfifo', [path]);
  const fd = openSync(path, constants.O_RDWR + constants.O_NONBLOCK);
  const page = Buffer.alloc(4096, '.');
  try {
    for (;;) writeSync(fd, page);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
  }
  return fd;
}

/** How it is said, and what the run comes to. */
const WAYS: readonly (readonly [args: string, exit: number])[] = [
  ['-o 1', 0],
  ['-o 2 -v', 0],
  ['-o 3 --progress bar', 0],
  ['-o 4 --progress line', 0],
  ['-o 5 --progress json -v', 0],
  ['-o 6 --progress none -v', 0],
  ['-o 7 -q', 0],
  ['-o 8 --json', 0],
  [`-o 9 --require digest --checksum sha256:${'0'.repeat(64)}`, 9],
  // Its document belongs there.
  ['-o - --json', 15],
];

test('a stderr that is full and that nobody reads keeps no process from its end', async () => {
  const place = await stage();
  const env = { ...cleanEnvironment(), ...place.env };
  const ended = async (args: string, at: number): Promise<readonly [string, number]> => {
    const stderr = fullPipe(join(place.directory, `stderr-${at}`));
    try {
      const argv = [IMGDL, 'appliance', 'image', '747', '1095', ...args.split(' ')];
      const child = spawn(process.execPath, argv, { cwd: place.directory, env, stdio: ['ignore', 'ignore', stderr] });
      const [code] = (await once(child, 'exit')) as [number];
      return [args, code];
    } finally {
      closeSync(stderr);
    }
  };
  const half = WAYS.length / 2;
  const first = await Promise.all(WAYS.slice(0, half).map(([args], at) => ended(args, at)));
  const rest = await Promise.all(WAYS.slice(half).map(([args], at) => ended(args, half + at)));
  expect([...first, ...rest]).toEqual(WAYS);
  const files = readdirSync(place.directory).filter((name) => /^\d$/.test(name));
  expect(files.sort()).toEqual(['1', '2', '3', '4', '5', '6', '7', '8']);
});
