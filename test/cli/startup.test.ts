import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { cleanEnvironment } from '../support/imgdl.js';

const MIB = 1024 ** 2;

/** What V8 reserves for new objects of the main thread, after many have survived. */
function newSpaceAfter(preparation: string): number {
  const script = `
    import { once } from 'node:events';
    import { getHeapSpaceStatistics } from 'node:v8';
    import { Worker } from 'node:worker_threads';
    import { keepHeapSmall } from '#imgdl/cli/startup.js';
    ${preparation}
    const kept = [];
    for (let i = 0; i < 500_000; i += 1) kept.push({ i });
    console.log(getHeapSpaceStatistics().find((space) => space.space_name === 'new_space').space_size);
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

describe('the place for new objects', () => {
  test.each([
    ['without threads', ''],
    ['after a thread has started', "await once(new Worker('', { eval: true }), 'online');"],
    ['after a thread has ended', "await once(new Worker('', { eval: true }), 'exit');"],
  ])('stays small %s', (_, more) => {
    const size = newSpaceAfter(`keepHeapSmall(process); ${more}`);
    expect(size).toBeGreaterThan(0);
    expect(size).toBeLessThanOrEqual(4 * MIB);
  });

  test('would grow otherwise', () => {
    expect(newSpaceAfter('')).toBeGreaterThan(4 * MIB);
  });
});
