import { describe, expect, it } from 'vitest';
import { AppError } from '#imgdl/core/errors.js';
import { PROGRESS_BYTES } from '#imgdl/core/retry.js';
import { RemoteChanged } from '#imgdl/engine/remote-changed.js';
import { eventsOf, pattern, sha256 } from '../fakes.js';
import {
  CUT,
  fetching,
  memorySink,
  partOf,
  play,
  promise,
  remoteOf,
  type Scripted,
  tickets,
  wholeOf,
} from '../script.js';

const content = pattern(600_000);
const other = pattern(600_000, 99);
const SIZE = content.byteLength;
const OVERLAP = 256 * 1024;
const HELD = 400_000;
const held = () => memorySink(content.subarray(0, HELD));
const provider = remoteOf({ validator: 'provider', identity: { size: SIZE }, opener: 'range' });
const glance = remoteOf({ validator: 'provider', identity: { size: SIZE }, opener: 'plain', headerDigest: 'whole' });
const vouched = remoteOf({ validator: 'provider', identity: { size: SIZE }, digests: [promise(content)] });

describe('the first request', () => {
  it('asks for bytes=0- where a range is the opener', async () => {
    const server = play(partOf(content));
    const done = await fetching(server);
    expect(server.seen[0]?.headers).toEqual({ range: 'bytes=0-' });
    expect(done.result).toMatchObject({ kind: 'fetched', size: SIZE, sizeKnown: true });
    expect(sha256(done.sink.data())).toBe(sha256(content));
  });

  it('asks without Range where that is the opener', async () => {
    const server = play(wholeOf(content));
    const done = await fetching(server, { remote: glance });
    expect(server.seen.map(({ headers }) => headers)).toEqual([{}]);
    expect(sha256(done.sink.data())).toBe(sha256(content));
  });

  it('is the probe and the body in one: one connection, one ticket', async () => {
    for (const answer of [partOf(content), wholeOf(content)]) {
      const server = play(answer);
      const done = await fetching(server);
      expect([server.seen.length, done.needs.length, done.attempts, done.received]).toEqual([1, 1, 1, SIZE]);
      expect(server.leaked()).toBe(0);
    }
  });

  it.each([400, 416])('a %i to its range means one request without', async (status) => {
    const server = play({ status }, wholeOf(content));
    const done = await fetching(server);
    expect(server.seen.map(({ headers }) => headers['range'])).toEqual(['bytes=0-', undefined]);
    expect(server.seen.map(({ ticket }) => ticket)).toEqual(['1', '2']);
    expect([done.sink.data().equals(content), done.clock.sleeps]).toEqual([true, []]);
  });

  const empty = () => play({ status: 416, headers: { 'content-range': 'bytes */0' } }, wholeOf(Buffer.alloc(0)));
  it('an object of no bytes that metadata know is an object', async () => {
    const remote = { ...remoteOf(), identity: { size: 0 } };
    expect((await fetching(empty(), { remote })).result).toMatchObject({ kind: 'fetched', size: 0 });
  });

  it('an empty body that nobody promised is refused, unless no proof is asked for', async () => {
    expect((await fetching(empty())).error).toMatchObject({ code: 'not-ready.no-data' });
    expect((await fetching(empty(), { require: 'none' })).result).toMatchObject({ kind: 'fetched', size: 0 });
  });
});

