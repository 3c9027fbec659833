import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { runQueue } from '#imgdl/engine/queue.js';

const NEVER = new AbortController().signal;

describe('a queue', () => {
  test('of no jobs ends', async () => {
    expect(await runQueue([], 8, NEVER)).toEqual([]);
  });

  test('keeps the order of its jobs, however long each takes', async () => {
    const jobs = [30, 1, 20, 2, 10].map((ms) => async () => {
      await sleep(ms);
      return ms;
    });
    expect(await runQueue(jobs, 3, NEVER)).toEqual([30, 1, 20, 2, 10].map((value) => ({ kind: 'done', value })));
  });

  test.each([1, 3, 8])('never has more than %i at once, and that many when it can', async (most) => {
    let running = 0;
    let peak = 0;
    const jobs = Array.from({ length: 40 }, () => async () => {
      running += 1;
      peak = Math.max(peak, running);
      await sleep(1);
      running -= 1;
    });
    await runQueue(jobs, most, NEVER);
    expect([peak, running]).toEqual([most, 0]);
  });

  test('starts its jobs in order', async () => {
    const started: number[] = [];
    const jobs = Array.from({ length: 20 }, (_, at) => async () => {
      started.push(at);
      await sleep(at % 3);
    });
    await runQueue(jobs, 4, NEVER);
    expect(started).toEqual(Array.from({ length: 20 }, (_, at) => at));
  });

  test('goes on when one fails, be it at once or later', async () => {
    const broken = new Error('broken');
    const jobs = [
      async () => 'a',
      () => {
        throw broken;
      },
      async () => {
        await sleep(2);
        throw broken;
      },
      async () => 'b',
    ];
    expect(await runQueue<string>(jobs, 1, NEVER)).toEqual([
      { kind: 'done', value: 'a' },
      { kind: 'failed', error: broken },
      { kind: 'failed', error: broken },
      { kind: 'done', value: 'b' },
    ]);
  });

  test('that is aborted starts nothing more, and waits for what those that run have to save', async () => {
    const abort = new AbortController();
    const reason = new Error('stopped');
    const saved: number[] = [];
    const jobs = Array.from({ length: 5 }, (_, at) => async () => {
      if (at === 1) setTimeout(() => abort.abort(reason), 5);
      await sleep(30);
      saved.push(at);
      abort.signal.throwIfAborted();
      return at;
    });
    const ended = await runQueue(jobs, 2, abort.signal);
    expect(saved).toEqual([0, 1]);
    expect(ended).toEqual(Array.from({ length: 5 }, () => ({ kind: 'failed', error: reason })));
  });
});
