import { describe, expect, it } from 'vitest';
import { createPromptness } from '#imgdl/fs/promptness.js';

/** A clock that stands until a call takes time. */
function timing() {
  let time = 5_000;
  const promptness = createPromptness(() => time);
  return {
    promptness,
    call: (ms: number) => promptness.timed(() => (time += ms)),
    wait: (ms: number) => (time += ms),
  };
}

describe('whether direct calls are prompt', () => {
  it('they are until one was slow', () => {
    const { promptness, call } = timing();
    expect(promptness.prompt).toBe(true);
    for (let calls = 0; calls < 100; calls += 1) call(20);
    expect(promptness.prompt).toBe(true);
    call(21);
    expect(promptness.prompt).toBe(false);
  });

  it('after a slow one they are tried again, later each time, but never later than in a minute', () => {
    const { promptness, call, wait } = timing();
    const rests = Array.from({ length: 9 }, () => {
      call(500);
      for (let waited = 0; ; waited += 250) {
        if (promptness.prompt) return waited;
        wait(250);
      }
    });
    expect(rests).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  });

  it('one that fails counts as well', () => {
    const { promptness, wait } = timing();
    const full = (): never => {
      wait(30);
      throw new Error('no space left');
    };
    expect(() => promptness.timed(full)).toThrow('no space left');
    expect(promptness.prompt).toBe(false);
  });

  it.each([
    ['with a clock', () => 0],
    ['without', undefined],
  ] as const)('hands over what the call returns, %s', (_, now) => {
    expect(createPromptness(now).timed(() => 'written')).toBe('written');
  });

  it('none is without a clock', () => {
    expect(createPromptness(undefined).prompt).toBe(false);
  });
});