describe('after a cut', () => {
  it('the rest is asked for, with a new ticket', async () => {
    const server = play(partOf(content, { upTo: HELD, cut: CUT }), partOf(content));
    const done = await fetching(server, { remote: vouched });
    expect(server.seen.map(({ headers }) => headers['range'])).toEqual(['bytes=0-', `bytes=${HELD}-`]);
    expect(server.seen.map(({ ticket }) => ticket)).toEqual(['1', '2']);
    expect(done.needs.map(({ reason }) => reason)).toEqual(['first', 'reconnect']);
    expect(sha256(done.sink.data())).toBe(sha256(content));
    expect([eventsOf(done.events, 'retry').length, server.leaked()]).toEqual([1, 0]);
  });

  it('a server that only gives the whole: what is held is kept and compared, and what that costs is told once', async () => {
    const server = play(partOf(content, { upTo: HELD, cut: CUT }), { ...wholeOf(content), cut: CUT }, wholeOf(content));
    const done = await fetching(server, { remote: vouched });
    expect(sha256(done.sink.data())).toBe(sha256(content));
    expect(eventsOf(done.events, 'restart')).toEqual([]);
    expect(done.warnings).toEqual(['resume.from-zero']);
    expect(done.received).toBe(HELD + SIZE);
  });

  it('a store that answers 400 to a range is asked for the whole, and for no range again', async () => {
    const server = play(
      { ...wholeOf(content), body: content.subarray(0, HELD), cut: CUT },
      { status: 400 },
      { ...wholeOf(content), cut: CUT, body: content.subarray(0, 5) },
      wholeOf(content),
    );
    const done = await fetching(server, { remote: glance });
    expect(server.seen.map(({ headers }) => 'range' in headers)).toEqual([false, true, false, false]);
    expect(sha256(done.sink.data())).toBe(sha256(content));
  });

  it('an end without error before the promised length is a cut', async () => {
    const done = await fetching(play(partOf(content, { upTo: HELD }), partOf(content)), { remote: vouched });
    expect(eventsOf(done.events, 'retry').map(({ error }) => error.code)).toEqual(['net.truncated']);
    expect(sha256(done.sink.data())).toBe(sha256(content));
  });

  it('with nothing in hand another object is welcome: nothing of the first answer binds', async () => {
    const bigger = pattern(700_000, 5);
    const server = play(
      partOf(content, { upTo: 0, cut: CUT, headers: { etag: '"1"' } }),
      partOf(bigger, { headers: { etag: '"2"' } }),
    );
    const done = await fetching(server);
    expect(done.result).toMatchObject({ kind: 'fetched', size: 700_000, identity: { etag: '"2"' } });
    expect(sha256(done.sink.data())).toBe(sha256(bigger));
    expect(server.seen[1]?.headers).toEqual({ range: 'bytes=0-' });
  });
});

