/**
 * `npm run demo`: what imgdl promises, shown. A published image behind one-time keys is downloaded, the download is
 * killed with `kill -9` half way, the same command is run again; the server's own records say what that cost.
 * Ends with 1 when a promise was not kept.
 */
import './setup.mjs';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MIB = 2 ** 20;
const SIZE = 256 * MIB;
/** What an interruption may cost. */
const LIMIT = 64 * MIB;
const IMGDL = join(dirname(dirname(fileURLToPath(import.meta.url))), 'bin', 'imgdl.js');

const { startSandbox } = await import('../dist/sandbox/sandbox.js');
const sandbox = await startSandbox({ size: SIZE, rate: 48 * MIB, keysOnly: true, keyUse: 'once' });
const directory = mkdtempSync(join(tmpdir(), 'imgdl-demo-'));
let failed = 0;
try {
  await demo(sandbox.environment, sandbox.control);
} finally {
  await sandbox.close();
  rmSync(directory, { recursive: true, force: true });
}
process.exitCode = failed === 0 ? 0 : 1;

async function demo(env, control) {
  const { SANDBOX_APPLIANCE: appliance, SANDBOX_PIMAGE: pimage } = env;
  const command = ['appliance', 'pimage', appliance, pimage, '-o', 'image'];

  say(`A UForge AppCenter is running at ${env.IMGDL_URL}, with a published image of ${mib(SIZE)}.
Every connection needs a download id, and each id works only once.

$ imgdl ${command.join(' ')}`);
  const first = run(command, env);
  const half = setInterval(() => partSize() > SIZE / 2 && first.child.kill('SIGKILL'), 5);
  const killed = await first.ended;
  clearInterval(half);
  const visible = readdirSync(directory).filter((name) => !name.startsWith('.imgdl-'));
  const kept = partSize();

  say(`
kill -9: the download is dead and its id is spent. ${mib(kept)} are on disk.
Now the same command again:

$ imgdl ${command.join(' ')}`);
  const second = run([...command, '--json'], env);
  const { code } = await second.ended;
  const result = parse(second.stdout());

  const answers = control.requests.filter((request) => request.sentEnd > request.sentStart);
  const from = answers.at(-1)?.sentStart ?? 0;
  const twice = Math.max(0, (answers[0]?.sentEnd ?? SIZE) - from);
  const expected = control.object(`pimages/${pimage}`).digest('sha256');

  say('\nWhat you have just seen:');
  check(killed.signal === 'SIGKILL', 'kill -9 ended the first run, without a chance to clean up');
  check(
    visible.length === 0,
    'no file had the name of the image yet, so nobody could mistake the partial download for it',
  );
  check(
    code === 0 && result?.status === 'resumed',
    `the second run resumed at ${mib(from)} and ended with exit code ${code}`,
  );
  check(
    answers.length === 2 && control.keys.spent === 2 && control.keys.refused === 0,
    `${answers.length} connections used ${control.keys.spent} download ids, a new one each; none was used twice`,
  );
  check(twice <= LIMIT, `at most ${mib(twice)} were downloaded twice (the promise: ${mib(LIMIT)})`);
  check(
    result?.path === 'image' && (await sha256(join(directory, 'image'))) === expected,
    `the file is identical to the image: SHA-256 ${expected.slice(0, 16)}…`,
  );
  check(readdirSync(directory).join() === 'image', 'nothing else is left in the directory');
  say(failed === 0 ? '\nAll promises kept. Now try it yourself: imgdl --help' : `\n${failed} of these failed.`);
}

function run(args, more) {
  const { PATH, TERM, COLORTERM, NO_COLOR, FORCE_COLOR, CI, LC_ALL, LANG } = process.env;
  const wanted = { PATH, TERM, COLORTERM, NO_COLOR, FORCE_COLOR, CI, LC_ALL, LANG, HOME: directory, ...more };
  const env = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined));
  env.XDG_CONFIG_HOME = join(directory, '.imgdl-no-config'); // the demo is the same for everybody
  const child = spawn(process.execPath, [IMGDL, ...args], {
    cwd: directory,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const chunks = [];
  child.stdout.on('data', (chunk) => chunks.push(chunk));
  const limit = setTimeout(() => child.kill('SIGTERM'), 60_000);
  return {
    child,
    stdout: () => Buffer.concat(chunks).toString(),
    ended: new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => {
        clearTimeout(limit);
        resolve({ code, signal });
      });
    }),
  };
}

function partSize() {
  const part = readdirSync(directory).find((name) => name.endsWith('.part'));
  return part === undefined ? 0 : (statSync(join(directory, part), { throwIfNoEntry: false })?.size ?? 0);
}

async function sha256(path) {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk);
  } catch {
    return 'no file';
  }
  return hash.digest('hex');
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function check(held, sentence) {
  if (!held) failed += 1;
  say(`  ${held ? 'yes' : 'NO '}  ${sentence}`);
}

function mib(bytes) {
  return `${Math.round(bytes / MIB)} MiB`;
}

function say(text) {
  process.stdout.write(`${text}\n`);
}
