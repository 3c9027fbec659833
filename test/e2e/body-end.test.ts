/** Where a body ends, over real sockets: what the program makes of it must not depend on how the bytes come. */
import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { ScriptStep } from '#imgdl/sandbox/server/http-server.js';
import { names, SIZE, type Stage, stage } from './stage.js';

/** Metadata tell the size, 200 000, and no digest. */
const UNPROVEN = ['appliance', 'image', '747', '1096'];
const bytes = Buffer.alloc(3 * SIZE, 'image data ');

type Delivery = (response: ServerResponse) => Promise<void>;

const chunked =
  (total: number, size: number, pauseMs = 0): Delivery =>
  async (response) => {
    response.writeHead(200);
    for (let at = 0; at < total; at += size) {
      response.write(bytes.subarray(at, Math.min(total, at + size)));
      // Each chunk is a read of its own.
      await delay(pauseMs);
    }
    response.end();
  };

const untilClose =
  (total: number, pauseMs: number): Delivery =>
  async (response) => {
    response.useChunkedEncodingByDefault = false;
    response.writeHead(200, { Connection: 'close' });
    response.write(bytes.subarray(0, SIZE));
    await delay(pauseMs);
    response.end(bytes.subarray(SIZE, total));
  };

function deliver(place: Stage, delivery: Delivery): void {
  const step: ScriptStep = ({ response }) => delivery(response);
  place.sandbox.control.script('/api/users/alice/appliances/747/images/1096/downloads', Array(5).fill(step));
}

describe('a body that is longer than metadata say', () => {
  test.each<[string, Delivery]>([
    ['in chunks, the size at the edge of one', chunked(2 * SIZE, SIZE / 4, 5)],
    ['in chunks, the size within one', chunked(2 * SIZE, 30_000, 5)],
    ['in one chunk', chunked(2 * SIZE, 2 * SIZE)],
    ['by one byte', chunked(SIZE + 1, SIZE, 100)],
    ['until the connection is closed', untilClose(2 * SIZE, 0)],
    ['until the connection is closed, with a pause after the size', untilClose(2 * SIZE, 300)],
  ])('%s: exit 9, and nothing is published', async (_, delivery) => {
    const place = await stage();
    deliver(place, delivery);
    const { code, json } = await place.imgdl([...UNPROVEN, '-o', 'x', '--json']);
    expect([code, json().error?.code]).toEqual([9, 'integrity.size']);
    expect(names(place.directory)).not.toContain('x');
  });

  test.each<[string, Delivery]>([
    ['in chunks', chunked(SIZE, SIZE / 4, 5)],
    ['in chunks, the end later', chunked(SIZE, SIZE, 200)],
    ['until the connection is closed', untilClose(SIZE, 200)],
  ])('and one of the right length, %s: exit 0', async (_, delivery) => {
    const place = await stage();
    deliver(place, delivery);
    const { code, json } = await place.imgdl([...UNPROVEN, '-o', 'x', '--json']);
    expect([code, json().bytes, json().verified]).toEqual([0, SIZE, 'size-only']);
    expect(place.sha256('x')).toBe(place.sha256(bytes.subarray(0, SIZE)));
  });
});

describe('a body that does not end after what metadata say', () => {
  const endless =
    (data: Buffer): Delivery =>
    async (response) => {
      response.writeHead(200, { Connection: 'close' });
      response.write(data);
    };

  test('without a digest: it stalls, exit 6', async () => {
    const place = await stage();
    deliver(place, endless(bytes.subarray(0, SIZE)));
    const { code, json } = await place.imgdl([...UNPROVEN, '-o', 'x', '--json', '--timeout', '1s', '--retries', '0']);
    expect([code, json().error?.code]).toEqual([6, 'net.stall']);
    expect(names(place.directory)).not.toContain('x');
  });

  test('with a digest, which decides: exit 0', async () => {
    const place = await stage();
    const data = bytes.subarray(0, SIZE);
    deliver(place, endless(data));
    const digest = ['--checksum', `sha256:${place.sha256(data)}`, '--timeout', '1s', '--retries', '0'];
    const { code, json } = await place.imgdl([...UNPROVEN, '-o', 'x', '--json', ...digest]);
    expect([code, json().verified]).toEqual([0, 'user']);
    expect(place.sha256('x')).toBe(place.sha256(data));
  });

  test('but has a Content-Length: nobody waits for the server to close', async () => {
    const place = await stage();
    deliver(place, async (response) => {
      response.writeHead(200, { 'Content-Length': SIZE, Connection: 'keep-alive' });
      response.end(bytes.subarray(0, SIZE));
    });
    const started = performance.now();
    const { code } = await place.imgdl([...UNPROVEN, '-o', 'x', '--json', '--timeout', '50s']);
    expect(code).toBe(0);
    expect(performance.now() - started).toBeLessThan(40_000);
  });
});

describe('an answer that says two things: exit 8 at once, and nothing is published', () => {
  test.each<[string, number, Record<string, string>, string]>([
    ['200 and the second half', 200, { 'Content-Range': `bytes ${SIZE}-${2 * SIZE - 1}/${2 * SIZE}` }, 'proto.range'],
    ['200 and the first half', 200, { 'Content-Range': `bytes 0-${SIZE - 1}/${2 * SIZE}` }, 'proto.range'],
    ['gzip, chunked', 200, { 'Transfer-Encoding': 'gzip, chunked' }, 'proto.framing'],
    ['deflate', 200, { 'Transfer-Encoding': 'deflate' }, 'proto.framing'],
  ])('%s', async (_, status, headers, code) => {
    for (const more of [[], ['--require', 'none']]) {
      const place = await stage();
      const step: ScriptStep = ({ response }) => {
        const framed = 'Transfer-Encoding' in headers ? headers : { ...headers, 'Content-Length': String(SIZE) };
        response.writeHead(status, framed);
        response.end(bytes.subarray(0, SIZE));
      };
      place.sandbox.control.script('/files/small.raw', Array(5).fill(step));
      const result = await place.imgdl(['url', `${place.sandbox.urls.files}/small.raw`, '--json', ...more]);
      expect([result.code, result.json().error?.code]).toEqual([8, code]);
      expect(names(place.directory)).toEqual([]);
      expect(place.sandbox.control.requests).toHaveLength(1);
    }
  });

  test('gzip, chunked, of metadata', async () => {
    const place = await stage();
    const step: ScriptStep = ({ response }) => {
      response.writeHead(200, { 'Content-Type': 'application/xml', 'Transfer-Encoding': 'gzip, chunked' });
      response.end('<image/>');
    };
    place.sandbox.control.script('/api/users/alice/appliances/747/images/1096', [step]);
    const result = await place.imgdl([...UNPROVEN, '-o', 'x', '--json']);
    expect([result.code, result.json().error?.code]).toEqual([8, 'proto.framing']);
    expect(names(place.directory)).toEqual([]);
  });
});