describe('proof that the rest belongs to what is held', () => {
  it.each([
    ['nothing better is known', provider, {}],
    ['a provider has an ETag', provider, { etag: '"1"' }],
    ['a provider has an ETag and digests', vouched, { etag: '"1"' }],
    ['a plain server has no ETag', remoteOf(), { size: SIZE }],
    ['a plain server has a date', remoteOf(), { size: SIZE, lastModified: 'x' }],
  ])('the last 256 KiB are compared where %s, and there is no If-Range', async (_, remote, known) => {
    const server = play(partOf(content));
    const done = await fetching(server, { remote, sink: held(), identity: { ...remote.identity, ...known } });
    expect(server.seen[0]?.headers).toEqual({ range: `bytes=${HELD - OVERLAP}-` });
    expect(sha256(done.sink.data())).toBe(sha256(content));
  });

  it('digests of the metadata need no comparison', async () => {
    const server = play(partOf(content));
    await fetching(server, { remote: vouched, sink: held() });
    expect(server.seen[0]?.headers).toEqual({ range: `bytes=${HELD}-` });
  });

  it('a plain server with a strong ETag is asked by If-Range, and for an overlap all the same', async () => {
    const server = play(partOf(content, { headers: { etag: '"1"' } }));
    const done = await fetching(server, { sink: held(), identity: { size: SIZE, etag: '"1"' } });
    expect(server.seen[0]?.headers).toEqual({ range: `bytes=${HELD - 256 * 1024}-`, 'if-range': '"1"' });
    expect(sha256(done.sink.data())).toBe(sha256(content));
  });

  it('a plain server that ignores If-Range and sends another object without an ETag is found out', async () => {
    const done = await fetching(play(partOf(other)), { sink: held(), identity: { size: SIZE, etag: '"1"' } });
    expect(done.error).toMatchObject({ field: 'content' });
    expect(done.sink.data()).toEqual(content.subarray(0, HELD));
  });

  it.each([
    ['an overlap that differs', partOf(other), provider, {}, 'content'],
    ['another size', partOf(pattern(700_000)), provider, {}, 'size'],
    [
      'another ETag of a plain server',
      partOf(content, { headers: { etag: '"2"' } }),
      remoteOf(),
      { size: SIZE, etag: '"1"' },
      'etag',
    ],
    ['the whole with another ETag', wholeOf(content, { etag: '"2"' }), remoteOf(), { size: SIZE, etag: '"1"' }, 'etag'],
    ['a 416 of a shorter object', { status: 416, headers: { 'content-range': 'bytes */7' } }, provider, {}, 'size'],
  ])('%s is a change, and no byte is taken', async (_, answer, remote, known, field) => {
    const server = play(answer);
    const done = await fetching(server, { remote, sink: held(), identity: { ...remote.identity, ...known } });
    expect(done.error).toBeInstanceOf(RemoteChanged);
    expect(done.error).toMatchObject({ field });
    expect(sha256(done.sink.data())).toBe(sha256(content.subarray(0, HELD)));
    expect([server.seen.length, server.leaked()]).toEqual([1, 0]);
  });

  it('another ETag of a provider is no change when the bytes are the same', async () => {
    const done = await fetching(play(partOf(content, { headers: { etag: '"2"' } })), {
      remote: provider,
      sink: held(),
      identity: { size: SIZE, etag: '"1"' },
    });
    expect(sha256(done.sink.data())).toBe(sha256(content));
  });

  it('a header that promises another digest than before is a change', async () => {
    const digest = (hex: string) => ({ headers: { 'content-md5': hex.repeat(32) } });
    const server = play(partOf(content, { upTo: HELD, cut: CUT, ...digest('a') }), partOf(content, digest('b')));
    const done = await fetching(server, { remote: { ...provider, headerDigest: 'whole' } });
    expect(done.error).toMatchObject({ field: 'digests' });
  });

  it('all bytes in hand without proof: the last ones are compared, nothing is added', async () => {
    const server = play(partOf(content));
    const done = await fetching(server, { remote: provider, sink: memorySink(content) });
    expect(server.seen[0]?.headers['range']).toBe(`bytes=${SIZE - OVERLAP}-`);
    expect(done.result).toMatchObject({ kind: 'fetched', size: SIZE });
    expect(sha256(done.sink.data())).toBe(sha256(content));
  });
});

