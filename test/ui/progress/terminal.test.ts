import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { until } from '../../support/processes.js';
import { runInTerminal, type Terminal } from '../../support/terminal.js';
import { Screen } from '../screen.js';

const FIXTURE = fileURLToPath(new URL('../fixtures/progress.mjs', import.meta.url));

/** The bars on a real pseudo-terminal, until some frames and messages have been drawn. */
async function running(columns: number): Promise<Terminal> {
  const terminal = runInTerminal([process.execPath, FIXTURE], { columns });
  await until('some frames', 50_000, () => (terminal.output().split('safe on disk').length > 4 ? true : undefined));
  return terminal;
}

/** A terminal turns "\n" into "\r\n" by itself. The emulator knows only harmless sequences and throws on others. */
function play(output: string, columns: number): Screen {
  const screen = new Screen(columns);
  screen.write(output);
  return screen;
}

describe('on a real terminal', () => {
  test.each([10, 40, 80])('killed by SIGKILL at %d columns the bar leaves nothing to be restored', async (columns) => {
    const terminal = await running(columns);
    await terminal.signal('SIGKILL');
    expect(await terminal.done).toBe(137);
    const output = terminal.output();
    // Hidden cursor, no wrapping, other screen, scroll region: what a dead process cannot take back.
    expect(output).not.toMatch(/\x1b\[\?/);
    expect(output).not.toMatch(/\x1b\[[\d;]*r|\x1b[78]/);
    const screen = play(output, columns);
    expect(screen.column).toBe(0);
    expect(screen.rows[screen.row]?.join('') ?? '').toBe('');
    expect(screen.text.split('\n').at(-1)).toMatch(/%/);
  });

  test('the bar never wraps and every frame ends at the start of a line', async () => {
    const terminal = await running(40);
    await terminal.signal('SIGKILL');
    await terminal.done;
    const screen = new Screen(40);
    const frames = terminal.output().split(/(?<=\n\x1b\[1G\x1b\[0K)/);
    for (const frame of frames) {
      screen.write(frame);
      expect(screen.column).toBe(0);
    }
    expect(frames.length).toBeGreaterThan(5);
    // The messages are short enough for 40 columns: whatever wraps is the bar.
    expect(screen.wraps).toBe(0);
  });

  test('closed in an orderly way the bar is gone and the messages stay', async () => {
    const terminal = await running(80);
    await terminal.signal('SIGTERM');
    expect(await terminal.done).toBe(0);
    const screen = play(terminal.output(), 80);
    expect(screen.text).not.toContain('%');
    expect(screen.text).toMatch(/^(?:imgdl: safe on disk: [\d.]+ MiB\n?)+$/);
    expect(screen.column).toBe(0);
  });
});
