import { describe, expect, test } from 'vitest';
import { readMetadata } from '#imgdl/providers/uforge/metadata.js';
import { fakeTransport } from '../../support/fake-transport.js';

const RESOURCE = { base: { endpoint: 'https://h/api' }, kind: 'pimage', uid: 'alice', ids: ['1', '88'] } as const;

async function nameIn(body: string): Promise<string | undefined> {
  const { transport } = fakeTransport(() => ({ body }));
  return (await readMetadata(RESOURCE, undefined, transport, 'log in', new AbortController().signal)).name;
}

describe('a published image in the list of its appliance', () => {
  const list = (items: string) =>
    `<ns0:publishImages xmlns:ns0="u"><total>1</total><publishImages>${items}</publishImages></ns0:publishImages>`;
  const item = (id: number | string) => `<publishImage><dbId>${id}</dbId><name>n${id}</name></publishImage>`;
  const many = Array.from({ length: 3000 }, (_, at) => `${item(at + 1000)}<!-- ${'x'.repeat(500)} -->`).join('');
  const json = (value: unknown) => JSON.stringify({ publishImages: value });

  test.each([
    ['alone', list(item(88))],
    ['among others', list(item(87) + item(88) + item(89))],
    ['behind more than a megabyte of others', list(many + item(88))],
    ['in a JSON list', json({ publishImages: { publishImage: [{ dbId: 88, name: 'n88' }] } })],
    ['alone in JSON', json({ publishImages: { publishImage: { dbId: 88, name: 'n88' } } })],
  ])('%s', async (_what, text) => {
    expect(await nameIn(text)).toBe('n88');
  });

  test('what comes behind it is not read', async () => {
    expect(await nameIn(`${list(item(88)).replace('</publishImages>', `${' '.repeat(70_000)}<crossed>`)}`)).toBe('n88');
  });

  test.each([
    ['not among others', list(item(87))],
    ['only as the beginning of another id', list(item(881))],
    ['in no list', list('')],
    ['in an empty root', '<ns0:publishImages xmlns:ns0="u"/>'],
    ['in no JSON list', json({ publishImages: { publishImage: [] } })],
    ['nowhere in JSON', json({ total: 0 })],
  ])('%s: exit 4', async (_what, text) => {
    await expect(nameIn(text)).rejects.toMatchObject({ code: 'not-found.image' });
  });

  test.each([
    ['another list', '<images/>'],
    ['another list of JSON', '{"images":{}}'],
    [
      'an error in spite of the 200',
      '<uforgeError><localizedErrorMsg><message>no</message></localizedErrorMsg></uforgeError>',
    ],
    ['nothing', ''],
  ])('%s: exit 8', async (_what, text) => {
    await expect(nameIn(text)).rejects.toMatchObject({ code: 'proto.answer' });
  });
});
