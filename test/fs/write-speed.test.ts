import { describe, expect, it } from 'vitest';
import { createWriteSpeed } from '#imgdl/fs/write-speed.js';

const BATCH = 600_000;

/** A clock that stands until a call takes time. */
function timing() {
  let time = 5_000;
  const speed = createWriteSpeed(() => time);
  return {
    speed,
    call: (ms: number, bytes = BATCH) => speed.timed(bytes, () => (time += ms)),
    wait: (ms: number) => (time += ms),
  };
}

describe('whether direct calls are fast', () => {
  it.each([
    ['as long as they are as quick as a disk of 200 MB/s', [3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3], true],
    ['when the processor is taken away now and then', [15, 1, 1, 1, 1, 1, 15, 1, 1, 1, 1, 1, 15, 1], true],
    ['not after one that took long', [24], false],
    ['not with a disk that is a little too slow all the time', [8, 8, 8, 8, 8], false],
    ['not with small calls that take long', Array.from({ length: 8 }, () => 6), false],
  ])('%s', (_, calls, expected) => {
    const { speed, call } = timing();
    expect(speed.fast).toBe(true);
    for (const ms of calls) call(ms);
    expect(speed.fast).toBe(expected);
  });

  const restsOf = ({ speed, call, wait }: ReturnType<typeof timing>, times: number, quickMs = 0): number[] =>
    Array.from({ length: times }, () => {
      wait(quickMs);
      call(500);
      for (let waited = 0; ; waited += 250) {
        if (speed.fast) return waited;
        wait(250);
      }
    });

  it('after a slow one they are tried again, later each time, but never later than in a minute', () => {
    expect(restsOf(timing(), 9)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  });

  it('what was slow is forgotten after a quick minute', () => {
    const place = timing();
    expect(restsOf(place, 3)).toEqual([1_000, 2_000, 4_000]);
    expect(restsOf(place, 2, 59_000)).toEqual([8_000, 16_000]);
    expect(restsOf(place, 2, 61_000)).toEqual([1_000, 1_000]);
  });

  it('one that fails counts as well', () => {
    const { speed, wait } = timing();
    const full = (): never => {
      wait(30);
      throw new Error('no space left');
    };
    expect(() => speed.timed(BATCH, full)).toThrow('no space left');
    expect(speed.fast).toBe(false);
  });

  it.each([
    ['with a clock', () => 0],
    ['without', undefined],
  ] as const)('hands over what the call returns, %s', (_, now) => {
    expect(createWriteSpeed(now).timed(BATCH, () => 'written')).toBe('written');
  });

  it('none is fast without a clock', () => {
    expect(createWriteSpeed(undefined).fast).toBe(false);
  });
});
