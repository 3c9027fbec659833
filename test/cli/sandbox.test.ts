/** `imgdl sandbox` and signals: it always ends, and its directory with it. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, test } from 'vitest';
import { run, spawnImgdl } from '../support/imgdl.js';
import { ended } from '../support/processes.js';
import { scratch } from '../support/scratch.js';

const SIGNAL_AT = fileURLToPath(new URL('signal-at.mjs', import.meta.url));
const BY_SIGTERM = { code: null, signal: 'SIGTERM' };

let place = '';
beforeEach(() => {
  place = scratch();
});

/** Runs it until a signal that comes at that call has ended it. */
async function signalledAt(call: string, command: readonly string[] = []) {
  const { code, signal, stdout, stderr, timedOut } = await run(
    ['sandbox', '--tls', '--size', '1000', ...(command.length === 0 ? [] : ['--', ...command])],
    { env: { TMPDIR: place, SIGNAL_AT: call }, nodeArgs: ['--import', SIGNAL_AT], timeoutMs: 50_000 },
  );
  return { end: { code, signal }, stdout: stdout.toString(), stderr, timedOut };
}

const DURING_THE_START = [
  ['when nothing is loaded yet', 'node:os.hostname:1'],
  ['as its directory is made', 'node:fs.mkdtempSync:1'],
  ['as it makes its certificate', 'node:crypto.sign:1'],
  ['as it writes its certificate', 'node:fs/promises.writeFile:1'],
] as const;

describe('a signal during the start of a sandbox ends it, and nothing is left,', () => {
  test.each(DURING_THE_START)('%s', async (_, call) => {
    const { end, stdout, stderr } = await signalledAt(call);
    expect([end, stdout]).toEqual([BY_SIGTERM, '']);
    expect(stderr).toMatch(/^imgdl: signal: /);
    expect(readdirSync(place)).toEqual([]);
  });

  test.each(DURING_THE_START)('and its command never runs: %s', async (_, call) => {
    const made = join(place, 'made');
    const { end } = await signalledAt(call, ['touch', made]);
    expect([end, existsSync(made), readdirSync(place)]).toEqual([BY_SIGTERM, false, []]);
  });
});

test.each([
  // Listening takes no turn of the event loop: a signal is heard only when the variables are on their way.
  ['begins to listen', 'node:net.Server.prototype.listen:1'],
  ['begins to listen on the last port', 'node:net.Server.prototype.listen:3'],
  ['says its variables', 'node:fs.write:1'],
  ['says that it is ready', 'node:fs.write:2'],
])('a signal as a sandbox %s stops it as Ctrl-C does', async (_, call) => {
  const { end, stdout } = await signalledAt(call);
  expect([end, stdout]).toEqual([{ code: 0, signal: null }, expect.stringMatching(/^export /)]);
  expect(readdirSync(place)).toEqual([]);
});

test('a signal as the command is started is handed on to it', async () => {
  const { end } = await signalledAt('node:child_process.spawn:1', ['sh', '-c', 'exec sleep 20']);
  expect([end, readdirSync(place)]).toEqual([{ code: 143, signal: null }, []]);
});

test('a second signal ends a sandbox whose command does not, and nothing is left', async () => {
  const child = spawnImgdl(['sandbox', '--tls', '--size', '1000', '--', 'sh', '-c', 'trap "" TERM; echo $$; read x'], {
    env: { TMPDIR: place },
  });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  expect(readdirSync(place)).toHaveLength(1);
  child.kill('SIGTERM');
  child.kill('SIGINT');
  // What the command reads ends with us.
  child.once('exit', () => child.stdin.end());
  const { signal } = await ended(child);
  expect(['SIGINT', 'SIGTERM']).toContain(signal);
  expect(readdirSync(place)).toEqual([]);
});

test('a start that fails leaves nothing', async () => {
  const { code } = await run(['sandbox', '--tls', '--port', '0', '--size', '1000', '--', 'no-such-command'], {
    env: { TMPDIR: place },
  });
  expect([code, readdirSync(place)]).toEqual([2, []]);
});

/** One run with SIGTERM so many milliseconds after it was started, or when it is ready. */
async function signalledAfter(delayMs: number | undefined) {
  const began = performance.now();
  const child = spawnImgdl(['sandbox', '--tls', '--size', '1000'], { env: { TMPDIR: place } });
  let stdout = '';
  let readyMs = 0;
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
    readyMs = performance.now() - began;
    if (delayMs === undefined) child.kill('SIGTERM');
  });
  if (delayMs !== undefined) setTimeout(() => child.kill('SIGTERM'), delayMs);
  const limit = setTimeout(() => child.kill('SIGKILL'), 50_000);
  const end = await ended(child);
  clearTimeout(limit);
  return { end, ready: stdout !== '', readyMs };
}

test('SIGTERM at any time of the start ends a sandbox, and nothing is left', { timeout: 120_000 }, async () => {
  const { readyMs, end } = await signalledAfter(undefined);
  expect(end).toEqual({ code: 0, signal: null });
  const tries = 16;
  for (let at = 1; at <= tries; at += 1) {
    const delayMs = (readyMs * at) / tries;
    const { ready, end: how } = await signalledAfter(delayMs);
    expect([delayMs, how]).toEqual([delayMs, ready ? { code: 0, signal: null } : BY_SIGTERM]);
    expect(readdirSync(place)).toEqual([]);
  }
});
