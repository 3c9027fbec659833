import { PassThrough, Writable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { rememberVariables } from '#imgdl/app/secret-variables.js';
import { maskedStream } from '#imgdl/cli/error-stream.js';
import { Secret } from '#imgdl/core/secret.js';
import { maskKnown } from '#imgdl/core/vault.js';

test('what was never made fit to be shown loses its secrets on the last step', () => {
  new Secret('canary-of-stderr');
  const terminal = Object.assign(new PassThrough(), { isTTY: true, columns: 100, rows: 30 });
  const stream = maskedStream(terminal as unknown as NodeJS.WriteStream);
  stream.write('\u001b[31mcanary-of-stderr\u001b[39m and canary%2Dof%2Dstderr\n');
  expect(terminal.read()?.toString()).toBe('\u001b[31m***\u001b[39m and ***\n');
  expect([stream.isTTY, stream.columns, stream.rows]).toEqual([true, 100, 30]);
  terminal.columns = 80;
  expect(stream.columns).toBe(80);
});

test('who writes learns when the text is gone, also if nobody can read it any more', async () => {
  const taken: ((error?: Error) => void)[] = [];
  const slow = new Writable({ write: (_text, _encoding, done) => void taken.push(done) });
  const stream = maskedStream(slow as unknown as NodeJS.WriteStream);
  const gone: string[] = [];
  stream.write('first', () => gone.push('first'));
  stream.write('second', () => gone.push('second'));
  expect(gone).toEqual([]);
  taken[0]?.();
  await nextTurn();
  expect(gone).toEqual(['first']);
  slow.on('error', () => {});
  taken[1]?.(new Error('gone'));
  await nextTurn();
  expect(gone).toEqual(['first', 'second']);
});

test('an error of the stream reaches who listens', () => {
  const broken = new PassThrough();
  const errors: Error[] = [];
  maskedStream(broken as unknown as NodeJS.WriteStream).on('error', (error) => errors.push(error));
  broken.emit('error', new Error('gone'));
  expect(errors).toEqual([new Error('gone')]);
});

test.each([
  ['IMGDL_PASSWORD', 'canary-v1', 'canary-v1'],
  ['IMGDL_SECRET_KEY', 'canary-v2', 'canary-v2'],
  ['IMGDL_DOWNLOAD_ID', 'canary-v3', 'canary-v3'],
  ['OS_PASSWORD', 'canary-v4', 'canary-v4'],
  ['OS_TOKEN', 'canary-v5', 'canary-v5'],
  ['OS_APPLICATION_CREDENTIAL_SECRET', 'canary-v6', 'canary-v6'],
  ['OS_PASSCODE', 'canary-v7', 'canary-v7'],
  ['https_proxy', 'http://u:canary-v8@proxy', 'canary-v8'],
  ['IMGDL_PROXY', 'http://u:canary-v9@proxy', 'canary-v9'],
])('%s is a secret before anybody has read it', (name, value, secret) => {
  rememberVariables(new Map([[name, value]]));
  expect(maskKnown(`a ${secret} b`, 'ours')).toBe('a *** b');
});

test.each([
  ['IMGDL_PASSWORD_FILE', '/run/secrets/uforge'],
  ['IMGDL_USER', 'alice-the-owner'],
  ['OS_USERNAME', 'bob-the-builder'],
  ['OTHER_PASSWORD_HINT', 'the-usual-one'],
])('%s is none', (name, value) => {
  rememberVariables(new Map([[name, value]]));
  expect(maskKnown(`a ${value} b`, 'theirs')).toBe(`a ${value} b`);
});
