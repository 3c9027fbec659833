import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { unlessAborted, whenAborted } from '#imgdl/core/abort.js';

function heard(signal: AbortSignal): { readonly reasons: unknown[]; readonly stop: () => void } {
  const reasons: unknown[] = [];
  const stop = whenAborted(signal, () => reasons.push(signal.reason));
  return { reasons, stop };
}

describe('whoever waits for an abort', () => {
  it('hears at once of one that has happened', () => {
    expect(heard(AbortSignal.abort('before')).reasons).toEqual(['before']);
  });

  it('hears of one that comes, once', () => {
    const abort = new AbortController();
    const { reasons } = heard(abort.signal);
    expect(reasons).toEqual([]);
    abort.abort('now');
    abort.abort('again');
    expect(reasons).toEqual(['now']);
  });

  it.each([
    ['before it', new AbortController()],
    ['after it', undefined],
  ])('may stop listening %s', (_, abort) => {
    const { reasons, stop } = heard(abort?.signal ?? AbortSignal.abort('before'));
    stop();
    abort?.abort('now');
    expect(reasons).toEqual(abort === undefined ? ['before'] : []);
  });
});

describe('a wait unless aborted', () => {
  const never = new Promise<never>(() => {});

  it.each([
    ['is as good as the work', async () => 'done', false, { status: 'fulfilled', value: 'done' }],
    ['fails as the work does', () => Promise.reject('broken'), false, { status: 'rejected', reason: 'broken' }],
    ['ends with the reason of an abort', () => never, true, { status: 'rejected', reason: 'stopped' }],
    [
      'ends with the abort, although the work fails afterwards',
      (signal: AbortSignal) => new Promise((_, reject) => whenAborted(signal, () => setImmediate(reject, 'late'))),
      true,
      { status: 'rejected', reason: 'stopped' },
    ],
  ])('%s, and leaves no listener', async (_, work, aborts, expected) => {
    const abort = new AbortController();
    const wait = Promise.allSettled([unlessAborted(work(abort.signal), abort.signal)]);
    expect(getEventListeners(abort.signal, 'abort').length).toBeGreaterThan(0);
    if (aborts) abort.abort('stopped');
    expect(await wait).toEqual([expected]);
    expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
  });

  it('does not begin where it is aborted already', async () => {
    const signal = AbortSignal.abort('before');
    await expect(unlessAborted(never, signal)).rejects.toBe('before');
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});
