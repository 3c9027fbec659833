import { describe, expect, it } from 'vitest';
import { ThroughputWindow, WINDOW_MS } from '#imgdl/engine/fetch/throughput.js';
import { fakeClock } from '../../support/fake-clock.js';

describe('the throughput of a window', () => {
  it('is that of the bytes that came in it, and of no earlier ones', async () => {
    const window = new ThroughputWindow(fakeClock());
    window.add(5_000_000);
    window.begin(1);
    window.add(1_000);
    expect(await window.wait(() => 2)).toEqual({
      elapsedMs: WINDOW_MS,
      rate: 1_000 / WINDOW_MS,
      busyShare: 0,
      delivering: 1,
    });
    expect(await window.wait(() => 3)).toMatchObject({ rate: 0, delivering: 2 });
  });

  it('tells what share of the time this thread was at work', async () => {
    let busyMs = 70;
    const clock = { ...fakeClock(), busy: () => busyMs };
    const window = new ThroughputWindow(clock);
    busyMs += WINDOW_MS / 4;
    expect(await window.wait(() => 1)).toMatchObject({ busyShare: 0.25 });
  });

  it('goes on when the wait is interrupted: nothing of it is lost', async () => {
    const clock = fakeClock();
    const window = new ThroughputWindow(clock);
    window.begin(1);
    window.add(700);
    const waiting = window.wait(() => 1);
    window.interrupt();
    expect(await waiting).toBeUndefined();
    clock.pass(100);
    window.add(500);
    expect(await window.wait(() => 1)).toMatchObject({ elapsedMs: WINDOW_MS + 100, rate: 1_200 / (WINDOW_MS + 100) });
  });
});
