import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import { type Ended, ended } from '../support/processes.js';

const MODULE = new URL('../../dist/cli/signals.js', import.meta.url).href;

/** A process that watches and gets signals at these milliseconds; it ends by itself with 7 when they leave it alive. */
async function signalled(at: readonly (readonly [number, NodeJS.Signals])[]): Promise<Ended> {
  const script = `import { watchSignals } from ${JSON.stringify(MODULE)};
    watchSignals(new AbortController());
    const send = (signal) => process.kill(process.pid, signal);
    for (const [ms, signal] of ${JSON.stringify(at)}) setTimeout(send, ms, signal);
    setTimeout(() => process.exit(7), 1000);`;
  return await ended(spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' }));
}

const ALIVE = { code: 7, signal: null };

test.each<[string, readonly (readonly [number, NodeJS.Signals])[], Ended]>([
  ['one signal leaves time for a checkpoint', [[0, 'SIGINT']], ALIVE],
  [
    'the same twice in a moment is one, as timeout(1) sends it',
    [
      [0, 'SIGTERM'],
      [50, 'SIGTERM'],
    ],
    ALIVE,
  ],
  [
    'the same again later ends at once',
    [
      [0, 'SIGTERM'],
      [600, 'SIGTERM'],
    ],
    { code: null, signal: 'SIGTERM' },
  ],
  [
    'another one ends at once',
    [
      [0, 'SIGINT'],
      [50, 'SIGTERM'],
    ],
    { code: null, signal: 'SIGTERM' },
  ],
])('%s', async (_, at, end) => {
  expect(await signalled(at)).toEqual(end);
});
