import { describe, expect, it } from 'vitest';
import { provider } from '#imgdl/providers/openstack/index.js';
import { glanceAnswers } from '../../support/glance-fake.js';
import { fakeCloud, fakePorts, PASSWORD_ENV } from '../../support/keystone-fake.js';
import { fakeImage } from './search.js';

const signal = new AbortController().signal;
const ID = 'aaaaaaaa-0000-4000-8000-000000000001';
const FILE = `/v2/images/${ID}/file`;

describe('a URL is claimed', () => {
  it.each([
    [`https://h:9292/v2/images/${ID}/file`, true],
    [`https://h/image/v2/images/${ID}`, true],
    [`https://h/image/v2.16/images/${ID.toUpperCase()}/file/?prefer=a`, true],
    [`https://h/v2/images/${ID}/members`, false],
    [`https://h/v2/images/${ID}x/file`, false],
    ['https://h/v2/images/..%2f..%2ftokens/file', false],
    ['https://h/v2/images', false],
    [`https://h/v1/images/${ID}`, false],
    [`https://h/?u=/v2/images/${ID}/file`, false],
  ])('%s: %s', (url, expected) => {
    expect(provider.claims(new URL(url))).toBe(expected);
  });
});

describe('a URL that cannot be an image', () => {
  it.each(['https://h/x', `ftp://h${FILE}`, `https://u:hunter2@h${FILE}`])('%s', async (url) => {
    const error = await provider.sourceOfUrl(new URL(url), fakePorts()).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ code: 'usage.url', message: expect.not.stringContaining('hunter2') });
  });
});

describe('the credentials of a URL', () => {
  const cases: readonly (readonly [string, string, Readonly<Record<string, string>>, string])[] = [
    ['under the image endpoint of the catalog: the token', `http://glance:9292${FILE}`, PASSWORD_ENV, 'token'],
    [
      'under the override: the token',
      `http://mine:9292/x${FILE}`,
      { ...PASSWORD_ENV, OS_IMAGE_ENDPOINT_OVERRIDE: 'http://mine:9292/x/v2/' },
      'token',
    ],
    ['on another host: none', `http://evil:9292${FILE}`, PASSWORD_ENV, 'none'],
    ['on another port: none', `http://glance:9293${FILE}`, PASSWORD_ENV, 'none'],
    ['by another scheme: none', `https://glance:9292${FILE}`, PASSWORD_ENV, 'none'],
    ['under another prefix: none', `http://glance:9292/evil${FILE}`, PASSWORD_ENV, 'none'],
    ['on Keystone itself: none', `http://keystone:5000${FILE}`, PASSWORD_ENV, 'none'],
    ['without any cloud: none', `http://glance:9292${FILE}`, {}, 'none'],
  ];
  it.each(cases)('%s', async (_name, text, env, by) => {
    const cloud = fakeCloud();
    const ports = fakePorts({
      env,
      handler: (call) =>
        call.method === 'POST' ? cloud.handler(call) : { status: 200, json: { id: ID, status: 'active', size: 1 } },
    });
    const source = await provider.sourceOfUrl(new URL(text), ports);
    expect(ports.calls).toEqual([]);
    await source.describe(signal);
    const ticket = await source.ticket({ reason: 'first' }, signal);
    expect(ticket.by).toBe(by);
    expect(ticket.url.href).toBe(text);
    const data = ports.calls.filter((call) => call.method === 'GET');
    expect(data.map((call) => 'x-auth-token' in call.headers)).toEqual([by === 'token']);
    expect('x-auth-token' in ticket.headers).toBe(by === 'token');
  });

  it('that are wanted and not there are named', async () => {
    const source = await provider.sourceOfUrl(
      new URL(`http://glance:9292${FILE}`),
      fakePorts({ handler: fakeCloud().handler }),
    );
    await expect(source.describe(signal)).rejects.toMatchObject({ code: 'auth.missing' });
  });

  it('a URL means an id, never a name', async () => {
    const ports = fakePorts({ env: PASSWORD_ENV, handler: fakeCloud().handler });
    const source = await provider.sourceOfUrl(new URL(`http://glance:9292${FILE}`), ports);
    await expect(source.describe(signal)).rejects.toMatchObject({ code: 'not-found.image' });
    expect(ports.calls.filter((call) => call.path.includes('name='))).toEqual([]);
  });
});

