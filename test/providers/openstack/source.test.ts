import { describe, expect, it } from 'vitest';
import { AppError } from '#imgdl/core/errors.js';
import type { Refusal, Source } from '#imgdl/core/source.js';
import { provider } from '#imgdl/providers/openstack/index.js';
import {
  type FakeCloud,
  type FakeCloudOptions,
  type FakePorts,
  fakeCloud,
  fakePorts,
  PASSWORD_ENV,
} from '../../support/keystone-fake.js';

const signal = new AbortController().signal;
const ID = 'aaaaaaaa-0000-4000-8000-000000000001';
const SHA = 'ab'.repeat(64);
const MD5 = 'cd'.repeat(16);
const ACTIVE = {
  id: ID,
  name: 'debian 13.1',
  status: 'active',
  visibility: 'public',
  size: 42,
  disk_format: 'qcow2',
  container_format: 'bare',
};
const PATH = `/v2/images/${ID}`;

interface Given {
  readonly source: Source;
  readonly ports: FakePorts;
  readonly cloud: FakeCloud;
}

async function given(
  record: object = {},
  env: Readonly<Record<string, string>> = PASSWORD_ENV,
  arg = ID,
  options: FakeCloudOptions = {},
): Promise<Given> {
  const cloud = fakeCloud(options);
  const image = { ...ACTIVE, ...record };
  cloud.glance.set(PATH, { status: 200, json: image });
  cloud.glance.set(`/v2/images?${new URLSearchParams({ name: arg })}`, { status: 200, json: { images: [image] } });
  const ports = fakePorts({ env, handler: cloud.handler });
  const [command] = provider.commands;
  if (command?.kind !== 'download') throw new Error('no command');
  return { source: await provider.source(command, [arg], ports), ports, cloud };
}

describe('options that choose among several', () => {
  const idle = [expect.objectContaining({ code: 'selection.idle' })];
  it.each<[string, string, Record<string, string>, unknown[]]>([
    ['an id', ID, { format: 'raw' }, idle],
    ['a forced id', `id:${ID}`, { visibility: 'private' }, idle],
    ['an id, with --newest alone', ID, { newest: 'true' }, []],
    ['a name', 'debian 13.1', { format: 'qcow2' }, []],
  ])('beside %s', async (_, arg, options, warnings) => {
    const cloud = fakeCloud();
    cloud.glance.set(PATH, { status: 200, json: ACTIVE });
    const byName = new URLSearchParams({ name: arg, ...(options['format'] && { disk_format: options['format'] }) });
    cloud.glance.set(`/v2/images?${byName}`, { status: 200, json: { images: [ACTIVE] } });
    const ports = fakePorts({ env: PASSWORD_ENV, handler: cloud.handler, options });
    const [command] = provider.commands;
    if (command?.kind !== 'download') throw new Error('no command');
    const source = await provider.source(command, [arg], ports);
    expect((await source.describe(signal)).ref.ref).toBe(ID);
    expect(ports.warnings).toEqual(warnings);
  });
});

const refused = (status: number, headers: Readonly<Record<string, string>> = {}, text = ''): Refusal => ({
  status,
  headers: new Map(Object.entries(headers)),
  text,
});

