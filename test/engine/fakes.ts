import { createHash } from 'node:crypto';
import type { Algorithm } from '#imgdl/core/digest.js';
import { AppError } from '#imgdl/core/errors.js';
import type { TransferEvent } from '#imgdl/core/events.js';
import type { Journal, JournalHave, JournalHead, PartFile } from '#imgdl/core/storage.js';
import type { Hasher, HasherFactory } from '#imgdl/engine/digest/hasher.js';

/** One turn of the event loop. */
export const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** What happened to the disk, in order. `synced` carries what was written when the sync began. */
export type DiskEvent =
  | { readonly type: 'written'; readonly start: number; readonly end: number }
  | { readonly type: 'sync-begins' }
  | { readonly type: 'synced' }
  | { readonly type: 'have'; readonly line: JournalHave }
  | { readonly type: 'reset'; readonly head: JournalHead; readonly have: readonly JournalHave[] }
  | { readonly type: 'truncated'; readonly size: number };

/** Every claim that was made before its bytes were safe. This is the contract of the sink, written down once more. */
export function prematureClaims(events: readonly DiskEvent[]): readonly JournalHave[] {
  const premature: JournalHave[] = [];
  let written: { readonly start: number; readonly end: number }[] = [];
  let atSync: typeof written = [];
  let durable: typeof written = [];
  for (const event of events) {
    if (event.type === 'written') written = [...written, event];
    else if (event.type === 'sync-begins') atSync = written;
    else if (event.type === 'synced') durable = atSync;
    else if (event.type === 'truncated') {
      const cut = event.size;
      const keep = (list: typeof written) =>
        list.filter(({ start }) => start < cut).map(({ start, end }) => ({ start, end: Math.min(end, cut) }));
      [written, atSync, durable] = [keep(written), keep(atSync), keep(durable)];
    } else if (event.type === 'have') {
      let reached = 0;
      for (const { start, end } of [...durable].sort((a, b) => a.start - b.start)) {
        if (start <= reached) reached = Math.max(reached, end);
      }
      if (event.line.end > reached) premature.push(event.line);
    }
  }
  return premature;
}

export interface FakeDisk {
  readonly events: DiskEvent[];
  readonly part: PartFile;
  readonly journal: Journal;
  /** Bytes as they are on disk; empty when `weightless`. */
  bytes(): Buffer;
  /** `have` lines as they stand after the last reset. */
  lines(): readonly JournalHave[];
}

export interface DiskOptions {
  readonly content?: Buffer;
  /** Keeps no bytes: for sizes that would not fit. */
  readonly weightless?: boolean;
  readonly beforeWrite?: (offset: number) => Promise<void>;
  readonly onSync?: (count: number) => Promise<void>;
}

/** Part and journal in memory, recording. */
export function fakeDisk(options: DiskOptions = {}): FakeDisk {
  const events: DiskEvent[] = [];
  let data = Buffer.from(options.content ?? Buffer.alloc(0));
  let lines: JournalHave[] = [];
  let syncs = 0;
  if (data.byteLength > 0) {
    events.push({ type: 'written', start: 0, end: data.byteLength }, { type: 'sync-begins' }, { type: 'synced' });
  }
  const part: PartFile = {
    path: '/memory/part',
    fd: -1,
    async write(offset, chunks) {
      await options.beforeWrite?.(offset);
      const bytes = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
      if (options.weightless !== true) {
        if (data.byteLength < offset + bytes)
          data = Buffer.concat([data, Buffer.alloc(offset + bytes - data.byteLength)]);
        Buffer.concat(chunks).copy(data, offset);
      }
      events.push({ type: 'written', start: offset, end: offset + bytes });
    },
    read: async (offset, length) => Buffer.from(data.subarray(offset, offset + length)),
    async sync() {
      events.push({ type: 'sync-begins' });
      syncs += 1;
      await options.onSync?.(syncs);
      events.push({ type: 'synced' });
    },
    async truncate(size) {
      if (options.weightless !== true)
        data =
          size <= data.byteLength
            ? data.subarray(0, size)
            : Buffer.concat([data, Buffer.alloc(size - data.byteLength)]);
      events.push({ type: 'truncated', size });
    },
    size: async () => data.byteLength,
    close: async () => {},
  };
  const journal: Journal = {
    content: undefined,
    async append(line) {
      lines = [...lines, line];
      events.push({ type: 'have', line });
    },
    async reset(head, have) {
      lines = [...have];
      events.push({ type: 'reset', head, have });
    },
    close: async () => {},
  };
  return { events, part, journal, bytes: () => data, lines: () => lines };
}

/**
 * Hashers over memory instead of a file, at once as far as they are told. `held()` holds back those that it names.
 * With `constant` they do not look at the bytes.
 */
export function fakeHashers(
  bytes: () => Buffer,
  options: {
    readonly held?: (hasher: { algorithm: Algorithm; from: number }) => boolean;
    readonly constant?: boolean;
  } = {},
): { readonly start: HasherFactory; release(): void } {
  const resumes: (() => void)[] = [];
  let released = false;
  const start: HasherFactory = (_fd, algorithm, from) => {
    const hash = createHash(algorithm);
    const marks: { end: number; resolve: (hex: string) => void; reject: (error: unknown) => void }[] = [];
    let position = from;
    let limit = from;
    let closed = false;
    const run = (): void => {
      if (closed || (!released && options.held?.({ algorithm, from }) === true)) return;
      for (;;) {
        const next = marks[0];
        const until = Math.min(limit, next?.end ?? limit);
        if (until > position) {
          if (options.constant !== true) hash.update(bytes().subarray(position, until));
          position = until;
        }
        if (next === undefined || next.end > position) return;
        marks.shift();
        if (next.end < position) next.reject(new AppError('fs.io', 'a mark came too late'));
        else next.resolve(options.constant === true ? 'x' : hash.copy().digest('hex'));
      }
    };
    resumes.push(run);
    const hasher: Hasher = {
      algorithm,
      from,
      get position() {
        return position;
      },
      advance(end) {
        limit = Math.max(limit, end);
        run();
      },
      mark(end) {
        const promise = new Promise<string>((resolve, reject) => {
          marks.push({ end, resolve, reject });
        });
        promise.catch(() => {});
        run();
        return promise;
      },
      async passed() {},
      async close() {
        closed = true;
        for (const mark of marks.splice(0)) mark.reject(new AppError('fs.io', 'closed'));
      },
    };
    return hasher;
  };
  return {
    start,
    release() {
      released = true;
      for (const run of resumes) run();
    },
  };
}

export const HEAD_SOURCE = { provider: 'url', endpoint: 'https://h', ref: '/a.img' };

export function eventsOf<T extends TransferEvent['type']>(
  events: readonly TransferEvent[],
  type: T,
): readonly Extract<TransferEvent, { type: T }>[] {
  return events.filter((event): event is Extract<TransferEvent, { type: T }> => event.type === type);
}

/** Bytes that differ everywhere, so that shifted or doubled bytes show. */
export function pattern(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed;
  for (let i = 0; i < length; i += 1) {
    state = (state * 48_271) % 2_147_483_647;
    bytes[i] = state % 256;
  }
  return bytes;
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