describe('permission', () => {
  it('is a ticket of its own for every connection, whatever became of the last', async () => {
    const server = play(
      { refuse: new AppError('net.refused', 'connecting: refused') },
      { status: 503 },
      { status: 401 },
      partOf(content, { upTo: 10, cut: CUT }),
      partOf(content),
    );
    const done = await fetching(server, { remote: vouched });
    expect(server.seen.map(({ ticket }) => ticket)).toEqual(['1', '2', '3', '4', '5']);
    expect(done.needs.map(({ reason }) => reason)).toEqual(['first', 'reconnect', 'reconnect', 'denied', 'reconnect']);
    expect(sha256(done.sink.data())).toBe(sha256(content));
  });

  it.each([401, 403, 404, 410])(
    'a %i is shown to the provider once, with its text and the ticket that failed',
    async (status) => {
      const server = play({ status, body: Buffer.from('no') }, partOf(content));
      const done = await fetching(server);
      expect(done.needs[1]).toMatchObject({
        reason: 'denied',
        refusal: { status, text: 'no' },
        failed: { url: new URL('https://h/a.img?ticket=1') },
      });
      expect([done.needs.length, done.clock.sleeps, server.leaked()]).toEqual([2, [], 0]);
    },
  );

  describe('refused with 403 to a request with a Range', () => {
    const refuseRange = (seen: { readonly headers: Readonly<Record<string, string>> }) =>
      'range' in seen.headers ? { status: 403 } : wholeOf(content);
    /** A permission that is no one-time key. */
    const lasting = () => {
      const { source, needs } = tickets((need) => {
        throw new AppError(
          'auth.forbidden',
          `denied ${need.refusal.status}${need.needsDigest === true ? ', needs a digest' : ''}`,
        );
      });
      const ticket: typeof source.ticket = async (need, signal) => ({
        ...(await source.ticket(need, signal)),
        singleUse: false,
      });
      return { source: { ...source, ticket }, needs };
    };

    it.each([
      ['a first request', memorySink],
      ['a resume', held],
    ])('perhaps it was the Range: %s goes out once more, plainly, with the same permission', async (_, sink) => {
      const done = await fetching(play(refuseRange), { from: lasting(), sink: sink(), identity: { size: SIZE } });
      expect(done.needs.map(({ reason }) => reason)).toEqual(['first', 'again']);
      expect(sha256(done.sink.data())).toBe(sha256(content));
    });

    it.each([
      ['with an ETag, a renewed link continues', { size: SIZE, etag: '"1"' }, 'denied 403'],
      ['without, it needs a digest', { size: SIZE }, 'denied 403, needs a digest'],
    ])('where the plain request is refused, too, it was the permission; %s', async (_, identity, message) => {
      const server = play({ status: 403 });
      const done = await fetching(server, { from: lasting(), sink: held(), identity });
      expect(done.error).toMatchObject({ code: 'auth.forbidden', message });
      expect([server.seen.map(({ headers }) => 'range' in headers), server.leaked()]).toEqual([[true, false], 0]);
      expect(done.sink.data().byteLength).toBe(HELD);
    });

    it('a one-time key is spent: the next goes out plainly where nothing depends on the Range', async () => {
      const server = play(refuseRange);
      const done = await fetching(server);
      expect(done.needs.map(({ reason }) => reason)).toEqual(['first', 'denied']);
      expect(sha256(done.sink.data())).toBe(sha256(content));
    });

    it('a resume by keys is asked for with a Range a second time: the first key may have been stale', async () => {
      const server = play({ status: 403 }, partOf(content));
      const done = await fetching(server, { sink: held(), identity: { size: SIZE } });
      expect(server.seen.map(({ headers }) => 'range' in headers)).toEqual([true, true]);
      expect(sha256(done.sink.data())).toBe(sha256(content));
    });

    it('after a refused permission that it was not the fault of, the Range is back', async () => {
      const { source, needs } = tickets();
      const ticket: typeof source.ticket = async (need, signal) => ({
        ...(await source.ticket(need, signal)),
        singleUse: needs.length > 2,
      });
      const server = play({ status: 403 }, { status: 403 }, partOf(content));
      const done = await fetching(server, { from: { source: { ...source, ticket }, needs }, sink: held() });
      expect(needs.map(({ reason }) => reason)).toEqual(['first', 'again', 'denied']);
      expect(server.seen.map(({ headers }) => 'range' in headers)).toEqual([true, false, true]);
      expect(sha256(done.sink.data())).toBe(sha256(content));
    });
  });

  it("the provider's explanation ends it", async () => {
    const spent = new AppError('auth.forbidden', 'spent');
    const from = tickets(() => {
      throw spent;
    });
    const server = play({ status: 404 });
    const done = await fetching(server, { from });
    expect([done.error, server.seen.length]).toEqual([spent, 1]);
  });

  it('a refusal is told once, also where the answer to it fails for a moment', async () => {
    let fails = 1;
    const from = tickets(() => {
      fails -= 1;
      if (fails >= 0) throw new AppError('http.unavailable', 'asking for another ticket: 503');
    });
    const done = await fetching(play({ status: 401 }, partOf(content)), { from });
    expect(done.needs.map(({ reason }) => reason)).toEqual(['first', 'denied', 'reconnect']);
    expect(sha256(done.sink.data())).toBe(sha256(content));
  });

  it('a provider that always has another ticket is not believed for ever', async () => {
    const server = play({ status: 403 });
    const done = await fetching(server);
    expect(done.error).toMatchObject({ code: 'auth.refused' });
    expect(server.seen).toHaveLength(7);
  });

  it('the text of a refusal is read up to 4 KiB, and says that it was cut', async () => {
    const server = play(
      { status: 403, body: Array.from({ length: 100 }, () => Buffer.alloc(1024, 'x')) },
      partOf(content),
    );
    const done = await fetching(server);
    expect(done.needs[1]?.reason === 'denied' && done.needs[1].refusal.text).toBe(`${'x'.repeat(4096)}…`);
  });
});

