/**
 * One server behind a front end that is overloaded answers data, metadata and log-in alike: who asked makes no
 * difference to whether it is asked again, and when.
 */
import { describe, expect, test } from 'vitest';
import type { AppError } from '#imgdl/core/errors.js';
import type { Source } from '#imgdl/core/source.js';
import { createRetryBudget, withRetries } from '#imgdl/engine/retry-budget.js';
import { provider as openstack } from '#imgdl/providers/openstack/index.js';
import { fetching, play as serve, tickets } from '../engine/script.js';
import { fakeClock } from '../support/fake-clock.js';
import { type FakeCloudOptions, fakeCloud, fakePorts, PASSWORD_ENV } from '../support/keystone-fake.js';
import { BASIC, play as playUForge } from '../support/uforge-play.js';

type Fields = Readonly<Record<string, string>>;

/** What became of a run whose every answer is this one. */
interface Ended {
  readonly code: string;
  readonly exit: number;
  /** Milliseconds before each further attempt. */
  readonly waits: readonly number[];
}

type Caller = (status: number, headers: Fields, deadlineAt?: number) => Promise<Ended>;

const RETRIES = 2;
const ID = 'aaaaaaaa-0000-4000-8000-000000000001';
const GLANCE = openstack.commands.find((command) => command.kind === 'download');

async function glance(status: number, headers: Fields, whose: 'keystone' | 'glance' | 'nobody'): Promise<Source> {
  const answer = { status, headers };
  const options: FakeCloudOptions = whose === 'keystone' ? { logIn: () => answer } : {};
  const cloud = fakeCloud(options);
  const record = { status: 200, json: { id: ID, name: 'a', status: 'active', size: 42 } };
  cloud.glance.set(`/v2/images/${ID}`, whose === 'glance' ? answer : record);
  return await openstack.source(GLANCE!, [ID], fakePorts({ env: PASSWORD_ENV, handler: cloud.handler }));
}

async function describing(source: Source, deadlineAt?: number): Promise<Ended> {
  const clock = fakeClock();
  const attempts = createRetryBudget(RETRIES, deadlineAt, { clock, report: () => {} });
  const signal = new AbortController().signal;
  const error = await withRetries(() => source.describe(signal), attempts, signal).then(
    () => undefined,
    (thrown: AppError) => thrown,
  );
  return { code: error?.code ?? 'none', exit: error?.exit ?? 0, waits: clock.sleeps };
}

async function downloading(source: Source, status: number, headers: Fields, deadlineAt?: number): Promise<Ended> {
  const done = await fetching(serve({ status, headers }), {
    from: { source, needs: [] },
    retries: RETRIES,
    ...(deadlineAt === undefined ? {} : { deadlineAt }),
  });
  const { code, exit } = done.error as AppError;
  return { code, exit, waits: done.clock.sleeps };
}

const CALLERS: readonly (readonly [name: string, caller: Caller])[] = [
  ['data of a URL', (status, headers, end) => downloading(tickets().source, status, headers, end)],
  [
    'data of UForge',
    async (status, headers, end) => downloading((await playUForge('image', BASIC)).source, status, headers, end),
  ],
  [
    'data of Glance',
    async (status, headers, end) => downloading(await glance(200, {}, 'nobody'), status, headers, end),
  ],
  [
    'metadata of UForge',
    async (status, headers, end) =>
      describing((await playUForge('image', BASIC, { answer: { status, headers } })).source, end),
  ],
  ['a log-in at Keystone', async (status, headers, end) => describing(await glance(status, headers, 'keystone'), end)],
  ['metadata of Glance', async (status, headers, end) => describing(await glance(status, headers, 'glance'), end)],
];

/** 408, 425, 429, and what the server says is its own fault; 501 and 505 would be the same answer for ever. */
const WORTH_IT: ReadonlySet<number> = new Set([
  ...[408, 425, 429],
  ...Array.from({ length: 100 }, (_, index) => 500 + index).filter((status) => status !== 501 && status !== 505),
]);
/** So a server refuses a one-time id: a fresh one may have been voided by another run, and is tried again, too. */
const REFUSED_KEY: ReadonlySet<number> = new Set([403, 404, 410]);
/** A 401 of Glance has a rule of its own: it may be Keystone that is down (session.test.ts). */
const STATUSES = Array.from({ length: 200 }, (_, index) => 400 + index).filter((status) => status !== 401);

const NOW = 'Sat, 21 Nov 2026 08:00:00 GMT';
/** Without a word of the server the backoff decides; the clock of the test draws its least. */
const BACKOFF = [500, 500];

const WAITS: readonly (readonly [name: string, headers: Fields, waits: readonly number[]])[] = [
  ['no Retry-After', {}, BACKOFF],
  ['seconds', { 'retry-after': '7' }, [7000, 7000]],
  ['no second', { 'retry-after': '0' }, [0, 0]],
  ['300 s, the most that is waited', { 'retry-after': '300' }, [300_000, 300_000]],
  ['301 s', { 'retry-after': '301' }, []],
  ['more seconds than nine digits tell', { 'retry-after': '9999999999' }, []],
  ['more seconds than a double holds', { 'retry-after': '9'.repeat(20) }, []],
  ['more seconds than a double can be', { 'retry-after': '9'.repeat(400) }, []],
  ['a date, by the clock of the server', { 'retry-after': 'Sat, 21 Nov 2026 08:00:07 GMT', date: NOW }, [7000, 7000]],
  ['a date that is over', { 'retry-after': 'Sat, 21 Nov 2026 07:00:00 GMT', date: NOW }, [0, 0]],
  ['a date in a day', { 'retry-after': 'Sun, 22 Nov 2026 08:00:00 GMT', date: NOW }, []],
  ['a date of a server that has no clock', { 'retry-after': 'Sat, 21 Nov 2026 08:00:07 GMT' }, BACKOFF],
  ['a date that is none of HTTP', { 'retry-after': '2026-11-21T08:00:07Z', date: NOW }, BACKOFF],
  ['a fraction', { 'retry-after': '1.5' }, BACKOFF],
  ['a negative number', { 'retry-after': '-1' }, BACKOFF],
  ['words', { 'retry-after': 'soon' }, BACKOFF],
];

describe.each(CALLERS)('%s', (who, caller) => {
  test.each([
    ['without Retry-After', {}, BACKOFF],
    ['with Retry-After', { 'retry-after': '7' }, [7000, 7000]],
  ] as const)('of all refusals, those of a server that is down are tried again, %s', async (_name, headers, waits) => {
    const ended = await Promise.all(STATUSES.map(async (status) => [status, await caller(status, headers)] as const));
    for (const [status, { code, exit, waits: waited }] of ended) {
      const down = WORTH_IT.has(status);
      const voided = who === 'data of UForge' && REFUSED_KEY.has(status);
      expect([status, code === 'http.unavailable', waited]).toEqual([
        status,
        down,
        down ? waits : voided ? BACKOFF : [],
      ]);
      if (down) expect([status, exit]).toEqual([status, 6]);
    }
  });

  test.each(WAITS)('Retry-After of a 503: %s', async (_name, headers, waits) => {
    expect(await caller(503, headers)).toEqual({ code: 'http.unavailable', exit: 6, waits });
  });

  test('a Retry-After beyond the deadline ends at once', async () => {
    const ended = await caller(429, { 'retry-after': '100' }, 99_000);
    expect(ended).toEqual({ code: 'http.unavailable', exit: 6, waits: [] });
  });
});
