import { describe, expect, it } from 'vitest';
import type { TransferEvent } from '#imgdl/core/events.js';
import type { Outcome } from '#imgdl/core/outcome.js';
import type { Remote } from '#imgdl/core/source.js';
import type { TransferOptions } from '#imgdl/core/transfer-options.js';
import { stream } from '#imgdl/engine/stream.js';
import { fakeClock } from '../support/fake-clock.js';
import { runResources } from '../support/run-resources.js';
import { transferOptions } from '../support/transfer-options.js';
import { eventsOf, pattern, sha256 } from './fakes.js';
import { CUT, type Play, partOf, play, promise, remoteOf, tickets, wholeOf } from './script.js';

const content = pattern(600_000);
const SIZE = content.byteLength;

async function streaming(server: Play, remote: Remote = remoteOf(), options: Partial<TransferOptions> = {}) {
  const chunks: Uint8Array[] = [];
  const events: TransferEvent[] = [];
  const from = tickets();
  const source = { ...from.source, describe: async () => remote };
  const ports = {
    transport: server.transport,
    clock: fakeClock(),
    report: (event: TransferEvent) => void events.push(event),
    ...runResources(),
  };
  const [outcome, error] = await stream(
    { source, options: transferOptions({ retries: 2, ...options }), tool: 'imgdl 0' },
    ports,
    async (chunk) => void chunks.push(Uint8Array.from(chunk)),
    new AbortController().signal,
  ).then(
    (value): [Outcome | undefined, unknown] => [value, undefined],
    (reason: unknown): [Outcome | undefined, unknown] => [undefined, reason],
  );
  return { outcome, error, events, written: Buffer.concat(chunks), needs: from.needs };
}

describe('a download to stdout', () => {
  it('gives the bytes in order and their digest', async () => {
    const done = await streaming(play(wholeOf(content)), remoteOf({ digests: [promise(content)] }));
    expect(sha256(done.written)).toBe(sha256(content));
    expect(done.outcome).toMatchObject({
      status: 'downloaded',
      path: '-',
      bytes: SIZE,
      verified: 'sha256',
      received: SIZE,
      attempts: 1,
      resumedFrom: null,
    });
  });

  it('tells a digest that nobody promised', async () => {
    const done = await streaming(play(wholeOf(content)));
    expect(done.outcome).toMatchObject({
      verified: 'size-only',
      digests: [{ algorithm: 'sha256', hex: sha256(content), from: 'computed', matched: null }],
    });
  });

  it('goes on after a cut where ranges are honoured, each byte once', async () => {
    const server = play(partOf(content, { upTo: 400_000, cut: CUT }), partOf(content));
    const done = await streaming(server, remoteOf({ digests: [promise(content)] }));
    expect(server.seen[1]?.headers['range']).toBe(`bytes=${400_000 - 256 * 1024}-`);
    expect(sha256(done.written)).toBe(sha256(content));
    expect(done.outcome).toMatchObject({ verified: 'sha256', attempts: 2 });
  });

  it('ends at once when it is stopped, although its reader stands still', async () => {
    const { source } = tickets();
    const { transport } = play(wholeOf(content));
    const ports = { transport, clock: fakeClock(), report: () => {}, ...runResources() };
    const abort = new AbortController();
    const stopped = new Error('stopped');
    const request = {
      source: { ...source, describe: async () => remoteOf() },
      options: transferOptions(),
      tool: 'imgdl 0',
    };
    const write = () => {
      queueMicrotask(() => abort.abort(stopped));
      return new Promise<void>(() => {});
    };
    await expect(stream(request, ports, write, abort.signal)).rejects.toBe(stopped);
  });

  it('ends with exit 6 after a cut where the server only gives the whole', async () => {
    const server = play(partOf(content, { upTo: 400_000, cut: CUT }), wholeOf(content));
    const done = await streaming(server);
    expect(done.error).toMatchObject({ code: 'net.no-range', exit: 6, hint: 'run again with -o FILE' });
    expect(sha256(done.written)).toBe(sha256(content.subarray(0, 400_000)));
    expect(server.seen).toHaveLength(2);
  });

  it('starts again where nothing was handed on yet', async () => {
    const done = await streaming(play({ ...wholeOf(content), body: [], cut: CUT }, wholeOf(content)));
    expect(sha256(done.written)).toBe(sha256(content));
  });

  it('ends with exit 10 when the object changed, for stdout cannot be taken back', async () => {
    const server = play(partOf(content, { upTo: 400_000, cut: CUT }), partOf(pattern(SIZE, 9)));
    const done = await streaming(server);
    expect(done.error).toMatchObject({ code: 'changed.remote', exit: 10 });
    expect(sha256(done.written)).toBe(sha256(content.subarray(0, 400_000)));
  });

  it('ends with exit 9 when the digest differs, and tells both', async () => {
    const done = await streaming(play(wholeOf(content)), remoteOf({ digests: [promise(Buffer.alloc(0))] }));
    expect(done.error).toMatchObject({
      code: 'integrity.digest',
      exit: 9,
      details: { 'sha256.expected': sha256(Buffer.alloc(0)), 'sha256.got': sha256(content) },
      hint: expect.stringContaining('what was written to stdout is wrong'),
    });
  });

  it('a digest that only a later response promises is neither a match nor a difference', async () => {
    const server = play(
      partOf(content, { upTo: 400_000, cut: CUT }),
      partOf(content, { headers: { 'content-md5': 'a'.repeat(32) } }),
    );
    const remote = remoteOf({ headerDigest: 'whole', digests: [promise(content)] });
    const done = await streaming(server, remote);
    expect(done.outcome).toMatchObject({ verified: 'sha256' });
    expect(done.outcome?.digests).toHaveLength(1);
  });

  it('without length and digest nothing is written under the default --require', async () => {
    const done = await streaming(play({ body: content }));
    expect(done.error).toMatchObject({ code: 'integrity.unproven', exit: 9 });
    expect(done.written).toHaveLength(0);
  });

  it.each([false, true])('tells once what the metadata warn of (dry run: %s)', async (dryRun) => {
    const warning = { code: 'glance.no-digest', message: 'the image has no checksum' };
    const done = await streaming(play(wholeOf(content)), remoteOf({ warnings: [warning] }), { dryRun });
    expect(eventsOf(done.events, 'warning')).toEqual([{ type: 'warning', warning }]);
    expect(done.outcome?.warnings).toEqual([warning]);
  });

  it('a dry run asks for no ticket', async () => {
    const server = play(wholeOf(content));
    const done = await streaming(server, remoteOf({ identity: { size: SIZE } }), { dryRun: true });
    expect(done.outcome).toMatchObject({ status: 'dry-run', bytes: SIZE, attempts: 0, connections: 0 });
    expect([done.needs.length, server.seen.length]).toEqual([0, 0]);
  });
});