describe('waiting', () => {
  it.each([
    ['120', 120_000],
    ['300', 300_000],
  ])('a Retry-After of %s s is obeyed', async (value, ms) => {
    const done = await fetching(play({ status: 503, headers: { 'retry-after': value } }, partOf(content)));
    expect(done.clock.sleeps).toEqual([ms]);
    expect(sha256(done.sink.data())).toBe(sha256(content));
  });

  it.each<[string, string, number | undefined]>([
    ['beyond 300 s', '301', undefined],
    ['beyond the deadline', '100', 99_000],
  ])('a Retry-After %s ends at once with exit 6', async (_, value, deadlineAt) => {
    const server = play({ status: 503, headers: { 'retry-after': value } });
    const done = await fetching(server, deadlineAt === undefined ? {} : { deadlineAt });
    expect(done.error).toMatchObject({ code: 'http.unavailable', exit: 6 });
    expect([server.seen.length, done.clock.sleeps]).toEqual([1, []]);
  });

  it('--retries 3 is four attempts', async () => {
    const server = play({ refuse: new AppError('net.refused', 'connecting: refused') });
    const done = await fetching(server, { retries: 3 });
    expect(done.error).toMatchObject({ code: 'net.refused', details: { attempts: 4 } });
    expect(server.seen).toHaveLength(4);
  });

  it('a failure that no attempt can cure is not tried again', async () => {
    for (const code of ['tls.certificate', 'proto.headers', 'auth.proxy'] as const) {
      const server = play({ refuse: new AppError(code, 'no') });
      expect((await fetching(server)).error).toMatchObject({ code });
      expect(server.seen).toHaveLength(1);
    }
  });
});

describe('the budget of retries', () => {
  const big = Buffer.alloc(3 * PROGRESS_BYTES + 100);
  const sized = remoteOf({ validator: 'provider', identity: { size: big.byteLength }, digests: [promise(big)] });
  const upTo = (end: number) => partOf(big, { upTo: end, cut: CUT });

  it('is given back by 16 MiB of progress', async () => {
    const server = play(
      upTo(0),
      upTo(PROGRESS_BYTES),
      upTo(PROGRESS_BYTES),
      upTo(2 * PROGRESS_BYTES),
      upTo(2 * PROGRESS_BYTES),
      partOf(big),
    );
    const done = await fetching(server, { remote: sized, retries: 2 });
    expect(done.result).toMatchObject({ kind: 'fetched', size: big.byteLength });
  });

  it('is not given back by less', async () => {
    let end = 0;
    const server = play((seen) => {
      end += 1_000_000;
      return upTo(end)(seen);
    });
    const done = await fetching(server, { remote: sized, retries: 2 });
    expect([(done.error as AppError).code, server.seen.length]).toEqual(['net.truncated', 3]);
  });

  it('is not given back by fetching the same bytes again', async () => {
    const cutWhole = { ...wholeOf(big), body: big.subarray(0, 2 * PROGRESS_BYTES), cut: CUT };
    const server = play(cutWhole);
    const done = await fetching(server, { remote: sized, retries: 2 });
    expect((done.error as AppError).code).toBe('net.truncated');
    // The first cut comes with new progress, the next two with none.
    expect(server.seen).toHaveLength(3);
  });

  it('is not spent by a server whose parts have nothing new: the whole is asked for', async () => {
    const server = play((seen) => {
      const asked = /\d+/.exec(seen.headers['range'] ?? '')?.[0];
      if (asked === undefined) return wholeOf(content);
      const from = Math.min(HELD - 1, Number(asked));
      return {
        status: 206,
        headers: { 'content-range': `bytes ${from}-${HELD - 1}/${SIZE}` },
        body: content.subarray(from, HELD),
      };
    });
    const done = await fetching(server, { remote: provider, sink: held(), retries: 0 });
    expect(sha256(done.sink.data())).toBe(sha256(content));
    // A smaller overlap and none at all are tried before.
    const asked = server.seen.map(({ headers }) => HELD - Number(/\d+/.exec(headers['range'] ?? '')?.[0]));
    expect(asked).toEqual([OVERLAP, OVERLAP / 4, 0, Number.NaN]);
  });

  it('is not spent by a server that gives an object in slices', async () => {
    const slice = 4 * 1024 * 1024;
    const server = play((seen) => {
      const from = Number(/\d+/.exec(seen.headers['range'] ?? '')?.[0]);
      const end = Math.min(from + slice, big.byteLength);
      return {
        status: 206,
        headers: { 'content-range': `bytes ${from}-${end - 1}/${big.byteLength}` },
        body: big.subarray(from, end),
      };
    });
    const done = await fetching(server, { remote: sized, retries: 1 });
    expect(done.result).toMatchObject({ kind: 'fetched', size: big.byteLength });
    expect(done.clock.sleeps.length).toBeLessThanOrEqual(1);
  });
});

