import { describe, expect, test } from 'vitest';
import { isAppError } from '#imgdl/core/errors.js';
import type { Exchange, Transport } from '#imgdl/core/http.js';
import { ListBudget, StreamedReply } from '#imgdl/providers/streamed-reply.js';

const MIB = 1024 * 1024;

interface Given {
  readonly reply: StreamedReply;
  readonly released: Uint8Array[];
  readonly cancelled: () => number;
}

async function given(chunks: readonly Uint8Array[], more: Partial<Exchange> = {}): Promise<Given> {
  const released: Uint8Array[] = [];
  let cancelled = 0;
  async function* body(): AsyncGenerator<Uint8Array> {
    yield* chunks;
  }
  const cancel = (): void => {
    cancelled += 1;
  };
  const transport: Transport = {
    open: async () => ({ status: 200, headers: new Map(), body: body(), ...more, cancel }),
    call: () => Promise.reject(new Error('no call')),
    release: (chunk) => void released.push(chunk),
  };
  const request = { url: new URL('http://glance/v2/images'), headers: {} };
  const reply = await StreamedReply.open(transport, request, 'listing images', new AbortController().signal);
  return { reply, released, cancelled: () => cancelled };
}

async function all(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const read: Uint8Array[] = [];
  for await (const chunk of chunks) read.push(chunk);
  return Buffer.concat(read).toString();
}

const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => (isAppError(error) ? [error.code, error.message] : error),
  );

describe('an answer that is read as it comes', () => {
  test('gives its bytes, gives each buffer back after the next is asked for, and ends', async () => {
    const { reply, released, cancelled } = await given([Buffer.from('a'), Buffer.from('b')]);
    const chunks = reply.chunks(new ListBudget())[Symbol.asyncIterator]();
    await chunks.next();
    expect(released).toEqual([]);
    await chunks.next();
    expect(released.map(String)).toEqual(['a']);
    await chunks.next();
    expect([released.length, cancelled()]).toEqual([2, 1]);
  });

  test('is closed by who leaves early', async () => {
    const { reply, cancelled } = await given([Buffer.from('a'), Buffer.from('b')]);
    for await (const _ of reply.chunks(new ListBudget())) break;
    expect(cancelled()).toBe(1);
  });

  test.each([
    ['a coding', { headers: new Map([['content-encoding', 'gzip']]) }, 'proto.encoding'],
    ['a coding that is none', { headers: new Map([['content-encoding', 'Identity']]) }, undefined],
  ])('with %s', async (_, more, code) => {
    const { reply, cancelled } = await given([Buffer.from('a')], more);
    expect([(await failure(all(reply.chunks(new ListBudget())))) ?? [undefined], cancelled()]).toEqual([
      code === undefined ? [code] : [code, expect.stringMatching(/^listing images: /)],
      1,
    ]);
  });

  test('may have 256 MiB, all pages of a list together', async () => {
    const budget = new ListBudget();
    const page = Array.from({ length: 128 }, () => new Uint8Array(MIB));
    const read = async (): Promise<void> => {
      for await (const _ of (await given(page)).reply.chunks(budget));
    };
    await read();
    await read();
    expect(await failure(read())).toEqual(['proto.body-limit', 'listing images: the list is larger than 256 MiB']);
  });

  test.each<[string, Uint8Array, unknown]>([
    ['text', Buffer.from('déjà'), undefined],
    ['more than 1 MiB', new Uint8Array(MIB + 1), ['proto.body-limit', expect.stringMatching(/1 MiB/)]],
    ['what is not UTF-8', Buffer.from([0xff]), ['proto.charset', expect.stringMatching(/UTF-8/)]],
  ])('is read whole as any answer is: %s', async (_, bytes, wanted) => {
    const { reply, cancelled } = await given([bytes], { status: 404 });
    const work = reply.whole();
    expect([await failure(work), cancelled()]).toEqual([wanted, 1]);
    if (wanted === undefined) expect(await work).toMatchObject({ status: 404, text: 'déjà' });
  });
});
