import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { QUEUE_LIMIT } from '#imgdl/ui/progress/event-queue.js';

const FIXTURE = fileURLToPath(new URL('fixtures/events.mjs', import.meta.url));

/** What waits in the process for its stderr after 50 000 events, in bytes. */
async function waitingBytes(): Promise<number> {
  const child = spawn(process.execPath, [FIXTURE], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [text] = await once(child.stdout, 'data');
  // The pipe is full and stays so: the process ends all the same.
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
  return Number(text);
}

test('a pipe that nobody reads neither holds the process up nor grows in it', async () => {
  expect(await waitingBytes()).toBeLessThanOrEqual(QUEUE_LIMIT + 1_000);
});
