import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, existsSync, openSync, writeSync } from 'node:fs';
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

test.each([
  ['the usual way', [], 0],
  ['with -v', ['-v'], 0],
  ['with events', ['--progress', 'json'], 0],
  ['without progress', ['--progress', 'none', '-v'], 0],
  ['and an error to tell', ['--require', 'digest', '--checksum', `sha256:${'0'.repeat(64)}`], 9],
] as const)('a stderr that is full and that nobody reads holds nobody up: %s', async (_how, more, exit) => {
  const place = await stage();
  const stderr = fullPipe(join(place.directory, 'stderr'));
  try {
    const args = [IMGDL, 'appliance', 'image', '747', '1095', '-o', 'x', ...more];
    const env = { ...cleanEnvironment(), ...place.env };
    const child = spawn(process.execPath, args, { cwd: place.directory, env, stdio: ['ignore', 'ignore', stderr] });
    const [code] = await once(child, 'exit');
    expect([code, existsSync(join(place.directory, 'x'))]).toEqual([exit, exit === 0]);
  } finally {
    closeSync(stderr);
  }
});
