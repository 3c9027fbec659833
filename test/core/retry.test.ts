import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '#imgdl/core/errors.js';
import { decide, PROGRESS_BYTES, type RetryFacts } from '#imgdl/core/retry.js';

const cut = (retryAfterMs?: number) =>
  new AppError('net.truncated', 'downloading: cut', retryAfterMs === undefined ? {} : { retryAfterMs });
const facts = (changes: Partial<RetryFacts> = {}): RetryFacts => ({
  error: cut(),
  tries: 0,
  retries: 8,
  remainingMs: undefined,
  random: 0,
  ...changes,
});

describe('another attempt', () => {
  it.each<[string, Partial<RetryFacts>, number]>([
    ['waits half a second at least', {}, 500],
    ['waits less than a second the first time', { random: 0.999_999 }, 1_000],
    ['doubles the bound each time', { tries: 3, random: 0.999_999 }, 8_000],
    ['never waits more than a minute', { tries: 7, random: 0.999_999 }, 60_000],
    ['nor after a thousand tries', { tries: 1_000, retries: 2_000, random: 0.999_999 }, 60_000],
    ['waits as long as the server asks', { error: cut(7_000) }, 7_000],
    ['spreads those that were told the same moment', { error: cut(7_000), random: 0.999_999 }, 7_500],
    ['waits five minutes when asked', { error: cut(300_000) }, 300_000],
    ['fits before the deadline', { error: cut(7_000), remainingMs: 7_001 }, 7_000],
  ])('%s', (_, changes, waitMs) => {
    const decision = decide(facts(changes));
    expect(decision.kind).toBe('retry');
    expect(decision.kind === 'retry' && Math.round(decision.waitMs)).toBe(waitMs);
  });

  it.each<[string, Partial<RetryFacts>, string, number]>([
    [
      'not when the transport has made all that are worth it',
      { error: new AppError('net.refused', 'refused (3 attempts)', { exhausted: true }) },
      'refused (3 attempts)',
      6,
    ],
    ['not after the last try', { tries: 8 }, '(9 attempts without progress)', 6],
    ['not with --retries 0', { retries: 0 }, 'downloading: cut', 6],
    ['not when the server asks for more than five minutes', { error: cut(300_001) }, 'asks to wait 301 s', 6],
    ['not when it would be at the deadline', { error: cut(7_000), remainingMs: 7_000 }, 'after the deadline', 6],
    ['not after the deadline', { remainingMs: -1 }, 'after the deadline', 6],
    ['not when the deadline was the failure', { error: new AppError('net.deadline', 'late') }, 'late', 6],
    ['not for a stream that cannot go on', { error: new AppError('net.no-range', 'no') }, 'no', 6],
    ['not for a wrong password', { error: new AppError('auth.refused', 'no') }, 'no', 3],
    ['not for a full disk', { error: new AppError('disk.full', 'no') }, 'no', 11],
    ['not for a web page', { error: new AppError('proto.not-image', 'no') }, 'no', 8],
  ])('%s', (_, changes, message, exit) => {
    const decision = decide(facts(changes));
    expect(decision.kind).toBe('give-up');
    if (decision.kind !== 'give-up') return;
    expect(decision.error.message).toContain(message);
    expect(decision.error.exit).toBe(exit);
  });

  it('with --retries 0 the failure is told as it was', () => {
    const error = cut();
    expect(decide(facts({ error, retries: 0 }))).toEqual({ kind: 'give-up', error });
    expect(decide(facts({ error, tries: 1, retries: 1 }))).toMatchObject({
      error: { message: 'downloading: cut (2 attempts without progress)', hint: undefined },
    });
  });

  it('attempts are counted anew after 16 MiB, as the README says', () => {
    expect(PROGRESS_BYTES).toBe(16 * 2 ** 20);
  });

  it('the last error keeps code, hint and details, and tells the attempts', () => {
    const error = new AppError('http.unavailable', 'm', { hint: 'h', details: { status: 503 } });
    const decision = decide(facts({ error, tries: 2, retries: 2 }));
    expect(decision.kind === 'give-up' && decision.error.toJSON()).toMatchObject({
      code: 'http.unavailable',
      hint: 'h',
      details: { status: 503, attempts: 3 },
    });
  });

  it('is never too soon, too late, or one too many', () => {
    const any = fc.record({
      asked: fc.option(fc.integer({ min: 0, max: 400_000 }), { nil: undefined }),
      tries: fc.nat(12),
      retries: fc.nat(12),
      remainingMs: fc.option(fc.integer({ min: -1_000, max: 400_000 }), { nil: undefined }),
      random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    });
    fc.assert(
      fc.property(any, ({ asked, ...rest }) => {
        const decision = decide({ error: cut(asked), ...rest });
        if (decision.kind === 'give-up') {
          const mayWait = asked === undefined || asked <= 300_000;
          const hasTime = rest.remainingMs === undefined || rest.remainingMs > (asked ?? 60_000) + 500;
          expect(rest.tries < rest.retries && mayWait && hasTime).toBe(false);
          return;
        }
        expect(rest.tries).toBeLessThan(rest.retries);
        expect(decision.waitMs).toBeGreaterThanOrEqual(asked ?? 500);
        expect(decision.waitMs).toBeLessThanOrEqual(asked === undefined ? 60_000 : asked + 500);
        if (rest.remainingMs !== undefined) expect(decision.waitMs).toBeLessThan(rest.remainingMs);
      }),
    );
  });
});
