import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { cleanEnvironment, IMGDL, spawnImgdl } from '../support/imgdl.js';
import { ended, until } from '../support/processes.js';
import { names, type Stage, stage } from './stage.js';

const MIB = 1024 * 1024;
const TO_STDOUT = ['appliance', 'image', '747', '1095', '-o', '-'] as const;

/** The document of a run whose stdout is the image: the last line of stderr. */
function lastLine(stderr: string): unknown {
  return JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? '');
}

/** The command in a shell, with `imgdl` for the program. */
async function shell(
  { directory, env }: Stage,
  script: string,
): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn('bash', ['-c', `imgdl() { '${process.execPath}' '${IMGDL}' "$@"; }\n${script}`], {
    cwd: directory,
    env: { ...cleanEnvironment(), ...env },
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => (out += chunk));
  child.stderr.on('data', (chunk) => (err += chunk));
  const { code } = await ended(child);
  return { code, out, err };
}

describe('-o -', () => {
  test.each([
    ['UForge', TO_STDOUT, 'images/1095'],
    ['Glance', ['glance', 'image', 'big-raw', '-o', '-'], 'glance/big-raw'],
  ])('gives the bytes of %s, and nothing else, to a pipe', async (_, args, object) => {
    const place = await stage({ size: 3 * MIB + 5 });
    const result = await place.imgdl([...args, '--json']);
    expect(result.code).toBe(0);
    expect(place.sha256(result.stdout)).toBe(place.expected(object));
    expect(lastLine(result.stderr)).toMatchObject({
      status: 'downloaded',
      path: expect.anything(),
      bytes: 3 * MIB + 5,
    });
    expect(names(place.directory)).toEqual([]);
  });

  test('feeds a slow reader through a pipe', async () => {
    const place = await stage({ size: 2 * MIB });
    const { out } = await shell(place, `imgdl ${TO_STDOUT.join(' ')} | (sleep 0.3; sha256sum)`);
    expect(out).toBe(`${place.expected('images/1095')}  -\n`);
  });

  test('ends as every filter does when its reader has gone', async () => {
    const place = await stage({ size: 4 * MIB });
    const { out, err } = await shell(
      place,
      `imgdl ${TO_STDOUT.join(' ')} | head -c 1000 | wc -c; echo \${PIPESTATUS[0]}`,
    );
    expect([out.trim().split(/\s+/), err]).toEqual([['1000', '141'], '']);
  });

  test('goes on after a cut, without a byte twice', async () => {
    const place = await stage({ size: MIB, cutAfter: 300_000, cuts: 2 });
    const child = spawnImgdl([...TO_STDOUT, '--json'], { cwd: place.directory, env: place.env });
    const hash = createHash('sha256');
    let stderr = '';
    child.stderr.on('data', (chunk) => (stderr += chunk));
    for await (const chunk of child.stdout) hash.update(chunk as Buffer);
    expect(await ended(child)).toEqual({ code: 0, signal: null });
    expect(hash.digest('hex')).toBe(place.expected('images/1095'));
    expect(lastLine(stderr)).toMatchObject({ attempts: 3 });
  });

  test('cannot go on without Range: exit 6, and says what can', async () => {
    const place = await stage({ size: MIB, cutAfter: 300_000, cuts: 1, ranges: false });
    const result = await place.imgdl([...TO_STDOUT, '--json']);
    expect(result.code).toBe(6);
    expect(lastLine(result.stderr)).toMatchObject({
      error: { code: 'net.no-range', hint: expect.stringContaining('-o FILE') },
    });
    expect(result.stdout.length).toBeLessThan(MIB);
  });

  test('tells of wrong bytes by its exit code', async () => {
    const place = await stage({ corrupt: 1 });
    const result = await place.imgdl(TO_STDOUT);
    expect([result.code, result.stdout.length]).toEqual([9, 200_000]);
    expect(result.stderr).toContain('what was written to stdout is wrong');
  });

  test.each(['--force', '--update', '--receipt', '--restart'])('together with %s is refused', async (flag) => {
    const place = await stage();
    const result = await place.imgdl([...TO_STDOUT, flag]);
    expect([result.code, result.stdout.length]).toEqual([2, 0]);
    expect(result.stderr).toContain(`remove ${flag}`);
  });

  test('onto a full device is exit 15', async () => {
    const place = await stage();
    const { code, err } = await shell(place, `imgdl ${TO_STDOUT.join(' ')} >/dev/full`);
    expect([code, err]).toEqual([15, expect.stringMatching(/^imgdl: output\.failed: .*ENOSPC.*\nhint: /m)]);
  });

  test('onto a full device with --json: the document is the last line of stderr all the same', async () => {
    const place = await stage();
    const { code, err } = await shell(place, `imgdl ${TO_STDOUT.join(' ')} --json >/dev/full`);
    const last = err.trimEnd().split('\n').at(-1) ?? '';
    expect([code, JSON.parse(last)]).toMatchObject([
      15,
      { status: 'failed', error: { code: 'output.failed', exit: 15 } },
    ]);
  });
});

describe('a result that cannot be written', () => {
  test.each([
    ['the path', '', 15],
    ['the document', '--json', 15],
  ])('%s onto a full device: exit 15, and the file is complete', async (_, flag, code) => {
    const place = await stage();
    const result = await shell(place, `imgdl appliance image 747 1095 -o x ${flag} >/dev/full`);
    expect([result.code, result.err]).toEqual([code, expect.stringContaining('output.failed')]);
    expect(place.sha256('x')).toBe(place.expected('images/1095'));
  });

  test.each([
    ['the path', '-q'],
    ['the document', '-q --json'],
  ])('%s because nobody reads it: exit 15, and the message says that the file is complete', async (_, flags) => {
    const place = await stage();
    const { out, err } = await shell(
      place,
      `imgdl appliance image 747 1095 -o x ${flags} | true; echo \${PIPESTATUS[0]}`,
    );
    expect([out, err]).toEqual([
      '15\n',
      expect.stringMatching(/^imgdl: output\.failed: .*; x is complete\nhint: .*there is nothing to download again\n/),
    ]);
    expect(place.sha256('x')).toBe(place.expected('images/1095'));
  });

  test.each(['--help', '--version', 'help glance image'])('%s onto a full device: exit 15', async (args) => {
    const { code, err } = await shell(await stage(), `imgdl ${args} >/dev/full`);
    expect([code, err]).toEqual([
      15,
      expect.stringMatching(/^imgdl: output\.failed: .*no space left.*\nhint: check where stdout goes\n$/),
    ]);
  });

  test('stdout and stderr may be closed', async () => {
    const place = await stage();
    const { code } = await shell(place, 'imgdl appliance image 747 1095 -o x >&- 2>&-');
    expect(code).toBe(0);
    expect(place.sha256('x')).toBe(place.expected('images/1095'));
  });
});

test('who watches the progress may leave: the image comes all the same', async () => {
  const place = await stage({ size: 2 * MIB, rate: 2 * MIB });
  const child = spawnImgdl(['appliance', 'image', '747', '1095', '-o', 'x', '-v'], {
    cwd: place.directory,
    env: place.env,
  });
  await until(
    'the first words',
    10_000,
    () => new Promise<true>((resolve) => child.stderr.once('data', () => resolve(true))),
  );
  child.stderr.destroy();
  expect(await ended(child)).toEqual({ code: 0, signal: null });
  expect(place.sha256('x')).toBe(place.expected('images/1095'));
});
