import fc from 'fast-check';
import { CODES, type Code } from '#imgdl/core/error-codes.js';
import { AppError } from '#imgdl/core/errors.js';
import type { TransferEvent } from '#imgdl/core/events.js';
import { anyText } from '../support/any-text.js';
import { HOSTILE, REMOTE } from './samples.js';

const text = fc.oneof(anyText(40), fc.constantFrom(...HOSTILE.map(([, hostile]) => hostile)));
/** Sizes of which a million sums stay exact. */
const count = fc.nat({ max: 2 ** 33 });
const size = fc.option(count, { nil: undefined });
const code = fc.constantFrom(...(Object.keys(CODES) as Code[]));
const phase = fc.constantFrom(
  ...(['describing', 'waiting-for-lock', 'waiting-for-image', 'connecting', 'transferring'] as const),
  ...(['waiting', 'verifying', 'publishing', 'cleaning-up'] as const),
);

/** One arbitrary for each type: a type that is added must be added here. */
export const EVENTS: { readonly [T in TransferEvent['type']]: fc.Arbitrary<Extract<TransferEvent, { type: T }>> } = {
  phase: phase.map((value) => ({ type: 'phase', phase: value })),
  described: fc.tuple(text, size, fc.option(text, { nil: undefined })).map(([target, bytes, label]) => ({
    type: 'described',
    target,
    remote: {
      ...REMOTE,
      identity: bytes === undefined ? {} : { size: bytes },
      ...(label === undefined ? {} : { label }),
    },
  })),
  planned: fc.record({ type: fc.constant('planned' as const), from: count, size, why: text }),
  bytes: fc.tuple(count, count, fc.nat({ max: 16 }), size).map(([front, received, connections, known]) => ({
    type: 'bytes',
    front,
    received,
    connections,
    ...(known === undefined ? {} : { size: known }),
  })),
  checkpoint: fc.record({ type: fc.constant('checkpoint' as const), durable: count }),
  hashed: fc.record({ type: fc.constant('hashed' as const), hashed: count, size: count }),
  connected: fc.record({
    type: fc.constant('connected' as const),
    by: text,
    from: count,
    status: fc.integer({ min: 100, max: 599 }),
  }),
  retry: fc
    .tuple(code, text, fc.nat({ max: 100 }), fc.double({ min: 0, max: 1e6, noNaN: true }))
    .map(([name, message, attempt, inMs]) => ({ type: 'retry', error: new AppError(name, message), attempt, inMs })),
  pending: fc
    .tuple(code, text, fc.option(fc.nat({ max: 100 }), { nil: undefined }), count, count)
    .map(([name, message, percent, waitedMs, leftMs]) => ({
      type: 'pending',
      error: new AppError(name, message, { pending: percent === undefined ? {} : { percent } }),
      waitedMs,
      leftMs,
      inMs: Math.min(leftMs, 30_000),
    })),
  restart: fc.record({ type: fc.constant('restart' as const), why: text, kept: count, discarded: count }),
  outdated: fc.record({ type: fc.constant('outdated' as const), why: text }),
  warning: fc.tuple(code, text).map(([name, message]) => ({ type: 'warning', warning: { code: name, message } })),
  note: fc.record({ type: fc.constant('note' as const), message: text }),
};

export const anyEvent: fc.Arbitrary<TransferEvent> = fc.oneof(...Object.values<fc.Arbitrary<TransferEvent>>(EVENTS));
