import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { settingsOf } from '#imgdl/config/layers.js';
import { secretReader } from '#imgdl/config/secrets.js';
import { maskKnown } from '#imgdl/core/vault.js';
import { directory, load, ROWS, refusal, type Where } from './support.js';

const uid = process.getuid?.() ?? 0;

async function* chunks(...parts: readonly (string | Buffer)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
}

interface Asked extends Where {
  readonly stdin?: AsyncIterable<Uint8Array>;
  readonly uid?: number;
}

async function reader(asked: Asked): Promise<ReturnType<typeof secretReader>> {
  return secretReader({
    note: () => {},
    settings: await load(asked),
    options: ROWS,
    env: new Map(Object.entries(asked.env ?? {})),
    uid: asked.uid ?? uid,
    stdin: asked.stdin ?? chunks('stdin must not be read\n'),
  });
}

async function password(asked: Asked): Promise<string | undefined> {
  return (await (await reader(asked))('password'))?.reveal();
}

function file(text: string | Buffer, mode = 0o600): string {
  const path = join(directory({ pw: text }), 'pw');
  chmodSync(path, mode);
  return path;
}

describe('where a password comes from', () => {
  test('nowhere: undefined, and stdin is not touched', async () => {
    expect(await password({})).toBeUndefined();
  });

  test('a file named by the flag, before the variable', async () => {
    expect(await password({ flags: { 'password-file': file('flag') }, env: { IMGDL_PASSWORD: 'env' } })).toBe('flag');
  });

  test('the variable, before a configuration file', async () => {
    const home = directory({ '.config/imgdl/config.yaml': `password-file: ${file('config')}` });
    expect(await password({ home, env: { IMGDL_PASSWORD: 'env' } })).toBe('env');
    expect(await password({ home })).toBe('config');
    expect(await password({ home, env: { IMGDL_PASSWORD: '' } })).toBe('config');
  });

  test('two variables at once are an error that names both', async () => {
    const said = await refusal(() => password({ env: { IMGDL_PASSWORD: 'canary', IMGDL_PASSWORD_FILE: file('x') } }));
    expect(said).toContain('usage.option: IMGDL_PASSWORD and IMGDL_PASSWORD_FILE are both set');
    expect(said).not.toContain('canary');
  });

  test('a secret in the place of its file is not repeated', async () => {
    const said = await refusal(() => password({ flags: { 'password-file': 'canary-4711' } }));
    expect(said).toContain('--password-file: there is no such file in the current directory');
    expect(said).not.toContain('canary');
    expect(maskKnown('canary-4711', 'ours')).toBe('***');
  });

  test('where it was read from is told, once it was', async () => {
    const notes: string[] = [];
    const note = (message: string): void => void notes.push(message);
    const path = file('s3cret');
    const settings = await load({ flags: { 'password-file': path } });
    const read = secretReader({ note, settings, options: ROWS, env: new Map(), uid, stdin: chunks() });
    await Promise.all([read('password'), read('password')]);
    expect(notes).toEqual([`the password is read from ${path}`]);
  });

  test('the two secrets do not mix', async () => {
    const read = await reader({ env: { IMGDL_PASSWORD: 'p', IMGDL_SECRET_KEY: 's' } });
    expect((await read('password'))?.reveal()).toBe('p');
    expect((await read('secret-key'))?.reveal()).toBe('s');
    const other = await reader({ flags: { 'secret-key-file': file('only') } });
    expect(await other('password')).toBeUndefined();
    expect((await other('secret-key'))?.reveal()).toBe('only');
  });

  test('it is read once, and prints as ***', async () => {
    const read = await reader({ flags: { 'password-file': '-' }, stdin: chunks('once\n') });
    const [first, second] = [await read('password'), await read('password')];
    expect(first).toBe(second);
    expect(`${first} ${JSON.stringify(first)} ${inspect(first)}`).not.toContain('once');
  });

  test('without a row for it only the variable counts', async () => {
    const read = secretReader({
      note: () => {},
      settings: settingsOf([]),
      options: [],
      env: new Map([['IMGDL_PASSWORD', 'env']]),
      uid,
      stdin: chunks(),
    });
    expect((await read('password'))?.reveal()).toBe('env');
    expect(await read('secret-key')).toBeUndefined();
  });
});

