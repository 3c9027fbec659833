import { describe, expect, test } from 'vitest';
import { IMGDL } from '../support/imgdl.js';
import { until } from '../support/processes.js';
import { runInTerminal, type Terminal } from '../support/terminal.js';
import { Screen } from '../ui/screen.js';
import { names, type Stage, stage } from './stage.js';

const IMAGE = ['appliance', 'image', '747', '1095', '-o', 'x'] as const;

/** A slow download on a terminal, once progress shows. */
async function watched(
  columns: number,
  env: Record<string, string> = {},
): Promise<{ place: Stage; terminal: Terminal }> {
  const place = await stage({ size: 2_000_000, rate: 600_000 });
  const terminal = runInTerminal([process.execPath, IMGDL, ...IMAGE], {
    columns,
    cwd: place.directory,
    env: { ...place.env, ...env },
  });
  await until('progress', 50_000, () => (/\b[1-9]\d? ?%/.test(terminal.output()) ? true : undefined));
  return { place, terminal };
}

function play(terminal: Terminal, columns: number): Screen {
  const screen = new Screen(columns);
  screen.write(terminal.output());
  return screen;
}

describe('on a real terminal', () => {
  test.each([40, 100])('of %i columns the bar never wraps, and goes when the image is there', async (columns) => {
    const { place, terminal } = await watched(columns);
    expect(await terminal.done).toBe(0);
    expect(terminal.output()).toMatch(/\x1b\[/);
    const { text, column } = play(terminal, columns);
    expect(text.replaceAll('\n', '')).toContain('verified by sha256');
    expect(text).toMatch(/(?:^|\n)x$/);
    expect(column).toBe(0);
    expect(place.sha256('x')).toBe(place.expected('images/1095'));
  });

  test.each([40, 100])('of %i columns kill -9 leaves the cursor where it should be, and what came', async (columns) => {
    const { place, terminal } = await watched(columns);
    await terminal.signal('SIGKILL');
    expect(await terminal.done).toBe(137);
    expect(terminal.output()).not.toMatch(/\x1b\[\?|\x1b\[[\d;]*r|\x1b[78]/);
    expect(play(terminal, columns).column).toBe(0);
    expect(names(place.directory).some((name) => name.endsWith('.part'))).toBe(true);
  });

  test('SIGINT takes the bar away and says what is kept', async () => {
    const { terminal } = await watched(80);
    await terminal.signal('SIGINT');
    expect(await terminal.done).toBe(130);
    const { text, column } = play(terminal, 80);
    expect(text).toContain('imgdl: signal: stopped by SIGINT; the partial download is kept\nhint: run again to resume');
    expect(text).not.toContain('%');
    expect(column).toBe(0);
    expect(terminal.output()).not.toMatch(/\x1b\[\?/);
  });

  test.each([
    ['a terminal that cannot move its cursor', { TERM: 'dumb' }],
    ['a runner', { CI: 'true' }],
  ])('%s gets plain lines', async (_, env) => {
    const { terminal } = await watched(80, env);
    expect(await terminal.done).toBe(0);
    expect(terminal.output()).not.toMatch(/\x1b\[[\d;]*[A-HJK]/);
  });

  test('an image is not written to it', async () => {
    const place = await stage();
    const terminal = runInTerminal([process.execPath, IMGDL, ...IMAGE.slice(0, 4), '-o', '-'], {
      columns: 200,
      cwd: place.directory,
      env: place.env,
    });
    expect(await terminal.done).toBe(2);
    expect(terminal.output().replaceAll('\r', '')).toBe(
      'imgdl: \x1b[31musage.option\x1b[39m: -o -: stdout is a terminal\nhint: pipe it into a command, or use -o FILE\n',
    );
    expect(place.sandbox.control.requests.some(({ target }) => target.includes('download'))).toBe(false);
  });

  test('NO_COLOR takes the colours away, not the bar', async () => {
    const { terminal } = await watched(80, { NO_COLOR: '1' });
    expect(await terminal.done).toBe(0);
    expect(terminal.output()).toMatch(/\x1b\[/);
    expect(terminal.output()).not.toMatch(/\x1b\[[\d;]*m/);
  });
});
