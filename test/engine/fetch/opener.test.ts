import { describe, expect, it } from 'vitest';
import { exchangeFor } from '#imgdl/engine/fetch/opener.js';
import { objectRequest, segmentRequest, UNREFUSED } from '#imgdl/engine/fetch/request.js';
import type { Transfer } from '#imgdl/engine/transfer.js';
import { play, remoteOf, wholeOf } from '../script.js';

const known = { identity: { size: 9, etag: '"1"' }, digests: [] };
const remote = remoteOf();
const unrefused = { manner: UNREFUSED, overlapBytes: 0, revalidation: undefined };
const REQUESTS = [
  ['the first', objectRequest({ held: 0, known, remote, ...unrefused })],
  ['a resume', objectRequest({ held: 5, known, remote, ...unrefused })],
  ['one for a segment', segmentRequest({ start: 3, end: 5 }, false, known, remote)],
] as const;

describe.each(REQUESTS)('%s request', (_, request) => {
  it.each([
    [true, 'no-cache'],
    [false, undefined],
    [undefined, undefined],
  ])('past caches: %s sends Cache-Control: %s', async (pastCaches, sent) => {
    const server = play(wholeOf(Buffer.from('the image')));
    const ticket = { url: new URL('https://h/a'), headers: {}, singleUse: false, by: 'none' };
    const transfer = { ports: { transport: server.transport }, pastCaches } as unknown as Transfer;
    const { exchange } = await exchangeFor(ticket, request, transfer, new AbortController().signal);
    exchange.cancel();
    expect(server.seen.map(({ headers }) => headers['cache-control'])).toEqual([sent]);
  });
});
