import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, describe, expect, test } from 'vitest';
import { writeChecked } from '#imgdl/ui/document/write-checked.js';

const MODULE = new URL('../../../dist/ui/document/write-checked.js', import.meta.url).href;
const directory = mkdtempSync(join(tmpdir(), 'imgdl-write-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('a file descriptor', () => {
  test('gets all of the text', async () => {
    const path = join(directory, 'out');
    const fd = openSync(path, 'w');
    await writeChecked(fd, 'pfad/ä.img\n');
    await writeChecked(fd, 'x'.repeat(300_000));
    closeSync(fd);
    expect(readFileSync(path, 'utf8')).toBe(`pfad/ä.img\n${'x'.repeat(300_000)}`);
  });

  test('that is full is an error', async () => {
    const fd = openSync('/dev/full', 'w');
    await expect(writeChecked(fd, 'x')).rejects.toMatchObject({
      code: 'output.failed',
      exit: 15,
      message: 'writing the result to stdout: no space left (ENOSPC)',
      details: { errno: 'ENOSPC' },
    });
    closeSync(fd);
  });

  test('that is closed is an error', async () => {
    const fd = openSync('/dev/null', 'w');
    closeSync(fd);
    await expect(writeChecked(fd, 'x')).rejects.toMatchObject({ code: 'output.failed', details: { errno: 'EBADF' } });
  });
});

describe('the stdout of a process', () => {
  /** Runs writeChecked(1, …) with stdout as a pipe; stderr tells how it ended. */
  function run(text: string, prepare = ''): { child: ReturnType<typeof spawn>; stderr: Promise<string> } {
    const script = `import { writeChecked } from ${JSON.stringify(MODULE)};
      ${prepare}
      try { await writeChecked(1, ${text}); console.error('written'); } catch (error) { console.error(error.code, error.details.errno); }`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    return { child, stderr: new Promise((resolve) => child.on('close', () => resolve(said.trim()))) };
  }

  test('whose reader has gone is an error, not a crash', async () => {
    const { child, stderr } = run("'x'.repeat(1_000_000)", 'await new Promise((r) => setTimeout(r, 300));');
    child.stdout?.destroy();
    expect(await stderr).toBe('output.failed EPIPE');
  });

  test('a slow reader of a pipe that does not block gets everything', async () => {
    // Touching process.stdout makes Node set O_NONBLOCK on a pipe: write(2) answers EAGAIN when it is full.
    const { child, stderr } = run("'x'.repeat(1_000_000)", 'process.stdout;');
    let length = 0;
    await new Promise((resolve) => setTimeout(resolve, 300));
    child.stdout?.on('data', (chunk: Buffer) => {
      length += chunk.length;
    });
    expect(await stderr).toBe('written');
    expect(length).toBe(1_000_000);
  });
});

describe('a stream', () => {
  test('gets the text', async () => {
    const got: string[] = [];
    const stream = new Writable({
      write(chunk, _encoding, done) {
        got.push(String(chunk));
        done();
      },
    });
    await writeChecked(stream, 'a\n');
    expect(got).toEqual(['a\n']);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(stream.listenerCount('error')).toBe(0);
  });

  test('that fails is an error, and the event that follows ends nothing', async () => {
    const stream = new Writable({
      write(_chunk, _encoding, done) {
        done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
      },
    });
    await expect(writeChecked(stream, 'a\n')).rejects.toMatchObject({
      code: 'output.failed',
      message: 'writing the result to stdout: the reader is gone (EPIPE)',
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
  });
});
