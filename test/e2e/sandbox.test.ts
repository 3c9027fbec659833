import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cleanEnvironment, IMGDL, run, spawnImgdl } from '../support/imgdl.js';
import { runCheaply } from '../support/in-process.js';
import { ended, stop, until } from '../support/processes.js';
import { scratch } from '../support/scratch.js';
import { runInTerminal } from '../support/terminal.js';
import { afterwards } from './stage.js';

interface Running {
  readonly child: ChildProcess;
  readonly env: Readonly<Record<string, string>>;
  readonly stdout: () => string;
  readonly stderr: () => string;
}

/** `imgdl sandbox` in the foreground, with the variables that a shell would get from it. */
async function sandbox(args: readonly string[] = []): Promise<Running> {
  const child = spawnImgdl(['sandbox', '--size', '100000', ...args]);
  // Gently, so that it can take away what it made.
  afterwards(() => stop(child));
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  await until('the sandbox', 50_000, () => (stderr.includes('ready at') ? true : undefined));
  // A shell is the judge of the lines.
  const shell = spawn('sh', ['-c', `${stdout}\nenv`], { env: {} });
  let text = '';
  shell.stdout.on('data', (chunk) => (text += chunk));
  expect((await ended(shell)).code).toBe(0);
  const env = Object.fromEntries(
    text.split('\n').map((line) => [line.split('=')[0] ?? '', line.slice(line.indexOf('=') + 1)]),
  );
  return { child, env, stdout: () => stdout, stderr: () => stderr };
}

const plain = (env: Readonly<Record<string, string>>): string => env['SANDBOX_FILE_URL'] ?? '';

describe('imgdl sandbox', () => {
  test('prints only export lines to stdout, serves, and SIGINT ends it with all it made', async () => {
    const { child, env, stdout, stderr } = await sandbox(['--tls']);
    for (const line of stdout().trimEnd().split('\n')) expect(line).toMatch(/^export [A-Z_]+='[^']*'$/);
    expect(stderr()).toMatch(/Ctrl-C/);
    expect(stderr()).toMatch(/^ {2}imgdl glance image/m);
    const ca = env['IMGDL_CACERT'] ?? '';
    expect(existsSync(ca)).toBe(true);
    const result = await run(['url', plain(env), '-o', '-'], { env });
    expect([result.code, result.stdout.length]).toEqual([0, 100_000]);
    child.kill('SIGINT');
    expect(await ended(child)).toEqual({ code: 0, signal: null });
    expect(existsSync(ca)).toBe(false);
  });

  test.each<[string, readonly string[], (url: string) => Promise<void>]>([
    [
      '--no-range',
      ['--no-range'],
      async (url) => expect((await fetch(url, { headers: { range: 'bytes=5-9' } })).status).toBe(200),
    ],
    ['no option', [], async (url) => expect((await fetch(url, { headers: { range: 'bytes=5-9' } })).status).toBe(206)],
    [
      '--size',
      ['--size', '12K'],
      async (url) => expect((await (await fetch(url)).arrayBuffer()).byteLength).toBe(12 * 1024),
    ],
    [
      '--cut-after',
      ['--cut-after', '1000'],
      async (url) => void (await expect((await fetch(url)).arrayBuffer()).rejects.toThrow()),
    ],
    [
      '--rate',
      ['--rate', '100K'],
      async (url) => {
        const start = performance.now();
        await (await fetch(url)).arrayBuffer();
        expect(performance.now() - start).toBeGreaterThan(500);
      },
    ],
    [
      '--keys-only',
      ['--keys-only'],
      async (url) => {
        const bare = new URL('/api/users/alice/appliances/747/images/1095/downloads/x', url);
        const headers = { authorization: `Basic ${Buffer.from('alice:wonderland').toString('base64')}` };
        expect((await fetch(bare, { headers })).status).toBe(401);
      },
    ],
  ])('does what %s says', async (_, args, look) => {
    const { env } = await sandbox(args);
    await look(plain(env));
  });

  test('listens on the --port given, and says so when it is taken', async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    const address = holder.address();
    const port = typeof address === 'object' ? String(address?.port) : '';
    const taken = await runCheaply(['sandbox', '--port', port]);
    expect([taken.code, taken.stdout.length]).toEqual([2, 0]);
    expect(taken.stderr).toMatch(/^imgdl: usage\.option: .*EADDRINUSE.*\nhint: use a different --port/);
    await new Promise((resolve) => holder.close(resolve));
    const { env } = await sandbox(['--port', port]);
    expect(new URL(plain(env)).port).toBe(port);
  });
});

/** What a shell with the sandbox's variables makes of a line that was printed. */
async function inShell(line: string, env: Readonly<Record<string, string>>, cwd: string) {
  const shell = spawn('sh', ['-c', `imgdl() { "${process.execPath}" "${IMGDL}" "$@"; }\n${line}`], {
    cwd,
    env: { ...cleanEnvironment(), ...env },
  });
  let stdout = '';
  let stderr = '';
  shell.stdout.on('data', (chunk) => (stdout += chunk));
  shell.stderr.on('data', (chunk) => (stderr += chunk));
  return { ...(await ended(shell)), stdout, stderr };
}