describe('what a file may contain', () => {
  test.each([
    ['one line', 's3cret\n', 's3cret'],
    ['no newline', 's3cret', 's3cret'],
    ["Windows' newline", 's3cret\r\n', 's3cret'],
    ['a byte order mark', '\ufeffs3cret\n', 's3cret'],
    ['blanks, which are kept', ' s3 cret \n', ' s3 cret '],
    ['other alphabets', 'pässwörd ☃\n', 'pässwörd ☃'],
  ])('%s', async (_what, text, secret) => {
    expect(await password({ flags: { 'password-file': file(text) } })).toBe(secret);
  });

  test.each([
    ['nothing', '', 'the secret is empty'],
    ['a newline only', '\n', 'the secret is empty'],
    ['two lines', 'canary\nsecond\n', 'line break'],
    ['two newlines at the end', 'canary\n\n', 'line break'],
    ['a carriage return', 'can\rary\n', 'line break or a NUL'],
    ['a NUL', 'canary\0\n', 'line break or a NUL'],
    ['bytes that are not UTF-8', Buffer.from('canary\xff', 'latin1'), 'not UTF-8'],
    ['more than 64 KiB', `canary${'x'.repeat(64 * 1024)}`, 'larger than 64 KiB'],
  ])('%s is refused and not repeated', async (_what, text, message) => {
    const said = await refusal(() => password({ flags: { 'password-file': file(text) } }));
    expect(said).toContain('usage.option: ');
    expect(said).toContain(message);
    expect(said).not.toContain('canary');
  });

  test('a line break in the variable is refused as well', async () => {
    const said = await refusal(() => password({ env: { IMGDL_PASSWORD: 'canary\nX-Evil: 1' } }));
    expect(said).toContain('usage.option: IMGDL_PASSWORD: the secret contains a line break');
    expect(said).not.toContain('canary');
  });

  test('a missing file and a directory are named', async () => {
    const root = directory();
    expect(await refusal(() => password({ flags: { 'password-file': join(root, 'none') } }))).toContain('no such file');
    expect(await refusal(() => password({ flags: { 'password-file': root } }))).toContain('not a regular file');
    expect(await refusal(() => password({ flags: { 'password-file': '/dev/null' } }))).toContain('not a regular file');
  });
});