describe('the argument', () => {
  const source = (
    image: string,
    env: Readonly<Record<string, string>> = PASSWORD_ENV,
    options: Readonly<Record<string, string>> = {},
  ) =>
    provider.source(
      { kind: 'download', path: [], args: [], summary: '', examples: [] },
      [image],
      fakePorts({ env, options }),
    );
  it.each(['', ' \t', 'x'.repeat(256)])('%j is refused before anything is sent', async (image) => {
    await expect(source(image)).rejects.toMatchObject({ code: 'usage.id' });
  });
  it.each(['debian*', '*', 'debian-1?'])('%j is refused without --newest before anything is sent', async (image) => {
    await expect(source(image)).rejects.toMatchObject({
      code: 'usage.id',
      exit: 2,
      hint: expect.stringMatching(/--newest/),
    });
    expect((await source(image, PASSWORD_ENV, { newest: 'true' })).ref.ref).toBe(image);
    expect((await source(`name:${image}`)).ref.ref).toBe(`name:${image}`);
  });
  it('without a cloud names the ways to give one', async () => {
    await expect(source('x', {})).rejects.toMatchObject({
      code: 'usage.missing',
      hint: expect.stringMatching(/--os-cloud.*OS_AUTH_URL/),
    });
  });
  it.each([
    [{ ...PASSWORD_ENV, OS_AUTH_URL: 'keystone' }],
    [{ ...PASSWORD_ENV, OS_IMAGE_ENDPOINT_OVERRIDE: 'glance:9292' }],
  ])('with a URL that is none in the configuration is refused before anything is sent', async (env) => {
    await expect(source('x', env)).rejects.toMatchObject({ code: 'config.cloud' });
  });
});

describe('which of several', () => {
  const OLD = '00000001-0000-4000-8000-000000000000';
  const NEW = '00000002-0000-4000-8000-000000000000';
  const images = [
    fakeImage(1, { tags: ['golden'] }),
    fakeImage(2, { tags: ['golden'], status: 'queued' }),
    fakeImage(3, { visibility: 'community', owner: 'p2', tags: ['golden'] }),
  ];
  const described = async (image: string, options: Readonly<Record<string, string>>) => {
    const answers = glanceAnswers(images);
    const cloud = fakeCloud();
    const ports = fakePorts({
      env: PASSWORD_ENV,
      options,
      handler: (call) => (call.url.host === 'glance:9292' ? answers(call) : cloud.handler(call)),
    });
    const [command] = provider.commands;
    if (command?.kind !== 'download') throw new Error('no command');
    return await (await provider.source(command, [image], ports)).describe(signal);
  };

  it('is said by the options', async () => {
    const newest = { newest: 'true' };
    expect((await described('*', { ...newest, tag: 'golden' })).ref.ref).toBe(OLD);
    expect((await described('debian-13', { ...newest, property: 'disk_format=qcow2' })).ref.ref).toBe(OLD);
    expect((await described('*', { ...newest, owner: 'p2' })).ref.ref).toContain('00000003');
    await expect(described('*', { ...newest, tag: 'x' })).rejects.toMatchObject({ code: 'not-found.image' });
    await expect(described('debian-13', {})).rejects.toMatchObject({ code: 'not-found.ambiguous' });
  });

  it('may be one that is still being made, where somebody waits', async () => {
    await expect(described('*', { newest: 'true', wait: '1m' })).rejects.toMatchObject({
      code: 'not-ready.queued',
      message: expect.stringContaining(NEW),
      pending: {},
    });
  });

  it('is not asked of an id', async () => {
    expect((await described(OLD, { newest: 'true', tag: 'x', owner: 'p7' })).ref.ref).toBe(OLD);
  });
});
