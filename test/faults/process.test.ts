/**
 * What the process itself goes through: closed descriptors, a directory that is gone, signals, a parent that dies. Each
 * is a process of its own, several at once.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { documentOf } from '../e2e/document.js';
import { stall } from '../support/fault-server.js';
import { cleanEnvironment, IMGDL } from '../support/imgdl.js';
import { ended, until } from '../support/processes.js';
import { cut } from './answers.js';
import { type Canaries, makeCanaries } from './canaries.js';
import type { CasePlace } from './fault-case.js';
import { expectNoCanary, expectRight, expectTame, partBytes } from './oracle.js';
import { Origin, type Reply, SIZE } from './origin.js';

vi.setConfig({ maxConcurrency: 4 });

interface Scene extends CasePlace {
  /** Starts a shell in a directory; `$I` is imgdl, `$W` its words. */
  shell(script: string, env?: Readonly<Record<string, string>>): ChildProcess;
}

interface Told {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** So much is more than what waits in memory before it is written. */
const LARGE = { rev: 1, size: 5 * 1024 * 1024 };
const HELD = 4 * 1024 * 1024;

async function scene(data: readonly Reply[], play: (scene: Scene) => Promise<void>): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'imgdl-process-'));
  const [directory, home] = [join(root, 'work'), join(root, 'home')];
  for (const path of [directory, home]) mkdirSync(path);
  const canaries: Canaries = makeCanaries();
  const origin = await Origin.start(canaries);
  origin.use({ replies: { data }, persists: true });
  const env = { ...cleanEnvironment(), HOME: home, N: process.execPath, I: IMGDL, W: origin.words('url')[1] ?? '' };
  try {
    await play({
      origin,
      foreign: origin,
      directory,
      home,
      target: join(directory, 'disk.img'),
      shell: (script, more = {}) =>
        spawn('/bin/sh', ['-c', script], { cwd: directory, env: { ...env, ...more }, stdio: ['pipe', 'pipe', 'pipe'] }),
    });
  } finally {
    await origin.server.close();
    rmSync(root, { recursive: true, force: true });
  }
}

async function told(child: ChildProcess): Promise<Told> {
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text;
    });
  }
  return { ...(await ended(child)), ...texts };
}

/** No process is left, nor a file but the target. */
function expectComplete(scene: Scene): void {
  expectRight(scene);
  expect(readdirSync(scene.directory)).toEqual(['disk.img']);
}

const GET = 'exec "$N" "$I" url "$W" -o disk.img --json';

const WAITING = `${GET} --on-busy wait`;

