import { execFile } from 'node:child_process';
import { stat } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
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

  it('found in time although nothing else happens in the process', async () => {
    const limits = import.meta.resolve('#imgdl/http/limits.js');
    const code = `
      import { stallTimer } from ${JSON.stringify(limits)};
      const say = (word) => { console.log(word); process.exit(); };
      setTimeout(say, 5_000, 'with the next timer');
      stallTimer(50, () => say('in time')).arm();`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code]);
    expect(stdout).toBe('in time\n');
  });
});
