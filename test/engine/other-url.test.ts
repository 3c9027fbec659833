/** A part of one URL, and a run for another: of a renewed link, of a mirror, of something else. */
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import type { Digest } from '#imgdl/core/digest.js';
import type { SourceRef } from '#imgdl/core/source.js';
import { CALM, type Proof, World } from '../property/world.js';

const KIB = 1024;
const LINK: SourceRef = { provider: 'url', endpoint: 'https://h', ref: '/disk.img?aa' };
const RENEWED: SourceRef = { ...LINK, ref: '/disk.img?bb' };
const MIRROR: SourceRef = { ...LINK, endpoint: 'https://mirror' };
const CUT = 384 * KIB;

const worlds: World[] = [];
afterEach(() => {
  for (const world of worlds.splice(0)) world.remove();
});

/** A run by the first link was cut. */
async function cut(proof: Proof): Promise<World> {
  const world = new World(proof);
  worlds.push(world);
  world.meant = LINK;
  expect(await world.run({ cuts: [CUT] }, { retries: 0 })).toMatchObject({ kind: 'failed', code: 'net.reset' });
  return world;
}

const digestOf = (world: World, revision = 1): Digest => ({
  algorithm: 'sha512',
  hex: createHash('sha512').update(world.contentOf(revision)).digest('hex'),
  from: 'user',
});

describe('is continued', () => {
  test.each<[string, Proof, SourceRef, boolean]>([
    ['by a renewed link, where the ETag is the same', 'etag', RENEWED, false],
    ["by a mirror, with the user's digest", 'nothing', MIRROR, true],
    ['by a mirror, with the same digest of both', 'digest', MIRROR, false],
  ])('%s', async (_, proof, ref, hasDigest) => {
    const world = await cut(proof);
    world.meant = ref;
    const ended = await world.run(CALM, { checksums: hasDigest ? [digestOf(world)] : [] });
    expect(ended).toMatchObject({ kind: 'done', outcome: { status: 'resumed', resumedFrom: CUT } });
    expect([world.revisionOfTarget(), world.names()]).toEqual([1, []]);
  });

  test('after another cut from the new link alone: the part is its own from the first new claim on', async () => {
    const world = await cut('nothing');
    world.meant = MIRROR;
    const again = await world.run({ cuts: [320 * KIB] }, { retries: 0, checksums: [digestOf(world)] });
    expect(again).toMatchObject({ kind: 'failed', code: 'net.reset' });
    expect(await world.run(CALM)).toMatchObject({ kind: 'done', outcome: { status: 'resumed' } });
    expect(world.revisionOfTarget()).toBe(1);
  });
});

describe('is left alone', () => {
  test.each<[string, Proof, SourceRef, number, boolean, RegExp]>([
    ['where a renewed link has another ETag', 'etag', RENEWED, 2, false, /etag differs/],
    ['where nothing can show that it is the same', 'nothing', RENEWED, 1, false, /belongs to/],
    ['where a mirror is asked without a digest', 'etag', MIRROR, 1, false, /belongs to/],
    ['where a mirror has other bytes of the same size', 'nothing', MIRROR, 2, true, /content differs/],
    ['where a mirror has another size', 'nothing', MIRROR, 3, true, /size differs/],
    ['where both promise different digests', 'digest', MIRROR, 2, false, /belongs to/],
  ])('%s: exit 12, and the first link goes on', async (_, proof, ref, revision, hasDigest, message) => {
    const world = await cut(proof);
    const before = statSync(world.beside('part') ?? '').size;
    world.meant = ref;
    world.revision = revision;
    const ended = await world.run(CALM, { checksums: hasDigest ? [digestOf(world, revision)] : [] });
    expect(ended).toMatchObject({ kind: 'failed', code: 'fs.other-part' });
    expect(ended.kind === 'failed' && ended.message).toMatch(message);
    expect(ended.kind === 'failed' && ended.hint).toContain('--restart');
    // What differs in its bytes no digest makes the same.
    expect(ended.kind === 'failed' && /--checksum/.test(ended.hint ?? '')).toBe(!/content|size/.test(message.source));
    expect(statSync(world.beside('part') ?? '').size).toBe(before);
    world.meant = LINK;
    world.revision = 1;
    expect(await world.run(CALM)).toMatchObject({ kind: 'done', outcome: { status: 'resumed', resumedFrom: CUT } });
  });
});

test('with --update, a name that leads elsewhere than last night is downloaded afresh', async () => {
  const world = await cut('etag');
  world.meant = RENEWED;
  world.revision = 2;
  const ended = await world.run(CALM, { update: true, onChange: 'fail' });
  expect(ended).toMatchObject({ kind: 'done', outcome: { status: 'downloaded', resumedFrom: null } });
  expect(world.revisionOfTarget()).toBe(2);
});

test('its damage is found as ever: what is good of it is continued', async () => {
  const world = await cut('etag');
  world.meant = MIRROR;
  world.flipPart(0.01);
  const ended = await world.run(CALM, { checksums: [digestOf(world)] });
  expect(ended).toMatchObject({ kind: 'done' });
  expect(world.revisionOfTarget()).toBe(1);
});
