import { stat } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { stallTimer } from '#imgdl/http/limits.js';

/** The process stands still, as one that was stopped. */
function standStill(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

async function expires(meanwhile: (disarm: () => void) => void): Promise<boolean> {
  let expired = false;
  const timer = stallTimer(10, () => {
    expired = true;
  });
  timer.arm();
  meanwhile(timer.disarm);
  standStill(100);
  await delay(50);
  return expired;
}

describe('a stall is', () => {
  it('no byte for so long', async () => {
    expect(await expires(() => {})).toBe(true);
  });

  it('not what came while the process stood still, and is read next', async () => {
    expect(await expires((disarm) => stat('/', disarm))).toBe(false);
  });

  it('not what is handed on a turn after it was read, as with TLS', async () => {
    expect(await expires((disarm) => stat('/', () => setImmediate(disarm)))).toBe(false);
  });
});
