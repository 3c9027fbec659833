import { describe, expect, test } from 'vitest';
import type { AppError } from '#imgdl/core/errors.js';
import { isStill } from '#imgdl/engine/confirm.js';
import { createCounters } from '#imgdl/engine/counters.js';
import { createRetryBudget } from '#imgdl/engine/retry-budget.js';
import type { Transfer } from '#imgdl/engine/transfer.js';
import { fakeClock } from '../support/fake-clock.js';
import { runResources } from '../support/run-resources.js';
import { transferOptions } from '../support/transfer-options.js';
import { play, remoteOf, type Scripted, tickets } from './script.js';

const signal = new AbortController().signal;

/** Asks a server that answers so whether the object still is `"v1"`. */
async function asking(...answers: readonly Scripted[]) {
  const server = play(...answers);
  const clock = fakeClock();
  const ports = { transport: server.transport, clock, report: () => {}, ...runResources() };
  const transfer: Transfer = {
    request: { source: tickets().source, options: transferOptions(), tool: 'imgdl test' },
    ports,
    remote: remoteOf(),
    retries: createRetryBudget(2, undefined, ports),
    counters: createCounters(),
  };
  const said = await isStill(transfer, { etag: '"v1"' }, signal).then(
    (proof) => proof.kind,
    (error: AppError) => error.code,
  );
  return { said, waits: clock.sleeps, asked: server.seen.length, leaked: server.leaked() };
}

describe('is the object still the one of the receipt?', () => {
  test.each<[string, readonly Scripted[], Awaited<ReturnType<typeof asking>>]>([
    [
      'a 304 says yes',
      [{ status: 304, headers: { etag: '"v1"' } }],
      { said: 'proven', waits: [], asked: 1, leaked: 0 },
    ],
    [
      'a 200 says no, and none of it is read',
      [{ status: 200, headers: { etag: '"v2"' } }],
      { said: 'changed', waits: [], asked: 1, leaked: 0 },
    ],
    [
      'a 503 says neither: it is asked again when the server wants it',
      [
        { status: 503, headers: { 'retry-after': '7' } },
        { status: 304, headers: { etag: '"v1"' } },
      ],
      { said: 'proven', waits: [7000], asked: 2, leaked: 0 },
    ],
    [
      'a server that stays down is that, and no other object',
      [{ status: 429 }],
      { said: 'http.unavailable', waits: [500, 500], asked: 3, leaked: 0 },
    ],
  ])('%s', async (_name, answers, expected) => {
    expect(await asking(...answers)).toEqual(expected);
  });
});
