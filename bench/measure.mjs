/**
 * One run of one command: wall time, CPU time and peak memory of the whole process tree.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * GNU time reads what wait4(2) says of its child and of all that the child has waited for. It also stands between the
 * child and us for a reason: Linux hands the peak memory of a process on to what it becomes by exec, and a child that
 * Node has just forked starts with Node's.
 */
const TIME = '/usr/bin/time';
export const hasTime = existsSync(TIME);
const KEPT_OUTPUT = 64 * 1024;

/** Process groups that run now; `endAll` is for the way out. */
const alive = new Set();

export function endAll() {
  for (const pid of alive) kill(pid, 'SIGKILL');
}

/**
 * @param job {command, env, cwd, limitMs, fileBytes} `fileBytes`: no file grows beyond that, whatever goes wrong
 * @returns {wallMs, cpuMs, rssBytes, startedAt, code, stdout, stderr}; cpuMs and rssBytes are null without GNU time
 */
export async function measure(job) {
  const figures = join(job.cwd, '.time');
  rmSync(figures, { force: true });
  const timed = hasTime ? [TIME, '-o', figures, '-f', '%U %S %M', '--', ...job.command] : job.command;
  // dash and bash count in blocks of 512 and 1024 bytes: the cap is a belt, exactness does not matter.
  const blocks = Math.ceil(job.fileBytes / 512);
  const child = spawn('/bin/sh', ['-c', `ulimit -f ${blocks}; exec "$@"`, 'sh', ...timed], {
    cwd: job.cwd,
    env: job.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a group of its own, so that what it started can be ended with it
  });
  const stdout = tailOf(child.stdout);
  const stderr = tailOf(child.stderr);
  const startedAt = Date.now();
  const started = process.hrtime.bigint();
  let wallMs = 0;
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    kill(child.pid, 'SIGKILL');
  }, job.limitMs);
  alive.add(child.pid);
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => {
      wallMs = Number(process.hrtime.bigint() - started) / 1e6;
    });
    child.once('close', (status, signal) => resolve(status ?? signal));
  }).finally(() => {
    clearTimeout(timer);
    alive.delete(child.pid);
  });
  return {
    wallMs,
    ...usage(figures),
    startedAt,
    code: timedOut ? `no end within ${Math.round(job.limitMs / 1000)} s` : code,
    stdout: stdout(),
    stderr: stderr(),
  };
}

/** Starts a command and kills it as soon as `when` says so. Resolves when it has ended, with its exit code or signal. */
export async function killWhen(job, when) {
  const [program, ...args] = job.command;
  const child = spawn(program, args, { cwd: job.cwd, env: job.env, stdio: 'ignore', detached: true });
  alive.add(child.pid);
  const watch = setInterval(() => when() && kill(child.pid, 'SIGKILL'), 2);
  const timer = setTimeout(() => kill(child.pid, 'SIGKILL'), job.limitMs);
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal));
  }).finally(() => {
    clearInterval(watch);
    clearTimeout(timer);
    alive.delete(child.pid);
  });
}

function kill(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended.
  }
}

function usage(path) {
  // After a failure GNU time writes a sentence first.
  const line = existsSync(path) ? (readFileSync(path, 'utf8').trim().split('\n').at(-1) ?? '') : '';
  const [user, system, peak] = line.split(' ').map(Number);
  rmSync(path, { force: true });
  if (!Number.isFinite(user) || !Number.isFinite(system) || !Number.isFinite(peak))
    return { cpuMs: null, rssBytes: null };
  return { cpuMs: (user + system) * 1000, rssBytes: peak * 1024 };
}

function tailOf(stream) {
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk) => {
    text = (text + chunk).slice(-KEPT_OUTPUT);
  });
  return () => text;
}
