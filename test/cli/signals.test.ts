import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { run } from '../support/imgdl.js';
import { type Ended, ended } from '../support/processes.js';

const SIGNAL_AT = fileURLToPath(new URL('signal-at.mjs', import.meta.url));
const MODULE = new URL('../../dist/cli/signals.js', import.meta.url).href;

/** A process that watches and gets signals at these milliseconds; it ends by itself with 7 when they leave it alive. */
async function signalled(at: readonly (readonly [number, NodeJS.Signals])[]): Promise<Ended> {
  const script = `import { watchSignals } from ${JSON.stringify(MODULE)};
    watchSignals(new AbortController());
    const send = (signal) => process.kill(process.pid, signal);
    for (const [ms, signal] of ${JSON.stringify(at)}) setTimeout(send, ms, signal);
    setTimeout(() => process.exit(7), ${Math.max(...at.map(([ms]) => ms)) + 1000});`;
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

/** Runs imgdl with a signal while its modules are being loaded. */
const signalledEarly = (args: readonly string[]) =>
  run(args, { env: { SIGNAL_AT: 'node:os.hostname:1' }, nodeArgs: ['--import', SIGNAL_AT], timeoutMs: 50_000 });

test.each([
  ['url', ['url', 'http://127.0.0.1:1/image']],
  ['several images', ['url', 'http://127.0.0.1:1/a', 'http://127.0.0.1:1/b', '-o', 'images/']],
  ['appliance', ['appliance', 'image', '747', '1095', '--url', 'http://127.0.0.1:1/', '--user', 'guest']],
  ['glance', ['glance', 'image', 'big-raw', '--os-cloud', 'nosuch']],
])('a signal before a command watches has its document, too: %s', async (_, args) => {
  const { code, signal, json } = await signalledEarly([...args, '--json']);
  expect({ code, signal }).toEqual({ code: null, signal: 'SIGTERM' });
  expect(json()).toMatchObject({ status: 'failed', error: { code: 'signal', exit: 143 } });
});

test('where no command will watch it leaves the mistake its document', async () => {
  const { code, json } = await signalledEarly(['nosuch', '--json']);
  expect([code, json().error?.code]).toEqual([2, 'usage.arguments']);
});

test('SIGUSR1 opens no debugger, which whoever is on this machine could use, and ends nothing', async () => {
  const { code, stderr } = await run(['url', 'http://127.0.0.1:1/image', '--retries', '0'], {
    env: { SIGNAL_AT: 'node:os.hostname:1', SIGNAL: 'SIGUSR1' },
    nodeArgs: ['--import', SIGNAL_AT],
  });
  expect(code).toBe(6);
  expect(stderr).not.toContain('Debugger');
});

test.each([
  ['a command that watches does so', 'watchSignals(new AbortController())', 7],
  ['nobody will', 'stopKeeping()', null],
])('what keeps signals during the start is replaced when %s', async (_, call, code) => {
  const script = `import { stopKeeping, watchSignals } from ${JSON.stringify(MODULE)};
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(9));
    ${call};
    process.kill(process.pid, 'SIGTERM');
    setTimeout(() => process.exit(7), 300);`;
  const end = await ended(spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' }));
  expect(end.code).toBe(code);
});
