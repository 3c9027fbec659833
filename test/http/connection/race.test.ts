import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Race } from '#imgdl/http/connection/race.js';

/** What an address does, in milliseconds after it is tried. Neither: it is a black hole. */
interface Fate {
  readonly connects?: number;
  readonly fails?: number;
  readonly code?: string;
}

class FakeSocket extends EventEmitter {
  destroyed = false;
  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    queueMicrotask(() => this.emit('close'));
  }
}

interface Run {
  /** When each address was tried. */
  readonly started: Map<string, number>;
  readonly sockets: Map<string, FakeSocket>;
  readonly abort: AbortController;
  end: { readonly at: number; readonly won?: string; readonly lost?: unknown } | undefined;
  late: readonly string[];
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function race(fates: Readonly<Record<string, Fate>>, limitMs = 10_000): Run {
  const from = Date.now();
  const abort = new AbortController();
  const run: Run = { started: new Map(), sockets: new Map(), abort, end: undefined, late: [] };
  const start = (address: string): Socket => {
    const { connects, fails, code = 'ECONNREFUSED' } = fates[address] ?? {};
    const socket = new FakeSocket();
    run.started.set(address, Date.now() - from);
    run.sockets.set(address, socket);
    if (connects !== undefined) setTimeout(() => socket.destroyed || socket.emit('connect'), connects);
    if (fails !== undefined)
      setTimeout(() => socket.destroyed || socket.emit('error', Object.assign(new Error(), { code })), fails);
    return socket as unknown as Socket;
  };
  const at = (): number => Date.now() - from;
  new Race(
    { addresses: Object.keys(fates), port: 443, limitMs, signal: abort.signal, start },
    {
      won: (_socket, address) => {
        run.end = { at: at(), won: address };
      },
      lost: (error) => {
        run.end = { at: at(), lost: error };
      },
      late: (addresses) => {
        run.late = addresses;
      },
    },
  ).run();
  return run;
}

const open = ({ sockets }: Run): readonly string[] =>
  [...sockets].filter(([, socket]) => !socket.destroyed).map(([address]) => address);
const codes = (error: unknown): readonly string[] =>
  error instanceof AggregateError ? error.errors.map(({ code }: { code: string }) => code) : [];
const hole = {};

describe('the first address that answers is taken, and costs', () => {
  it.each<[string, Record<string, Fate>, string, number]>([
    ['nothing where the only one answers', { a: { connects: 20 } }, 'a', 20],
    ['nothing where the first one answers', { a: { connects: 20 }, b: { connects: 1 } }, 'a', 20],
    ['250 ms where the first one is a black hole', { a: hole, b: { connects: 20 } }, 'b', 270],
    ['500 ms where the first two are', { a: hole, b: hole, c: { connects: 20 } }, 'c', 520],
    [
      'no more than the refusal takes where the first one is refused',
      { a: { fails: 5 }, b: { connects: 20 } },
      'b',
      25,
    ],
    ['nothing where all but the last are refused', { a: { fails: 1 }, b: { fails: 1 }, c: { connects: 20 } }, 'c', 22],
    ['no more than it takes itself where the first one is slow', { a: { connects: 300 }, b: hole }, 'a', 300],
    ['what the second one takes where the first is slower', { a: { connects: 900 }, b: { connects: 100 } }, 'b', 350],
    ['as long as it takes where all others are lost', { a: { connects: 9_000 }, b: hole, c: { fails: 1 } }, 'a', 9_000],
  ])('%s', async (_, fates, winner, ms) => {
    const run = race(fates);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(run.end).toEqual({ at: ms, won: winner });
    expect(open(run)).toEqual([winner]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('where none answers', () => {
  it('eight black holes end together with their limits, not one after the other', async () => {
    const run = race(Object.fromEntries([...'abcdefgh'].map((address) => [address, hole])));
    await vi.advanceTimersByTimeAsync(60_000);
    expect([...run.started.values()]).toEqual([0, 250, 500, 750, 1_000, 1_250, 1_500, 1_750]);
    expect(run.end?.at).toBe(11_750);
    expect(codes(run.end?.lost)).toEqual(Array(8).fill('ETIMEDOUT'));
    expect(open(run)).toEqual([]);
  });

  it('all that refuse are tried at once', async () => {
    const run = race({ a: { fails: 1 }, b: { fails: 1, code: 'ENETUNREACH' } });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(run.end?.at).toBe(2);
    expect(codes(run.end?.lost)).toEqual(['ECONNREFUSED', 'ENETUNREACH']);
    expect([open(run), vi.getTimerCount()]).toEqual([[], 0]);
  });

  it('one that is closed without a word has failed', async () => {
    const run = race({ a: hole });
    run.sockets.get('a')?.emit('close');
    expect(codes(run.end?.lost)).toEqual(['ECONNRESET']);
  });
});

it('those that were tried in vain are told, those that were not tried are not', async () => {
  const run = race({ refused: { fails: 1 }, hole, good: { connects: 1 }, spare: { connects: 1 } });
  await vi.advanceTimersByTimeAsync(60_000);
  expect([run.end?.won, run.late]).toEqual(['good', ['refused', 'hole']]);
  expect([...run.started.keys()]).not.toContain('spare');
});

it.each([
  ['while it runs', 300],
  ['at once', 0],
])('an abort ends it: %s', async (_, ms) => {
  const run = race({ a: hole, b: hole });
  await vi.advanceTimersByTimeAsync(ms);
  const reason = new Error('stop');
  run.abort.abort(reason);
  expect(run.end).toEqual({ at: ms, lost: reason });
  expect([open(run), vi.getTimerCount()]).toEqual([[], 0]);
});

it('an error of a loser that comes late is nobody’s', async () => {
  const run = race({ a: hole, b: { connects: 1 } });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(() => run.sockets.get('a')?.emit('error', new Error('late'))).not.toThrow();
  expect(() => run.sockets.get('b')?.emit('error', new Error('between two requests'))).not.toThrow();
});
