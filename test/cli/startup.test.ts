import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { cleanEnvironment } from '../support/imgdl.js';

/** Between the two: 1 MiB is full more than 60 times, 16 MiB fewer than 10 times (Node 20, 22 and 24). */
const OFTEN = 25;

/** How often V8 collects new objects while some 100 MiB of them pass, once many others have survived. */
function collectionsAfter(preparation: string): number {
  const script = `
    import { once } from 'node:events';
    import { PerformanceObserver, constants } from 'node:perf_hooks';
    import { Worker } from 'node:worker_threads';
    import { setImmediate } from 'node:timers/promises';
    import { keepHeapSmall } from '#imgdl/cli/startup.js';
    ${preparation}
    const kept = [];
    for (let i = 0; i < 500_000; i += 1) kept.push({ i });
    let collections = 0;
    const count = (entries) => {
      collections += entries.filter((entry) => entry.detail.kind === constants.NODE_PERFORMANCE_GC_MINOR).length;
    };
    const observer = new PerformanceObserver((list) => count(list.getEntries()));
    observer.observe({ entryTypes: ['gc'] });
    const recent = [];
    for (let i = 0; i < 2_000_000; i += 1) recent[i % 1000] = [i, i + 1];
    await setImmediate();
    count(observer.takeRecords());
    console.log(collections);
  `;
  const result = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: new URL('../../', import.meta.url),
    env: cleanEnvironment(),
    encoding: 'utf8',
    timeout: 50_000,
  });
  expect(result.stderr).toBe('');
  return Number(result.stdout);
}

// Not the size of the space: what V8 counts in it, pages that wait to be freed among them, swings by a factor of nine.
describe('the place for new objects', () => {
  test.each([
    ['without threads', ''],
    ['after a thread has started', "await once(new Worker('', { eval: true }), 'online');"],
    ['after a thread has ended', "await once(new Worker('', { eval: true }), 'exit');"],
  ])('stays small, and is collected often, %s', (_, more) => {
    expect(collectionsAfter(`keepHeapSmall(process); ${more}`)).toBeGreaterThan(OFTEN);
  });

  test('would grow, and be collected rarely, otherwise', () => {
    expect(collectionsAfter('')).toBeLessThan(OFTEN);
  });
});