/** The command lines that it greets with. */
const linesOf = ({ stderr }: Running): readonly string[] =>
  stderr()
    .split('\n')
    .filter((line) => line.startsWith('  imgdl '))
    .map((line) => line.trim());

test('from nothing but --help, a newcomer gets to a published image by its name', async () => {
  const help = (await run(['--help'])).stdout.toString();
  expect(help).toMatch(/^ {2}sandbox /m);
  const running = await sandbox();
  const lines = linesOf(running);
  // It lists first, and what it lists can be typed.
  expect(lines.slice(0, 2)).toEqual(['imgdl appliance list', 'imgdl glance list']);
  const place = scratch();
  const list = await inShell('imgdl appliance list', running.env, place);
  expect([list.code, list.stderr]).toEqual([0, '']);
  expect(list.stdout).toMatch(/^\d+ +95 +pimage +web-server +1\.2 .* yes$/m);
  expect(lines).toContain('imgdl appliance pimage web-server@1.2 latest');
  const got = await inShell('imgdl appliance pimage web-server@1.2 latest', running.env, place);
  expect([got.code, readdirSync(place)]).toEqual([0, [got.stdout.trim()]]);
  expect(statSync(join(place, got.stdout.trim())).size).toBe(100_000);
});

test('every line that it greets with works', async () => {
  const running = await sandbox();
  const lines = linesOf(running);
  expect(lines.length).toBeGreaterThan(10);
  const ends = await Promise.all(lines.map((line) => inShell(line, running.env, scratch())));
  expect(ends.map(({ code, stderr }, index) => (code === 0 ? '' : `${lines[index]}: ${stderr}`)).join('')).toBe('');
});

describe('imgdl sandbox -- COMMAND', () => {
  test.each([
    ['its exit code', 'exit 7', 7],
    ['the number of its signal', 'kill -TERM $$', 143],
    ['0', 'test -n "$IMGDL_URL" && test -n "$OS_AUTH_URL"', 0],
  ])('ends with %s', async (_, script, code) => {
    const result = await run(['sandbox', '--size', '1000', '--', 'sh', '-c', script]);
    expect([result.code, result.stdout.toString(), result.stderr]).toEqual([code, '', '']);
  });

  test('leaves the options of the command alone', async () => {
    const result = await run(['sandbox', '--size', '1000', '--', 'echo', '--size', '-v', '--', 'x']);
    expect(result.stdout.toString()).toBe('--size -v -- x\n');
  });

  test('a command that is not there is exit 2', async () => {
    const result = await runCheaply(['sandbox', '--', 'no-such-command']);
    expect([result.code, result.stderr]).toEqual([
      2,
      expect.stringMatching(/no-such-command: there is no such command\nhint: /),
    ]);
  });

  test.each([
    ['-- without a command', ['--'], /a command is missing after --\nhint: /],
    ['what is no program', ['--', '/'], /it is not executable\nhint: /],
    ['--rate 0', ['--rate', '0'], /--rate: 0 would let no data through\nhint: use at least 1/],
    ['--cut-after 0', ['--cut-after', '0M'], /--cut-after: 0 would let no data through\nhint: use at least 1/],
  ])('%s is exit 2', async (_, args, says) => {
    const result = await runCheaply(['sandbox', ...args]);
    expect([result.code, result.stdout.toString(), result.stderr]).toEqual([2, '', expect.stringMatching(says)]);
  });

  test('hands SIGTERM on', async () => {
    const child = spawnImgdl([
      'sandbox',
      '--size',
      '1000',
      '--',
      'sh',
      '-c',
      'trap "exit 9" TERM; echo up; while :; do sleep 0.05; done',
    ]);
    afterwards(() => void child.kill('SIGKILL'));
    await new Promise((resolve) => child.stdout.once('data', resolve));
    child.kill('SIGTERM');
    expect(await ended(child)).toEqual({ code: 9, signal: null });
  });
});

describe('a command without arguments, such as a shell', () => {
  test('on a terminal is told what to try', async () => {
    const command = [process.execPath, IMGDL, 'sandbox', '--size', '1K', '--', 'true'];
    const terminal = runInTerminal(command, { columns: 100 });
    expect(await terminal.done).toBe(0);
    expect(terminal.output()).toMatch(/leave it with exit. Try:/);
    expect(terminal.output()).toContain('imgdl appliance pimage web-server@1.2 latest');
  });

  test('without one, only the command speaks', async () => {
    const { code, stdout, stderr } = await run(['sandbox', '--size', '1K', '--', 'true']);
    expect([code, stdout.toString(), stderr]).toEqual([0, '', '']);
  });
});
