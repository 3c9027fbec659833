import type { ErrorReport } from '../../core/errors.js';
import type { TransferEvent } from '../../core/events.js';
import { shorten } from '../../core/redact.js';
import { jsonLine, tidy } from '../document/json-line.js';
import { EventQueue, type Rank } from './event-queue.js';
import type { Change, DisplayOptions, Format } from './format.js';
import { etaMs, speedOf, type TransferState } from './state.js';

/** Fields of an event beside those that all have. */
type Fields = Readonly<Record<string, unknown>>;

/** So often an image tells its bytes; what it reached in the end is told by its end. */
const BYTES_EVERY_MS = 250;
/** Longest text of an event. A target is never cut: Linux ends paths at 4096 bytes. */
const TEXT_LIMIT = 4_096;
const COLOURS = /\u001b\[[\d;]*m/g;
/** Words of ours, and the target, which must be the one to open. */
const AS_IT_IS: ReadonlySet<string> = new Set(['type', 'phase', 'target', 'code']);

/**
 * `--progress json`: one event per line, schema/event.json says which. Nothing else is written, and a reader that is
 * slow loses `bytes` events first; how many are missing is an event too. Notes come with `-v` only: there may be one for
 * each request.
 */
export function createEvents({ stream, now, count, verbose }: DisplayOptions): Format {
  const startedAt = now();
  const saidAt = new Map<number, number>();
  const lineOf = (type: string, image: string | null, fields: Fields): string => {
    const event = { v: 1, t: now() - startedAt, image: image === null ? null : cut(image), type, ...fields };
    return jsonLine(tidy(event, AS_IT_IS));
  };
  const queue = new EventQueue(stream, (lines) => lineOf('dropped', null, { events: lines }));
  const isDue = (image: number): boolean => {
    const at = now();
    if (at - (saidAt.get(image) ?? Number.NEGATIVE_INFINITY) < BYTES_EVERY_MS) return false;
    saidAt.set(image, at);
    return true;
  };
  return {
    on(change, run) {
      if (change.type === 'event' && change.event.type === 'note' && !verbose) return;
      const { image } = change;
      const state = image === undefined ? undefined : run.active.get(image.at);
      if (change.type === 'event' && isFrequent(change.event) && image !== undefined && !isDue(image.at)) return;
      if (change.type === 'end') saidAt.delete(change.image.at);
      const { type, ...fields } = fieldsOf(change, count, state, now());
      queue.add(lineOf(type, image?.asked ?? null, fields), rankOf(type));
    },
    say(text, failure) {
      // A log line of no event: its colours and its end are for people.
      const message = text.replace(COLOURS, '').trimEnd();
      if (failure === undefined) queue.add(lineOf('message', null, { message: cut(message) }), 'vital');
      else queue.add(lineOf('error', failure.image ?? null, errorFields(failure.error)), 'vital');
    },
    close: () => queue.close(),
  };
}

function isFrequent({ type }: TransferEvent): boolean {
  return type === 'bytes' || type === 'hashed';
}

function rankOf(type: string): Rank {
  if (type === 'bytes' || type === 'hashed') return 'lossy';
  return ['phase', 'checkpoint', 'connected', 'note'].includes(type) ? 'detail' : 'vital';
}

function fieldsOf(
  change: Change,
  count: number,
  state: TransferState | undefined,
  now: number,
): Fields & { readonly type: string } {
  switch (change.type) {
    case 'start':
      return { type: 'start', number: change.image.at + 1, count };
    case 'end':
      return { type: 'end', bytes: change.bytes };
    case 'event':
      return { type: change.event.type, ...eventFields(change.event, state, now) };
  }
}

function eventFields(event: TransferEvent, state: TransferState | undefined, now: number): Fields {
  switch (event.type) {
    case 'phase':
      return { phase: event.phase };
    case 'described': {
      const { label, name, identity } = event.remote;
      const title = label ?? name;
      return { target: event.target, name: title === undefined ? null : cut(title), size: identity.size ?? null };
    }
    case 'planned':
      return { from: event.from, size: event.size ?? null, why: cut(event.why) };
    case 'bytes': {
      const { front, received, connections } = event;
      const bytesPerMs = state === undefined ? undefined : speedOf(state, now);
      const left = state === undefined ? undefined : etaMs(state, now);
      const speed = bytesPerMs === undefined ? null : bytesPerMs * 1000;
      return { front, received, connections, size: event.size ?? state?.size ?? null, speed, etaMs: left ?? null };
    }
    case 'checkpoint':
      return { durable: event.durable };
    case 'hashed':
      return { hashed: event.hashed, size: event.size };
    case 'connected':
      return { by: cut(event.by), from: event.from, status: event.status };
    case 'retry':
      return { attempt: event.attempt, inMs: event.inMs, code: event.error.code, message: cut(event.error.message) };
    case 'pending': {
      const { error, waitedMs, leftMs, inMs } = event;
      const percent = error.pending?.percent ?? null;
      return { code: error.code, message: cut(error.message), percent, waitedMs, leftMs, inMs };
    }
    case 'restart':
      return { why: cut(event.why), kept: event.kept, discarded: event.discarded };
    case 'outdated':
      return { why: cut(event.why) };
    case 'warning':
      return { code: event.warning.code, message: cut(event.warning.message) };
    case 'note':
      return { message: cut(event.message) };
  }
}

/** As in the document, but for its details. */
function errorFields({ code, exit, message, hint }: ErrorReport): Fields {
  return { code, exit, message: cut(message), hint: hint === null ? null : cut(hint) };
}

function cut(text: string): string {
  return shorten(text, TEXT_LIMIT);
}
