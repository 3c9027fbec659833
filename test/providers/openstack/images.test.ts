import { describe, expect, it } from 'vitest';
import { readImage, readMembership } from '#imgdl/providers/openstack/images.js';
import type { Answer } from '../../support/keystone-fake.js';
import { type Given, givenGlance } from './search.js';

const signal = new AbortController().signal;
const A = 'aaaaaaaa-0000-4000-8000-000000000001';
const B = 'bbbbbbbb-0000-4000-8000-000000000002';

const image = (id: string) => ({ id, name: 'ubuntu', status: 'active', size: 5 });
const one = (id: string): Answer => ({ status: 200, json: image(id) });

function given(answers: Readonly<Record<string, Answer>>): Promise<Given> {
  return givenGlance(({ path }) => answers[path.slice('/image/v2/images'.length)] ?? { status: 404 });
}

describe('a record is an error when', () => {
  it.each<[string, Readonly<Record<string, Answer>>, string, RegExp]>([
    ['it is forbidden', { [`/${A}`]: { status: 403 } }, 'auth.forbidden', /denies access/],
    ['the service is down', { [`/${A}`]: { status: 503 } }, 'http.unavailable', /503/],
    ['there is another API', { [`/${A}`]: { status: 300, body: 'x' } }, 'proto.status', /versions/],
    ['the record is of another image', { [`/${A}`]: one(B) }, 'proto.answer', /not an image record/],
    [
      'the record has an impossible size',
      { [`/${A}`]: { status: 200, json: { ...image(A), size: -1 } } },
      'proto.answer',
      /not an image record/,
    ],
    [
      'the record has a size beyond 2^53',
      { [`/${A}`]: { status: 200, body: `{"id":"${A}","status":"active","size":9007199254740993}` } },
      'proto.answer',
      /not an image record/,
    ],
    [
      'the record has no status',
      { [`/${A}`]: { status: 200, json: { id: A } } },
      'proto.answer',
      /not an image record/,
    ],
  ])('%s', async (_, answers, code, text) => {
    const { service } = await given(answers);
    await expect(readImage(service, A, signal)).rejects.toMatchObject({ code, message: expect.stringMatching(text) });
  });
});

describe('a refused token while reading', () => {
  it('is renewed once', async () => {
    const { service, cloud, asked } = await given({ [`/${A}`]: one(A) });
    cloud.revoked.add('token-1');
    expect((await readImage(service, A, signal))?.id).toBe(A);
    expect(asked()).toEqual([`/${A}`, `/${A}`]);
    expect(cloud.issued()).toBe(2);
  });

  it('that is refused for ever ends in auth.refused after one pause', async () => {
    const { service, cloud } = await given({ [`/${A}`]: one(A) });
    cloud.revoked.add('all');
    await expect(readImage(service, A, signal)).rejects.toMatchObject({ code: 'http.unavailable' });
    await expect(readImage(service, A, signal)).rejects.toMatchObject({ code: 'auth.refused' });
    expect(cloud.issued()).toBe(2);
  });
});

it('a record that is not there is undefined, for the caller to try it as a name', async () => {
  const { service } = await given({});
  expect(await readImage(service, A, signal)).toBeUndefined();
});

it('sends the token in X-Auth-Token and asks for JSON, whose errors have a message', async () => {
  const { service, ports } = await given({ [`/${A}`]: one(A) });
  await readImage(service, A, signal);
  expect(ports.calls.at(-1)?.headers).toEqual({ accept: 'application/json', 'x-auth-token': 'token-1' });
});

describe('how a project stands to a share', () => {
  const path = `/${A}/members/p1`;
  it.each<[string, Answer, string | undefined]>([
    ['it has accepted it', { status: 200, json: { status: 'accepted', member_id: 'p1' } }, 'accepted'],
    ['it is not shared with it', { status: 404 }, undefined],
    ['nobody may know', { status: 403 }, undefined],
    ['the answer says nothing', { status: 200, json: {} }, undefined],
  ])('%s', async (_, answer, wanted) => {
    const { service } = await given({ [path]: answer });
    expect(await readMembership(service, A, 'p1', signal)).toBe(wanted);
  });

  it('is an error where the service is down: a share is not taken on trust', async () => {
    const { service } = await given({ [path]: { status: 503 } });
    await expect(readMembership(service, A, 'p1', signal)).rejects.toMatchObject({ code: 'http.unavailable' });
  });
});