describe('what a record promises', () => {
  const cases: readonly (readonly [string, object, readonly string[], readonly string[]])[] = [
    [
      'hash and MD5, the hash first',
      { os_hash_algo: 'sha512', os_hash_value: SHA, checksum: MD5 },
      [`sha512:${SHA}`, `md5:${MD5}`],
      [],
    ],
    [
      'an algorithm in the names of hashlib',
      { os_hash_algo: 'blake2b', os_hash_value: SHA.toUpperCase() },
      [`blake2b512:${SHA}`],
      [],
    ],
    ['MD5 alone', { checksum: MD5 }, [`md5:${MD5}`], []],
    ['MD5 twice is one', { os_hash_algo: 'MD5', os_hash_value: MD5, checksum: MD5 }, [`md5:${MD5}`], []],
    [
      'an algorithm whose value is still null promises nothing',
      { os_hash_algo: 'sha512', os_hash_value: null, checksum: MD5 },
      [`md5:${MD5}`],
      [],
    ],
    ['nothing: the engine is the one to say that', { checksum: null }, [], []],
    [
      'an unknown algorithm is told, not dropped',
      { os_hash_algo: 'shake_999', os_hash_value: 'ff', checksum: MD5 },
      [`md5:${MD5}`],
      ['integrity.algorithm'],
    ],
    ['__proto__ as an algorithm', { os_hash_algo: '__proto__', os_hash_value: SHA }, [], ['integrity.algorithm']],
    [
      'a value that is not one',
      { os_hash_algo: 'sha256', os_hash_value: SHA, checksum: MD5 },
      [`md5:${MD5}`],
      ['integrity.algorithm'],
    ],
    [
      'a checksum that is no MD5',
      { os_hash_algo: 'sha512', os_hash_value: SHA, checksum: 'x' },
      [`sha512:${SHA}`],
      ['glance.checksum'],
    ],
    ['no size', { size: null, checksum: MD5 }, [`md5:${MD5}`], ['glance.no-size']],
    ['a signature is told to be unchecked', { img_signature: 'c2ln' }, [], ['signature.unchecked']],
    ['a signature that is none', { img_signature: '', img_signature_hash_method: 'SHA-256' }, [], []],
    ['a signature of another type', { img_signature: 7 }, [], []],
  ];
  it.each(cases)('%s', async (_name, record, digests, warnings) => {
    const { source } = await given(record);
    const remote = await source.describe(signal);
    expect(remote.digests.map((digest) => `${digest.algorithm}:${digest.hex}`)).toEqual(digests);
    expect(remote.digests.every((digest) => digest.from === 'metadata')).toBe(true);
    expect(remote.warnings.map((warning) => warning.code)).toEqual(warnings);
    expect(remote.identity).toEqual({
      ...('size' in record ? {} : { size: 42 }),
      ...(digests.length === 0 ? {} : { digests: [...digests].sort() }),
    });
  });

  it('is vouched for by the record, and the first request has no Range', async () => {
    const { source } = await given();
    expect(await source.describe(signal)).toMatchObject({
      opener: 'plain',
      headerDigest: 'whole',
      validator: 'provider',
    });
  });
});

describe('the name of the file', () => {
  const cases: readonly (readonly [object, string | undefined, string])[] = [
    [{ name: 'debian 13.1' }, 'debian 13.1.qcow2', `image-${ID}.qcow2`],
    [{ name: 'debian.qcow2' }, 'debian.qcow2', `image-${ID}.qcow2`],
    [{ name: 'debian.IMG' }, 'debian.IMG', `image-${ID}.qcow2`],
    [{ name: 'x', disk_format: 'vmdk', container_format: 'ova' }, 'x.ova', `image-${ID}.ova`],
    [{ name: 'x', disk_format: 'raw', container_format: 'compressed' }, 'x.raw.gz', `image-${ID}.raw.gz`],
    [{ name: 'x.qcow2', container_format: 'compressed' }, 'x.qcow2.gz', `image-${ID}.qcow2.gz`],
    [{ name: 'x.raw.gz', disk_format: 'raw', container_format: 'compressed' }, 'x.raw.gz', `image-${ID}.raw.gz`],
    [{ name: 'x', container_format: 'docker' }, 'x.tar', `image-${ID}.tar`],
    [{ name: null }, undefined, `image-${ID}.qcow2`],
    [{ name: ' ', disk_format: null }, undefined, `image-${ID}.img`],
    [{ name: '../../evil', disk_format: '../x' }, '../../evil.img', `image-${ID}.img`],
  ];
  it.each(cases)('of %j is %j, else %j', async (record, name, fallbackName) => {
    const { source } = await given(record);
    const remote = await source.describe(signal);
    expect([remote.name, remote.fallbackName]).toEqual([name, fallbackName]);
  });

  it.each([
    ['p1', 'p1'],
    [null, undefined],
    [7, undefined],
  ])('names its owner: %j', async (owner, named) => {
    const { source } = await given({ owner });
    expect((await source.describe(signal)).owner).toBe(named);
  });

  it('is labelled by the name of the image as it is', async () => {
    expect(await (await given()).source.describe(signal)).toMatchObject({ label: 'debian 13.1' });
  });
});