describe('answers that are not the object', () => {
  const page = Buffer.from(`<!DOCTYPE html><html>${'x'.repeat(2_000)}</html>`);
  it.each([
    ['204', { status: 204 }, 'not-ready.no-data', 5],
    ['304 unasked', { status: 304 }, 'proto.not-modified', 8],
    [
      '200 and the half of it',
      { ...wholeOf(content), headers: { 'content-range': `bytes 0-${SIZE - 1}/${2 * SIZE}` } },
      'proto.range',
      8,
    ],
    ['HTML by its type', { ...wholeOf(page), headers: { 'content-type': 'text/html' } }, 'proto.not-image', 8],
    ['HTML by its look', wholeOf(page), 'proto.not-image', 8],
    ['HTML byte by byte', { ...wholeOf(page), body: [...page].map((byte) => Buffer.of(byte)) }, 'proto.not-image', 8],
    ['HTML shorter than the first look', wholeOf(Buffer.from('<html>no')), 'proto.not-image', 8],
    ['compressed', wholeOf(content, { 'content-encoding': 'gzip' }), 'proto.encoding', 8],
  ])('%s ends it, and no byte is taken', async (_, answer, code, exit) => {
    const server = play(answer);
    const done = await fetching(server);
    expect(done.error).toMatchObject({ code, exit });
    expect([done.sink.data().byteLength, server.seen.length, server.leaked()]).toEqual([0, 1, 0]);
  });

  it.each([
    ['a range from elsewhere', { status: 206, headers: { 'content-range': 'bytes 5-9/10' } }, 'proto.range'],
    ['418', { status: 418 }, 'proto.status'],
  ])('%s ends it once it was asked for plainly, and no byte is taken', async (_, answer, code) => {
    const server = play(answer);
    const done = await fetching(server);
    expect(done.error).toMatchObject({ code, exit: 8 });
    expect(server.seen.map(({ headers }) => headers['range'])).toEqual(['bytes=0-', undefined]);
    expect([done.sink.data().byteLength, server.leaked(), done.clock.sleeps]).toEqual([0, 0, []]);
  });

  it.each([
    ['a page', wholeOf(page), 'proto.not-image'],
    ['a body of which nothing comes', { ...wholeOf(content), body: [], cut: CUT }, 'net.truncated'],
    ['an empty body', { body: [] }, 'integrity.unproven'],
    ['a body that could never be proven', { body: content }, 'integrity.unproven'],
  ])('%s in place of the rest costs nothing of what is held', async (_, answer, code) => {
    const done = await fetching(play(answer), { sink: held(), retries: 0 });
    expect(done.error).toMatchObject({ code });
    expect(done.sink.data().byteLength).toBe(HELD);
  });

  it('a page is the object where the URL names one', async () => {
    const done = await fetching(play(wholeOf(page)), { remote: remoteOf({ webPageExpected: true }) });
    expect(sha256(done.sink.data())).toBe(sha256(page));
  });

  it('an image in small chunks is an image, and no byte is lost or doubled', async () => {
    for (const length of [1, 100, 511, 512, 513, 3_000]) {
      const chunks = Array.from({ length: Math.ceil(length / 7) }, (_, i) =>
        content.subarray(i * 7, Math.min(length, i * 7 + 7)),
      );
      const done = await fetching(play({ headers: { 'content-length': String(length) }, body: chunks }));
      expect(sha256(done.sink.data())).toBe(sha256(content.subarray(0, length)));
      expect(done.received).toBe(length);
    }
  });

  it('more than the promised length is an error, and the surplus is not taken', async () => {
    const longer = Buffer.concat([content, other]);
    for (const body of [[longer], [content.subarray(0, 10), longer.subarray(10)]]) {
      const done = await fetching(play({ ...wholeOf(content), body }));
      expect(done.error).toMatchObject({ code: 'integrity.size' });
      expect(done.sink.data().byteLength).toBeLessThanOrEqual(SIZE);
    }
    expect((await fetching(play({ body: longer }), { remote: vouched })).error).toMatchObject({
      code: 'integrity.size',
    });
  });
});

