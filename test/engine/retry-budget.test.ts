import { describe, expect, it } from 'vitest';
import { AppError } from '#imgdl/core/errors.js';
import type { TransferEvent } from '#imgdl/core/events.js';
import { PROGRESS_BYTES } from '#imgdl/core/retry.js';
import { changedError, RemoteChanged } from '#imgdl/engine/remote-changed.js';
import { createRetryBudget, withRetries } from '#imgdl/engine/retry-budget.js';
import { fakeClock } from '../support/fake-clock.js';

const cut = new AppError('net.truncated', 'cut');
const signal = new AbortController().signal;

function budgetOf(retries: number, deadlineAt?: number) {
  const clock = fakeClock();
  const events: TransferEvent[] = [];
  const budget = createRetryBudget(retries, deadlineAt, { clock, report: (event) => events.push(event) });
  return { clock, events, budget };
}

describe('the retry budget', () => {
  it('waits, says why and for how long, and ends when it is spent', async () => {
    const { budget, clock, events } = budgetOf(2);
    await budget.afterFailure(cut, 0, signal);
    await budget.afterFailure(cut, 0, signal);
    await expect(budget.afterFailure(cut, 0, signal)).rejects.toMatchObject({
      code: 'net.truncated',
      details: { attempts: 3 },
    });
    expect(clock.sleeps).toEqual([500, 500]);
    expect(events.filter(({ type }) => type === 'retry')).toMatchObject([{ attempt: 1, inMs: 500 }, { attempt: 2 }]);
  });

  it('is full again after 16 MiB beyond the furthest point, and only then', async () => {
    const { budget } = budgetOf(1);
    const point = PROGRESS_BYTES;
    await budget.afterFailure(cut, point - 1, signal);
    await budget.afterFailure(cut, point, signal);
    await expect(budget.afterFailure(cut, point, signal)).rejects.toBeInstanceOf(AppError);
    await expect(budget.afterFailure(cut, point + PROGRESS_BYTES - 1, signal)).rejects.toBeInstanceOf(AppError);
    await budget.afterFailure(cut, point + PROGRESS_BYTES, signal);
  });

  it('counts from 0 again after the one restart', async () => {
    const { budget } = budgetOf(1);
    await budget.afterFailure(cut, 10 * PROGRESS_BYTES, signal);
    budget.startOver();
    await budget.afterFailure(cut, PROGRESS_BYTES, signal);
    await budget.afterFailure(cut, 2 * PROGRESS_BYTES, signal);
  });

  it('does not wait beyond the deadline', async () => {
    const { budget, clock } = budgetOf(9, 900);
    await budget.afterFailure(cut, 0, signal);
    await expect(budget.afterFailure(cut, 0, signal)).rejects.toThrow('after the deadline');
    expect(clock.sleeps).toEqual([500]);
  });

  it.each<[string, unknown]>([
    ['a bug', new TypeError('x')],
    ['a change of the object', new RemoteChanged('size')],
    ['a full disk', new AppError('disk.full', 'x')],
  ])('%s is no reason to try again', async (_, error) => {
    const { budget, clock } = budgetOf(9);
    await expect(budget.afterFailure(error, 0, signal)).rejects.toBe(error);
    expect(clock.sleeps).toEqual([]);
  });

  it('an abort outweighs every failure, before and during the wait', async () => {
    const reason = new Error('SIGINT');
    await expect(budgetOf(9).budget.afterFailure(cut, 0, AbortSignal.abort(reason))).rejects.toBe(reason);
    const full = new AppError('disk.full', 'x');
    await expect(budgetOf(9).budget.afterFailure(full, 0, AbortSignal.abort(reason))).rejects.toBe(reason);
    const stopping = new AbortController();
    const waiting = budgetOf(9).budget.afterFailure(cut, 0, stopping.signal);
    stopping.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });

  it('serves a request that is made until it succeeds', async () => {
    const { budget, clock } = budgetOf(9);
    let left = 3;
    const value = await withRetries(
      async () => {
        left -= 1;
        if (left > 0) throw cut;
        return 'done';
      },
      budget,
      signal,
    );
    expect([value, clock.sleeps.length]).toEqual(['done', 2]);
  });

  it.each([
    [true, '--on-change restart'],
    [false, 'run again when the object is stable'],
  ])('a change that may not be answered by a restart (kept: %s) says what to do', (kept, hint) => {
    const error = changedError('etag', kept);
    expect(error).toMatchObject({ code: 'changed.remote', exit: 10, details: { field: 'etag' } });
    expect(error.hint).toContain(hint);
  });
});
