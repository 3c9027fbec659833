import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { AppError } from '#imgdl/core/errors.js';
import type { Refusal, Source, Ticket, TicketNeed } from '#imgdl/core/source.js';
import type { Recorded } from '../support/fake-transport.js';

/** A source in front of a scripted server. */
export interface Stage {
  readonly source: Source;
  /** What the server has seen so far. */
  readonly requests: readonly Recorded[];
  /** Secrets of this run, which its server may echo: passwords, tokens, every key minted so far. */
  secrets(): readonly string[];
  /** Secrets of others that the metadata hold and nobody may see. */
  readonly foreign?: readonly string[];
  /** One-time keys alone: no metadata request may carry one. */
  keys(): readonly string[];
}

export interface Subject {
  readonly name: string;
  /** Fresh, with a server that answers well; metadata answers have `status` when it is given. */
  stage(status?: number): Promise<Stage>;
  /** False for a provider whose describe() asks nobody. */
  readonly asksMetadata: boolean;
}

/** `basic, API key, token …`: what schema/event.json promises to the readers of events. */
const EVENT_SCHEMA = readFileSync(new URL('../../schema/event.json', import.meta.url), 'utf8');
const AUTHORISED_BY = /"What authorised it: ([^".]+)\."/.exec(EVENT_SCHEMA)?.[1]?.split(', ') ?? [];

const signal = (): AbortSignal => new AbortController().signal;
const ANY: readonly TicketNeed['reason'][] = ['first', 'reconnect', 'extra', 'reconnect', 'extra'];

/** Refusals that are about permission or existence, with the exit codes that explain them. */
const REFUSALS: readonly { readonly status: number; readonly exits: readonly number[] }[] = [
  { status: 401, exits: [3] },
  { status: 403, exits: [3, 5] },
  { status: 404, exits: [3, 4] },
  { status: 410, exits: [3, 4] },
];

function refusalOf(status: number, text: string): Refusal {
  return { status, headers: new Map([['content-type', 'text/plain']]), text };
}

/** A list is read as it comes, like data; it is a document all the same. */
function asksForData({ via, headers }: Recorded): boolean {
  return via === 'open' && !/\b(?:json|xml)\b/.test(headers['accept'] ?? '');
}

async function failureOf(action: () => Promise<unknown>): Promise<AppError> {
  const caught = await action().then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(caught).toBeInstanceOf(AppError);
  return caught as AppError;
}

/** Everything of an error or value that could end up in a log. */
function shown(value: unknown): string {
  const error = value instanceof Error ? `${value.message} ${value.stack}` : '';
  return `${error} ${JSON.stringify(value)} ${inspect(value, { depth: 10 })}`;
}

/** What the engine rests on, whoever the provider is. */
export function providerContract(subject: Subject): void {
  describe(`${subject.name} keeps the provider contract`, () => {
    test('describe() opens no data connection and carries no one-time download id', async () => {
      const stage = await subject.stage();
      await stage.source.describe(signal());
      await stage.source.describe(signal());
      expect(stage.requests.filter(asksForData)).toEqual([]);
      const sent = stage.requests.map((request) => request.url.href + JSON.stringify(request.headers)).join('\n');
      for (const key of stage.keys()) expect(sent).not.toContain(key);
    });

    test('what it says of an object is the same at every describe()', async () => {
      const { source } = await subject.stage();
      const [a, b] = [await source.describe(signal()), await source.describe(signal())];
      expect(b.identity).toEqual(a.identity);
      expect(b).toEqual(a);
    });

    test('a reference is the same for every source of the same object', async () => {
      const [a, b] = [await subject.stage(), await subject.stage()];
      const { ref } = await a.source.describe(signal());
      expect(ref).toMatchObject({ provider: a.source.ref.provider, endpoint: expect.stringMatching(/^https?:/) });
      expect((await b.source.describe(signal())).ref).toEqual(ref);
    });

    test('what was asked for does not change, whatever it turns out to be', async () => {
      const { source } = await subject.stage();
      const asked = { ...source.ref };
      await source.describe(signal());
      expect(source.ref).toEqual(asked);
    });

    test('a ticket for one connection is never handed out twice', async () => {
      const { source } = await subject.stage();
      await source.describe(signal());
      const once = new Set<string>();
      for (const reason of ANY) {
        const ticket = await source.ticket({ reason } as TicketNeed, signal()).catch((error: unknown) => {
          expect(error).toBeInstanceOf(AppError);
          return undefined;
        });
        if (ticket?.singleUse !== true) continue;
        expect(once).not.toContain(ticket.url.href);
        once.add(ticket.url.href);
      }
    });

    test('what authorises a ticket is named as the schema of events names it', async () => {
      const { source } = await subject.stage();
      const { by } = await source.ticket({ reason: 'first' }, signal());
      expect(AUTHORISED_BY).toContain(by);
    });

    test('a ticket is authorised in one way only', async () => {
      const { source } = await subject.stage();
      for (const reason of ['first', 'reconnect'] as const) {
        const ticket = await source.ticket({ reason }, signal()).catch(() => undefined);
        if (ticket?.singleUse !== true) continue;
        expect(Object.keys(ticket.headers).filter((name) => /auth|cookie|token/i.test(name))).toEqual([]);
        expect(ticket.url.searchParams.has('apiKey')).toBe(false);
        expect(ticket.url.username + ticket.url.password).toBe('');
      }
    });

    for (const { status, exits } of REFUSALS) {
      test(`data refused for ever with ${status}: a few tickets, then a sentence with exit ${exits.join(' or ')}`, async () => {
        const stage = await subject.stage();
        const echo = (): string => `no: ${stage.secrets().join(' ')}`;
        let ticket: Ticket = await stage.source.ticket({ reason: 'first' }, signal());
        let tickets = 1;
        const error = await failureOf(async () => {
          for (; tickets < 10; tickets += 1) {
            const refusal = refusalOf(status, echo());
            ticket = await stage.source.ticket({ reason: 'denied', failed: ticket, refusal }, signal());
          }
        });
        expect(tickets).toBeLessThan(6);
        expect(exits).toContain(error.exit);
        expect(error.message).toContain(String(status));
        expect(error.hint ?? '').not.toBe('');
        for (const secret of stage.secrets()) expect(shown(error)).not.toContain(secret);
      });
    }

    if (subject.asksMetadata) {
      for (const { status, exits } of REFUSALS) {
        test(`metadata refused with ${status}: a sentence with exit ${exits.join(' or ')}`, async () => {
          const stage = await subject.stage(status);
          const error = await failureOf(() => stage.source.describe(signal()));
          expect(exits).toContain(error.exit);
          expect(error.hint ?? '').not.toBe('');
          for (const secret of stage.secrets()) expect(shown(error)).not.toContain(secret);
        });
      }

      test('metadata unavailable (503): worth another attempt', async () => {
        const stage = await subject.stage(503);
        const error = await failureOf(() => stage.source.describe(signal()));
        expect(error.transient).toBe(true);
      });

      test('a signal that is aborted stops describe()', async () => {
        const { source } = await subject.stage();
        await expect(source.describe(AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
      });
    }

    test('no secret is in the reference, the facts, or a printed ticket', async () => {
      const stage = await subject.stage();
      const remote = await stage.source.describe(signal());
      const ticket = await stage.source.ticket({ reason: 'first' }, signal());
      const text = shown(stage.source.ref) + shown(remote) + shown(ticket.headers);
      expect(stage.secrets().length).toBeGreaterThan(0);
      for (const secret of [...stage.secrets(), ...(stage.foreign ?? [])]) expect(text).not.toContain(secret);
    });
  });
}