describe.concurrent('process', () => {
  test.each([
    ['process/stdin-closed: no stdin', `${GET} <&-`, 0],
    ['process/stderr-closed: no stderr', `${GET} 2>&-`, 0],
    // Node opens /dev/null in place of what is closed, before anybody can look.
    ['process/stdout-closed: no stdout', `${GET} >&-`, 0],
    ['process/all-closed: no descriptor at all', `${GET} <&- >&- 2>&-`, 0],
    ['process/stdout-full: stdout is a full device', `${GET} >/dev/full`, 15],
    ['process/stderr-full: stderr is a full device', `${GET} 2>/dev/full`, 0],
    [
      'process/locale-turkish: a locale whose i has no dot, and an odd time zone',
      `LC_ALL=tr_TR.UTF-8 TZ=Pacific/Chatham ${GET}`,
      0,
    ],
    ['process/locale-c: no locale at all', `env -u LANG LC_ALL=C ${GET.replace('exec ', '')}`, 0],
    ['process/few-descriptors: 64 descriptors and 16 connections', `ulimit -n 64; ${GET} --connections 16`, 0],
    ['process/no-home: neither HOME nor a terminal', `env -u HOME ${GET.replace('exec ', '')}`, 0],
    ['process/term-unset: an unknown terminal of no width', `TERM= COLUMNS=0 ${GET} --progress line`, 0],
  ])('%s', (_, script, exit) =>
    scene([], async (place) => {
      const said = await told(place.shell(script));
      expect([said.code, said.signal]).toEqual([exit, null]);
      expectComplete(place);
      expectNoCanary(place.origin.canaries, place, { ...said, code: 0 });
      if (exit === 0 && !script.includes('>&- ') && !script.endsWith(' >&-'))
        expect(documentOf(said.stdout).status).toBe('downloaded');
      else if (exit !== 0) expect(said.stderr).toMatch(/imgdl: output\.failed: .*complete/s);
    }),
  );

  test.each([
    ['process/directory-gone: the current directory was removed, the target is elsewhere', 0],
    ['process/directory-gone-relative: the same with a target in it', 12],
  ])('%s', (_, exit) =>
    scene([], async (place) => {
      const output = exit === 0 ? '"$T"' : 'disk.img';
      const script = `mkdir gone; cd gone; rmdir ../gone; exec "$N" "$I" url "$W" -o ${output} --json`;
      const said = await told(place.shell(script, { T: place.target }));
      expect(said.code).toBe(exit);
      if (exit === 0) expectComplete(place);
      else {
        expect(documentOf(said.stdout).error?.exit).toBe(exit);
        expect(readdirSync(place.directory)).toEqual([]);
      }
    }),
  );

  test('process/parent-dies: the shell that started it is killed, and the pipes close', () =>
    scene([], async (place) => {
      const { origin } = place;
      let letGo = (): void => {};
      const held = new Promise<void>((resolve) => {
        letGo = resolve;
      });
      origin.use({
        replies: {
          data: [
            (ask) => {
              const all = origin.truth(ask);
              return [...all.slice(0, 1), { do: 'await', event: held }, ...all.slice(1)];
            },
          ],
        },
        persists: false,
      });
      const parent = place.shell('"$N" "$I" url "$W" -o disk.img & wait');
      await until('the request', 20_000, () => origin.requests('data')[0]);
      const died = once(parent, 'exit');
      parent.kill('SIGKILL');
      // Not 'close': imgdl has its pipes as well, and is to find them closed while the image is on its way.
      await died;
      parent.stdout?.destroy();
      parent.stderr?.destroy();
      letGo();
      await until('the image', 20_000, () => readdirSync(place.directory).includes('disk.img') || undefined);
      await until('the end', 5_000, () => (readdirSync(place.directory).length === 1 ? true : undefined));
      expectComplete(place);
    }));

  test.concurrent.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const)(
    'process/killed-by-%s: what came is kept, and the next run fetches the rest',
    (signal) =>
      scene([cut(HELD, stall)], async (place) => {
        place.origin.object = LARGE;
        const child = place.shell(`${GET} -v`);
        const telling = told(child);
        await until('bytes', 20_000, () => (partBytes(place.directory) > 0 ? true : undefined));
        child.kill(signal);
        const said = await telling;
        expect([said.code, said.signal]).toEqual([null, signal]);
        expect(readdirSync(place.directory)).not.toContain('disk.img');
        if (signal !== 'SIGKILL') {
          const { error } = documentOf(said.stdout);
          expect(error?.exit).toBe({ SIGHUP: 129, SIGINT: 130, SIGTERM: 143 }[signal]);
          expectTame(said.stderr);
          const left = readdirSync(place.directory);
          expect(left.map((name) => name.replace(/^.*\./, '')).sort()).toEqual(['journal', 'part']);
          for (const name of left) expect(statSync(join(place.directory, name)).mode % 0o1000).toBe(0o600);
        }
        expectNoCanary(place.origin.canaries, place, { ...said, code: 0 });
        place.origin.heal();
        const again = await told(place.shell(GET));
        expect(again.code).toBe(0);
        // A checkpoint by time or size had not come before the kill: that run begins again.
        expect(documentOf(again.stdout).status).toBe(signal === 'SIGKILL' ? 'downloaded' : 'resumed');
        expectComplete(place);
      }),
  );

  test('process/to-stdout-reader-gone: the reader of -o - leaves', () =>
    scene([], async (place) => {
      const child = place.shell('"$N" "$I" url "$W" -o - | head -c 1 >/dev/null; exit 0');
      expect((await told(child)).code).toBe(0);
      expect(readdirSync(place.directory)).toEqual([]);
    }));

  test('process/two-at-once: the second waits, and the bytes come once', () =>
    scene([], async (place) => {
      const both = await Promise.all([told(place.shell(WAITING)), told(place.shell(WAITING))]);
      expect(both.map(({ code }) => code).sort()).toEqual([0, 0]);
      expectComplete(place);
      expect(place.origin.requests('data').length).toBeLessThanOrEqual(2);
      expect(readFileSync(place.target).length).toBe(SIZE);
    }));
});