describe('proof of the result', () => {
  const endless = { body: content };
  it.each([
    ['no length and no digest', endless, 'size', 'integrity.unproven'],
    ['a length and no digest', wholeOf(content), 'size', undefined],
    ['a length and no digest with --require digest', wholeOf(content), 'digest', 'integrity.unproven'],
    [
      'a digest of a header with --require digest',
      wholeOf(content, { 'content-md5': 'a'.repeat(32) }),
      'digest',
      undefined,
    ],
    ['nothing with --require none', endless, 'none', undefined],
  ] as const)('%s under --require %2$s', async (_, answer, require, code) => {
    const done = await fetching(play(answer), { require });
    expect((done.error as AppError | undefined)?.code).toBe(code);
    expect(done.sink.data().byteLength).toBe(code === undefined ? SIZE : 0);
  });

  it("a user's checksum is proof enough for a body without length", async () => {
    const done = await fetching(play(endless), { digests: [promise(content, 'user')] });
    expect(done.result).toMatchObject({ kind: 'fetched', size: SIZE, sizeKnown: false });
  });

  it('the promises of a header go with the result, once', async () => {
    const headers = { 'content-md5': 'a'.repeat(32) };
    const glancing = { ...glance, opener: 'range' as const };
    const server = play(partOf(content, { upTo: HELD, cut: CUT, headers }), partOf(content, { headers }));
    const done = await fetching(server, { remote: glancing });
    expect(done.result).toMatchObject({ digests: [{ algorithm: 'md5', hex: 'a'.repeat(32), from: 'header' }] });
  });

  it('a warning that every response repeats is told once', async () => {
    const headers = { 'content-md5': 'None' };
    const glancing = { ...glance, opener: 'range' as const };
    const done = await fetching(
      play(partOf(content, { upTo: HELD, cut: CUT, headers }), partOf(content, { headers })),
      {
        remote: glancing,
      },
    );
    expect(done.warnings).toEqual(['integrity.header-ignored']);
    expect(eventsOf(done.events, 'warning')).toHaveLength(1);
  });
});

