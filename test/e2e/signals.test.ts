/** Signals end a download by themselves, with a checkpoint, and cost nothing that was on the disk. */
import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { beside, claimsOf, examine } from '../crash/oracle.js';
import { openScene, type Scene, WAYS } from '../crash/victim.js';
import { until } from '../support/processes.js';

const MIB = 1024 * 1024;
const SIZE = 40 * MIB + 3;
const way = WAYS[0];
if (way === undefined) throw new Error('no way');

let scene: Scene;
beforeEach(async () => {
  scene = await openScene(way, SIZE, { rate: 20 * MIB });
});
afterEach(async () => {
  await scene.close();
});

function data() {
  return scene.sandbox.control.requests.filter(way?.isData ?? (() => false));
}

/** Starts a download and waits until some mebibytes of it were sent. */
async function underWay(args: readonly string[] = []) {
  const victim = scene.start({ args });
  await until('some bytes', 50_000, () => ((data()[0]?.sentEnd ?? 0) > 6 * MIB ? true : undefined));
  return victim;
}

function claimed(): number {
  return Math.max(0, ...claimsOf(beside(scene.target, 'journal')).map(({ end }) => end));
}

describe('a signal during a download', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s: writes a checkpoint, dies of it, and the next run fetches only the rest',
    async (signal) => {
      const victim = await underWay(['--json']);
      const before = performance.now();
      victim.child.kill(signal);
      expect(await victim.end).toEqual({ code: null, signal });
      expect(performance.now() - before).toBeLessThan(30_000);
      expect(JSON.parse(victim.stdout())).toMatchObject({ status: 'failed', verified: 'none' });

      const kept = claimed();
      expect(kept).toBeGreaterThan(MIB);
      const verdict = await examine(scene.target, scene.sandbox.control.object(way.object));
      expect(verdict).toMatchObject({ target: 'absent', partSize: kept, wrong: [] });
      expect(readdirSync(scene.directory).some((name) => name.endsWith('.lock'))).toBe(false);

      scene.sandbox.control.modes.rate = undefined;
      const again = scene.start();
      expect(await again.end).toEqual({ code: 0, signal: null });
      // From the checkpoint on, but for the overlap that is compared because this server's ETag is not to be trusted.
      const from = Number(/^bytes=(\d+)-$/.exec(data()[1]?.headers['range'] ?? '')?.[1]);
      expect([kept, kept - 256 * 1024]).toContain(from);
      expect((await examine(scene.target, scene.sandbox.control.object(way.object))).target).toBe('right');
    },
  );

  it('a second one ends it at once, and what was claimed before is good', async () => {
    const victim = await underWay();
    victim.child.kill('SIGINT');
    victim.child.kill('SIGTERM');
    const { signal } = await victim.end;
    expect(['SIGINT', 'SIGTERM']).toContain(signal);
    expect((await examine(scene.target, scene.sandbox.control.object(way.object))).wrong).toEqual([]);
    scene.sandbox.control.modes.rate = undefined;
    expect((await scene.start().end).code).toBe(0);
  });

  it('while it waits for the next attempt ends it at once too', async () => {
    scene.sandbox.control.modes.cutAfter = 7 * MIB;
    scene.sandbox.control.modes.unavailable = 0;
    const victim = await underWay();
    scene.sandbox.control.modes.unavailable = Number.POSITIVE_INFINITY;
    scene.sandbox.control.modes.retryAfter = '60';
    await until('a refusal', 50_000, () => scene.sandbox.control.requests.find(({ status }) => status === 503));
    victim.child.kill('SIGTERM');
    const before = performance.now();
    expect((await victim.end).signal).toBe('SIGTERM');
    expect(performance.now() - before).toBeLessThan(30_000);
    expect(claimed()).toBeGreaterThan(MIB);
  });
});
