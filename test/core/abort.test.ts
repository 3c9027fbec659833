import { describe, expect, it } from 'vitest';
import { whenAborted } from '#imgdl/core/abort.js';

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