describe('the question whether it is still the object of the receipt', () => {
  const unless = { size: SIZE, etag: '"1"' };
  const date = 'Fri, 20 Nov 2026 08:00:00 GMT';
  const now = { date: 'Sat, 21 Nov 2026 08:00:00 GMT' };
  const dated = { size: SIZE, lastModified: date };
  const older = 'Tue, 10 Nov 2026 08:00:00 GMT';

  it.each([
    ['a strong ETag', unless, '"1"'],
    ['a weak one', { weakEtag: 'W/"1"' }, 'W/"1"'],
  ])('is asked by %s, and answered by a 304 that names it: unchanged', async (_, known, tag) => {
    const server = play({ status: 304, headers: { etag: tag } });
    const done = await fetching(server, { unless: known });
    expect(server.seen.map(({ headers }) => headers)).toEqual([{ 'if-none-match': tag }]);
    expect(done.result).toEqual({ kind: 'unchanged' });
  });

  it.each([
    ['without an ETag', {}],
    ['of another ETag', { etag: '"2"' }],
  ])('is asked again without a condition after a 304 %s', async (_, headers) => {
    const server = play({ status: 304, headers }, wholeOf(content, { etag: '"2"' }));
    const done = await fetching(server, { unless });
    expect(server.seen.map((seen) => seen.headers)).toEqual([{ 'if-none-match': '"1"' }, {}]);
    expect(sha256(done.sink.data())).toBe(sha256(content));
  });

  it.each<[string, number, (fields: Record<string, string>) => Scripted]>([
    ['304', 2, (headers) => ({ status: 304, headers })],
    ['200', 1, (headers) => wholeOf(content, headers)],
  ])('is answered with no by a digest of other bytes, whatever the ETag says: %s', async (_, asked, first) => {
    const fields = { etag: '"1"', 'x-checksum-sha256': sha256(content) };
    const server = play(first(fields), wholeOf(content, fields));
    const done = await fetching(server, { unless: { ...unless, digests: [`sha256:${'0'.repeat(64)}`] } });
    expect(done.result).toMatchObject({ kind: 'fetched' });
    expect(server.seen).toHaveLength(asked);
  });

  it('is not answered by a server that says 304 whatever it is asked', async () => {
    const server = play({ status: 304 });
    const done = await fetching(server, { unless });
    expect(done.error).toMatchObject({ code: 'proto.not-modified' });
    expect(server.seen).toHaveLength(2);
  });

  it('is never asked by date: a plain request, and the headers are compared', async () => {
    const server = play(wholeOf(content, { 'last-modified': date, ...now }));
    const done = await fetching(server, { unless: dated });
    expect(server.seen.map(({ headers }) => headers)).toEqual([{}]);
    expect([done.result, done.received, server.leaked()]).toEqual([{ kind: 'unchanged' }, 0, 0]);
  });

  it.each<[string, Parameters<typeof wholeOf>[1], 'outdated' | 'warning']>([
    ['an older date', { 'last-modified': older, ...now }, 'outdated'],
    ['no date', {}, 'warning'],
    ['no Date to see how old it is', { 'last-modified': date }, 'warning'],
  ])('is answered by %s: downloaded, over the same connection, and that is told', async (_, headers, told) => {
    const server = play(wholeOf(content, headers));
    const done = await fetching(server, { unless: dated });
    expect(sha256(done.sink.data())).toBe(sha256(content));
    expect(server.seen).toHaveLength(1);
    expect(eventsOf(done.events, told)).toHaveLength(1);
    expect(done.warnings).toEqual(told === 'warning' ? ['update.unproven'] : []);
  });

  it('is answered by the same date without a size: not proven', async () => {
    const server = play({ body: content, headers: { 'last-modified': date, ...now } });
    const done = await fetching(server, { unless: dated, digests: [promise(content, 'user')] });
    expect(sha256(done.sink.data())).toBe(sha256(content));
    expect(done.warnings).toEqual(['update.unproven']);
  });

  it('is ignored by a server that sends the same again: unchanged, and the body is not read', async () => {
    const server = play(wholeOf(content, { etag: '"1"' }));
    const done = await fetching(server, { unless });
    expect([done.result, done.received, server.leaked()]).toEqual([{ kind: 'unchanged' }, 0, 0]);
  });

  it('downloads what changed, says so, and is not asked again after a cut', async () => {
    const cut = { ...wholeOf(content, { etag: '"2"' }), body: [], cut: CUT };
    const server = play(cut, partOf(content, { headers: { etag: '"2"' } }));
    const done = await fetching(server, { unless });
    expect(server.seen.map(({ headers }) => headers)).toEqual([{ 'if-none-match': '"1"' }, { range: 'bytes=0-' }]);
    expect(sha256(done.sink.data())).toBe(sha256(content));
    expect(eventsOf(done.events, 'outdated')).toEqual([{ type: 'outdated', why: 'the remote image changed (etag)' }]);
  });

  it('is asked again while it is not answered', async () => {
    const server = play({ status: 503 }, { refuse: CUT }, { status: 304, headers: { etag: '"1"' } });
    const done = await fetching(server, { unless });
    expect(server.seen.map(({ headers }) => headers['if-none-match'])).toEqual(['"1"', '"1"', '"1"']);
    expect(done.result).toEqual({ kind: 'unchanged' });
  });

  it('is not asked when bytes are in hand', async () => {
    const server = play({ status: 304 });
    const done = await fetching(server, { unless, sink: held(), remote: provider });
    expect(server.seen[0]?.headers).not.toHaveProperty('if-none-match');
    expect(done.error).toMatchObject({ code: 'proto.not-modified' });
  });
});