describe('who may read the file', () => {
  test.each([0o600, 0o400, 0o700])('mode %o is taken', async (mode) => {
    expect(await password({ flags: { 'password-file': file('x', mode) } })).toBe('x');
  });

  test.each([0o644, 0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o660, 0o777])('mode %o is refused', async (mode) => {
    const path = file('canary', mode);
    const said = await refusal(() => password({ flags: { 'password-file': path } }));
    expect(said).toContain(`config.permissions: reading the secret in ${path}: users other than its owner have access`);
    expect(said).toContain('--password-file - <FILE');
    expect(said).not.toContain('canary');
  });

  test('the sentence names the flag of the secret that was asked for', async () => {
    const read = await reader({ flags: { 'secret-key-file': file('x', 0o644) } });
    expect(await refusal(() => read('secret-key'))).toContain('--secret-key-file - <FILE');
  });

  test("a link is followed, and the target's mode counts", async () => {
    const root = directory();
    symlinkSync(file('x', 0o644), join(root, 'open'));
    symlinkSync(file('x', 0o600), join(root, 'closed'));
    expect(await refusal(() => password({ flags: { 'password-file': join(root, 'open') } }))).toContain('permissions');
    expect(await password({ flags: { 'password-file': join(root, 'closed') } })).toBe('x');
  });

  test("another user's file is refused", async () => {
    // Seen from a process of another uid, so that the test needs no second user; a file of root is taken from anybody.
    const path = file('x');
    const said = refusal(() => password({ flags: { 'password-file': path }, uid: 12345 }));
    expect(await said).toContain(uid === 0 ? 'accepted' : 'belongs to another user');
    if (uid === 0) {
      chownSync(path, 54321, 54321);
      expect(await refusal(() => password({ flags: { 'password-file': path } }))).toContain('another user (uid 54321)');
    }
  });

  test("systemd's credentials are taken with group bits, the mask of an ACL, but not with world bits", async () => {
    const root = directory({ 'cred/pw': 'x', 'cred-not/pw': 'x' });
    const env = { CREDENTIALS_DIRECTORY: join(root, 'cred') };
    for (const [name, mode, taken] of [
      ['cred/pw', 0o440, uid === 0],
      ['cred/pw', 0o444, false],
      ['cred-not/pw', 0o440, false],
      ['cred/../cred-not/pw', 0o440, false],
    ] as const) {
      const path = `${root}/${name}`;
      chmodSync(path, mode);
      const said = await refusal(() => password({ flags: { 'password-file': path }, env }));
      expect(`${name} ${mode} ${said.startsWith('accepted')}`).toBe(`${name} ${mode} ${taken}`);
    }
    if (uid === 0) {
      // Only root's files are the manager's: anybody can set the variable.
      const path = join(root, 'cred/pw');
      chmodSync(path, 0o440);
      chownSync(path, 12345, 12345);
      const flags = { 'password-file': path };
      expect(await refusal(() => password({ flags, env, uid: 12345 }))).toContain('config.permissions');
    }
  });

  test('a pipe is taken, as in --password-file <(pass show x)', async () => {
    const path = join(directory(), 'pipe');
    execFileSync('mkfifo', ['-m', '600', path]);
    const writer = spawn('sh', ['-c', `printf 'piped\\n' >"$1"`, 'sh', path], { timeout: 50_000, stdio: 'ignore' });
    const exited = once(writer, 'exit');
    expect(await password({ flags: { 'password-file': path } })).toBe('piped');
    await exited;
  });
});

describe('stdin', () => {
  const flags = { 'password-file': '-' };

  test.each([
    ['one line', ['s3cret\n'], 's3cret'],
    ['no newline', ['s3cret'], 's3cret'],
    ['chunks', ['s3', 'cr', 'et\n'], 's3cret'],
    ['a character cut in two', [Buffer.from([0xc3]), Buffer.from([0xa4, 0x0a])], 'ä'],
    ['what follows the first line', ['s3cret\nsecond\n'], 's3cret'],
  ])('%s', async (_what, parts, secret) => {
    expect(await password({ flags, stdin: chunks(...parts) })).toBe(secret);
  });

  test('does not wait for the end after the first line', async () => {
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('first\n');
      throw new Error('read on');
    }
    expect(await password({ flags, stdin: endless() })).toBe('first');
  });

  test.each([
    ['nothing', [], 'the secret is empty'],
    ['an empty line', ['\nx\n'], 'the secret is empty'],
    ['an endless line', [Buffer.alloc(70 * 1024, 120)], 'longer than 64 KiB'],
    ['not UTF-8', [Buffer.from([0xff, 0x0a])], 'not UTF-8'],
  ])('%s is refused', async (_what, parts, message) => {
    const said = await refusal(() => password({ flags, stdin: chunks(...parts) }));
    expect(said).toContain('usage.option: --password-file -: ');
    expect(said).toContain(message);
  });

  test('is given to one secret only', async () => {
    const read = await reader({ flags: { ...flags, 'secret-key-file': '-' }, stdin: chunks('a\nb\n') });
    expect((await read('password'))?.reveal()).toBe('a');
    expect(await refusal(() => read('secret-key'))).toContain('stdin was already used for another secret');
  });
});