describe('an image that is not ready', () => {
  it.each([
    ['queued', 'not-ready.queued'],
    ['saving', 'not-ready.queued'],
    ['uploading', 'not-ready.queued'],
    ['importing', 'not-ready.queued'],
    ['deactivated', 'not-ready.deactivated'],
    ['killed', 'not-ready.no-data'],
    ['pending_delete', 'not-found.image'],
    ['deleted', 'not-found.image'],
    ['some\u001b[2Jthing', 'not-ready.queued'],
  ])('%j is %s', async (status, code) => {
    const { source } = await given({ status, size: null });
    const error = await source.describe(signal).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ code, message: expect.not.stringContaining('\u001b') });
  });

  it.each([
    [['queued', 'saving', 'uploading', 'importing'], {}],
    // Nobody but a person changes these, or nobody at all.
    [['deactivated', 'killed', 'deleted', 'pending_delete', 'something else'], undefined],
  ])('%j: being made is %j', async (states, pending) => {
    for (const status of states) {
      const { source } = await given({ status, size: null });
      const error: unknown = await source.describe(signal).catch((thrown: unknown) => thrown);
      expect(error instanceof AppError ? error.pending : 'no error').toEqual(pending);
    }
  });
});

describe('an image whose data is in volume snapshots', () => {
  const SNAPSHOT = '3f1c2a9e-7a51-4f3e-9c67-0a3e5e6f1b22';
  const mapping = (id: string): string =>
    JSON.stringify([{ device_name: '/dev/vda', snapshot_id: id, source_type: 'snapshot', volume_size: 10 }]);

  it.each<[string, object, RegExp]>([
    ['names the snapshot', { size: 0, block_device_mapping: mapping(SNAPSHOT) }, new RegExp(`--snapshot ${SNAPSHOT} `)],
    ['has no size', { size: null, block_device_mapping: mapping(SNAPSHOT) }, new RegExp(SNAPSHOT)],
    ['names none', { size: 0, block_device_mapping: '[{}]' }, /--snapshot SNAPSHOT /],
    [
      'names a command',
      { size: 0, block_device_mapping: mapping('$(reboot)-aaaa-aaaa-aaaa-aaaaaaaaaaaa') },
      /SNAPSHOT /,
    ],
    ['is not JSON', { size: 0, block_device_mapping: 'x' }, /--snapshot SNAPSHOT /],
  ])('is not ready: it %s', async (_, record, hint) => {
    const { source } = await given(record);
    await expect(source.describe(signal)).rejects.toMatchObject({
      code: 'not-ready.volume-snapshot',
      exit: 5,
      hint: expect.stringMatching(hint),
    });
  });

  it.each<[string, object]>([
    ['no bytes and no mapping', { size: 0 }],
    ['no bytes and an empty mapping', { size: 0, block_device_mapping: ' [] ' }],
    ['no bytes and a mapping of another type', { size: 0, block_device_mapping: 7 }],
    ['bytes beside its mapping', { size: 1, block_device_mapping: mapping(SNAPSHOT) }],
  ])('is not one that has %s', async (_, record) => {
    expect((await (await given(record)).source.describe(signal)).identity.size).toBe(Object(record).size);
  });
});

describe('the reference', () => {
  it('names endpoint and id once they are known, however the image was asked for', async () => {
    const byName = (await given({}, PASSWORD_ENV, 'debian 13.1')).source;
    const byId = (await given()).source;
    const byUrl = await provider.sourceOfUrl(
      new URL(`http://glance:9292/v2/images/${ID}/file?x=secret`),
      (await given()).ports,
    );
    const described = await Promise.all([byName, byId, byUrl].map((source) => source.describe(signal)));
    const expected = { provider: 'glance', endpoint: 'http://glance:9292', ref: ID };
    expect(described.map(({ ref }) => ref)).toEqual([expected, expected, expected]);
  });

  it('that was asked for stays what it was', async () => {
    const { source } = await given({}, PASSWORD_ENV, 'debian 13.1');
    const asked = { provider: 'glance', endpoint: 'http://keystone:5000/v3', ref: 'debian 13.1' };
    expect(source.ref).toEqual(asked);
    await source.describe(signal);
    expect(source.ref).toEqual(asked);
  });

  it('stays with the image once it is known', async () => {
    const { source, cloud } = await given({}, PASSWORD_ENV, 'debian 13.1');
    await source.describe(signal);
    cloud.glance.set('/v2/images?name=debian+13.1', {
      status: 200,
      json: { images: [{ ...ACTIVE, id: ID.replace('a', 'b') }] },
    });
    cloud.glance.delete(PATH);
    await expect(source.describe(signal)).rejects.toMatchObject({ code: 'not-found.image' });
  });
});

