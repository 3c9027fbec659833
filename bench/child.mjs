/** A server in a process of its own, that ends when the bench does. */
import { spawn } from 'node:child_process';

const running = new Set();

/** Ends whatever still runs, for the way out. */
export function endServers() {
  for (const child of running) child.kill('SIGKILL');
}

/** stdin is a pipe that is never written: its end tells the child that we are gone. */
export function startChild(program, args, options = {}) {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], ...options });
  running.add(child);
  const ended = new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(code ?? signal));
  }).finally(() => running.delete(child));
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    errors = (errors + text).slice(-4096);
  });
  return {
    child,
    ended,
    errors: () => errors,
    async stop() {
      child.kill('SIGTERM');
      const limit = setTimeout(() => child.kill('SIGKILL'), 5000);
      await ended;
      clearTimeout(limit);
    },
  };
}

/** What `look` finds, tried again until it is not undefined. @throws Error when it takes too long or the child ends */
export async function until(what, server, limitMs, look) {
  const end = Date.now() + limitMs;
  const dead = server.ended.then((code) => ({ code }));
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    const late = Date.now() > end;
    const over = await Promise.race([dead, new Promise((resolve) => setTimeout(resolve, 20))]);
    if (late || over !== undefined) {
      throw new Error(`${what} does not start: ${over?.code ?? 'no answer'} ${server.errors()}`);
    }
  }
}
