import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { secretFromCommand } from '#imgdl/config/secret-command.js';
import { refusal } from './support.js';

const env = new Map([['PATH', process.env['PATH'] ?? '']]);

const ask = (script: string, more: { readonly limitMs?: number; readonly signal?: AbortSignal } = {}) =>
  secretFromCommand({
    argv: ['sh', '-c', script],
    cwd: '/',
    env,
    origin: 'here',
    signal: new AbortController().signal,
    ...more,
  });

test('a command that takes too long is ended, and told so', async () => {
  const began = performance.now();
  expect(await refusal(() => ask('echo slow >&2; exec sleep 60', { limitMs: 400 }))).toMatch(
    /^config\.command: here: sh did not end within 0\.4 s/,
  );
  expect(performance.now() - began).toBeLessThan(30_000);
});

test('an abort ends it at once, with its own reason', async () => {
  const abort = new AbortController();
  const asked = ask('exec sleep 60', { signal: abort.signal });
  setTimeout(() => abort.abort(new Error('enough')), 50);
  await expect(asked).rejects.toThrow('enough');
  await expect(ask('echo pw', { signal: abort.signal })).rejects.toThrow('enough');
});

test('nothing listens any more when it is over', async () => {
  const { signal } = new AbortController();
  expect(await ask('echo pw', { signal })).toBe('pw');
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
});

test.each([
  ['the first of several lines', 'printf "one\\ntwo\\n"', 'one'],
  ['a line without an end', 'printf one', 'one'],
  ['blanks, which are kept', 'printf " a b \\n"', ' a b '],
  ['a line as Windows ends it', 'printf "one\\r\\n"', 'one'],
  ['no line of stdin, which is empty', 'cat; echo one', 'one'],
])('the secret is %s', async (_, script, secret) => {
  expect(await ask(script)).toBe(secret);
});