describe('a ticket', () => {
  it('is for the data below the endpoint, with the token, and prints nothing of it', async () => {
    const { source, cloud } = await given({}, PASSWORD_ENV, ID, { imageUrl: 'http://glance:9292/image/v2' });
    cloud.glance.set(`/image${PATH}`, { status: 200, json: ACTIVE });
    await source.describe(signal);
    const ticket = await source.ticket({ reason: 'first' }, signal);
    expect(ticket.url.href).toBe(`http://glance:9292/image/v2/images/${ID}/file`);
    expect(ticket).toMatchObject({ singleUse: false, by: 'token' });
    expect(Object.keys(ticket.headers).sort()).toEqual(['accept', 'x-auth-token']);
    expect(ticket.headers['accept']).toBe('application/octet-stream');
    expect(JSON.stringify(ticket)).not.toContain('token-1');
  });

  it('is renewed before the token ends', async () => {
    const { source, ports, cloud } = await given();
    await source.describe(signal);
    await source.ticket({ reason: 'first' }, signal);
    ports.clock.pass(3_400_000);
    await source.ticket({ reason: 'reconnect' }, signal);
    expect(cloud.issued()).toBe(2);
  });

  it('that was refused is replaced by one log-in for all connections', async () => {
    const { source, cloud } = await given();
    await source.describe(signal);
    const failed = await source.ticket({ reason: 'first' }, signal);
    const need = { reason: 'denied', failed, refusal: refused(401) } as const;
    const [first, second] = await Promise.all([source.ticket(need, signal), source.ticket(need, signal)]);
    expect(first.headers['x-auth-token']).toBe(second.headers['x-auth-token']);
    expect(first.headers['x-auth-token']).not.toBe(failed.headers['x-auth-token']);
    expect(cloud.issued()).toBe(2);
    await expect(source.ticket({ ...need, failed: first }, signal)).rejects.toMatchObject({ code: 'http.unavailable' });
    const again = await source.ticket({ reason: 'reconnect' }, signal);
    await expect(source.ticket({ ...need, failed: again }, signal)).rejects.toMatchObject({ code: 'auth.refused' });
  });

  const denials: readonly (readonly [string, Refusal, object | undefined, string])[] = [
    [
      '403 of an image that was deactivated meanwhile',
      refused(403),
      { status: 'deactivated' },
      'not-ready.deactivated',
    ],
    ['403 of an active image is a policy', refused(403, {}, 'You are not authorized'), {}, 'auth.forbidden'],
    ['403 of an image that is gone by now', refused(403), undefined, 'not-found.image'],
    ['404', refused(404, {}, 'No image found'), {}, 'not-found.image'],
  ];
  it.each(denials)('%s', async (_name, refusal, record, code) => {
    const { source, cloud } = await given();
    await source.describe(signal);
    const failed = await source.ticket({ reason: 'first' }, signal);
    if (record === undefined) cloud.glance.delete(PATH);
    else cloud.glance.set(PATH, { status: 200, json: { ...ACTIVE, ...record } });
    await expect(source.ticket({ reason: 'denied', failed, refusal }, signal)).rejects.toMatchObject({ code });
  });
});

describe("Glance's refusals in words", () => {
  const cases: readonly (readonly [Refusal, string | undefined, RegExp])[] = [
    [refused(204), 'not-ready.no-data', /204/],
    [refused(300, {}, '{"versions": []}'), 'proto.status', /versions/],
    [refused(400, {}, 'Requests with multiple ranges'), 'proto.status', /multiple ranges/],
    [refused(403, {}, '<h1>403</h1>'), 'auth.forbidden', /"403"/],
    [refused(404), 'not-found.image', /does not exist/],
    [refused(503, { 'retry-after': '3' }), 'http.unavailable', /503/],
    [refused(416), undefined, /^$/],
  ];
  it.each(cases)('%j', async (refusal, code, text) => {
    const { source } = await given();
    await source.describe(signal);
    const error = source.explain?.(refusal);
    expect(error?.code).toBe(code);
    expect(error?.message ?? '').toMatch(text);
  });

  it('carry the request id operators search by, and no forged one', async () => {
    const { source } = await given();
    const id = { 'x-openstack-request-id': 'req-2dc9d520-1de0-4d7d-bdd1-26d9b77254d1' };
    expect(source.explain?.(refused(204, id))?.details).toEqual({ requestId: id['x-openstack-request-id'] });
    expect(source.explain?.(refused(204, { 'x-openstack-request-id': 'a b\u001b' }))?.details).toEqual({});
  });
});
