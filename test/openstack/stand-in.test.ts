import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Sandbox, startSandbox } from '#imgdl/sandbox/sandbox.js';
import { type Got, get, tokenOf } from '../sandbox/client.js';
import type { Cloud } from './cloud.js';
import { noOpenStack, realOpenStack, whyNoOpenStack } from './service.js';

type Project = 'demo' | 'other';

/** The sandbox has these images, with this tag; here the real Glance gets them too. */
const IMAGES: readonly (readonly [name: string, owner: Project, visibility: string, more?: object])[] = [
  ['in:the-name', 'demo', 'private'],
  ['odd:operator', 'demo', 'private'],
  ['a name, with a comma', 'demo', 'private'],
  ['hidden-own', 'demo', 'private', { os_hidden: true }],
  ['community-own', 'demo', 'community'],
  ['community-foreign', 'other', 'community'],
  ['shared-own', 'demo', 'shared'],
  ['shared-accepted', 'other', 'shared', { member: 'accepted' }],
  ['shared-pending', 'other', 'shared', { member: 'pending' }],
  ['shared-rejected', 'other', 'shared', { member: 'rejected' }],
  ['shared-with-nobody', 'other', 'shared'],
  ['private-foreign', 'other', 'private'],
];

describe.skipIf(noOpenStack)(`the sandbox's Glance and a real one${whyNoOpenStack}`, { timeout: 60_000 }, () => {
  let cloud: Cloud;
  let sandbox: Sandbox;
  let token: string;
  const created: (readonly [owner: Project, id: string])[] = [];

  const real = (path: string): Promise<Got> =>
    get(`${cloud.glance['eventlet']}${path}`, { headers: { 'x-auth-token': cloud.tokens.demo } });
  const standIn = (path: string): Promise<Got> =>
    get(`${sandbox.urls.glance}${path}`, { headers: { 'x-auth-token': token } });
  const send = async (
    method: string,
    path: string,
    by: Project,
    document: object,
  ): Promise<{ readonly id: string }> => {
    const headers = { 'x-auth-token': cloud.tokens[by], 'content-type': 'application/json' };
    const body = JSON.stringify(document);
    const { status, text } = await get(`${cloud.glance['eventlet']}${path}`, {
      method,
      headers,
      body,
      timeoutMs: 30_000,
    });
    expect(status, text).toBeLessThan(300);
    return JSON.parse(text);
  };

  beforeAll(async () => {
    cloud = await realOpenStack();
    sandbox = await startSandbox({ size: 1000 });
    token = await tokenOf(sandbox.urls.keystone);
    for (const [name, owner, visibility, more = {}] of IMAGES) {
      const { member, ...traits } = more as { readonly member?: string };
      const image = {
        name,
        visibility,
        disk_format: 'raw',
        container_format: 'bare',
        tags: ['rule'],
        os_distro: 'none',
      };
      const { id } = await send('POST', '/v2/images', owner, { ...image, ...traits });
      created.push([owner, id]);
      if (member === undefined) continue;
      await send('POST', `/v2/images/${id}/members`, owner, { member: cloud.projects.demo });
      if (member === 'pending') continue;
      await send('PUT', `/v2/images/${id}/members/${cloud.projects.demo}`, 'demo', { status: member });
    }
  }, 180_000);
  afterAll(async () => {
    await sandbox.close();
    // A developer may keep the cloud for the next run.
    for (const [owner, id] of created) {
      const headers = { 'x-auth-token': cloud.tokens[owner] };
      await get(`${cloud.glance['eventlet']}/v2/images/${id}`, { method: 'DELETE', headers });
    }
  });

  test.each([
    '',
    '&visibility=public',
    '&visibility=private',
    '&visibility=community',
    '&visibility=shared',
    '&visibility=all',
    '&member_status=pending',
    '&member_status=rejected',
    '&member_status=all',
    '&visibility=shared&member_status=all',
    '&visibility=shared&member_status=pending',
    '&os_hidden=true',
    '&os_hidden=True',
    '&os_hidden=true&visibility=private',
    '&name=in:the-name',
    '&name=eq:in:the-name',
    '&name=eq:odd:operator',
    '&name=in:shared-own,eq:x,community-own',
    '&name=in:%22a%20name,%20with%20a%20comma%22,shared-own',
    '&name=a%20name,%20with%20a%20comma',
    '&name=Shared-Own',
    '&name=',
    '&name=shared-own&name=community-own',
    '&disk_format=raw',
    '&disk_format=in:qcow2,raw',
    '&container_format=bare',
    '&owner=nobody',
    '&os_distro=none',
    '&os_distro=some',
    '&os_distro=in:none,some',
    '&tag=other',
    '&checksum=x',
    '&protected=true',
    '&protected=false',
    '&min_ram=0',
    '&limit=0',
    '&limit=3',
    '&limit=2000',
    '&sort=name:desc&limit=2',
  ])('list the same for "%s"', async (query) => {
    const path = `/v2/images?tag=rule${query}${query.includes('sort=') ? '' : '&sort=name:asc'}`;
    const [expected, found] = [JSON.parse((await real(path)).text), JSON.parse((await standIn(path)).text)];
    const names = ({ images }: { readonly images: readonly { readonly name: string }[] }) =>
      images.map(({ name }) => name);
    expect(names(found)).toEqual(names(expected));
    // The ids are not the same.
    const links = ({ first, next }: { readonly first: string; readonly next?: string }) => [
      first,
      next?.replace(/marker=.*/, ''),
    ];
    expect(links(found)).toEqual(links(expected));
  });

  test.each([
    'visibility=bogus',
    'member_status=bogus',
    'os_hidden=bogus',
    'protected=x',
    'name=odd:operator',
    'name=neq:x',
    'name=:x',
    'name=in:q%22uote',
    'name=in:%22open',
    'status=foo:active',
    'disk_format=foo:raw',
    'size_min=x',
    'created_at=bogus',
    'created_at=foo:2020-01-01T00:00:00Z',
    'changes-since=x',
    'sort=name:up',
    'sort=bogus:asc',
    'sort_key=name&sort=name',
    'sort_key=name&sort_key=size&sort_dir=asc&sort_dir=asc&sort_dir=asc',
    'sort_dir=up',
    'limit=x',
    'limit=-1',
    'marker=bogus',
  ])('refuse "%s" in the same words', async (query) => {
    const [expected, found] = [await real(`/v2/images?${query}`), await standIn(`/v2/images?${query}`)];
    expect([found.status, found.text]).toEqual([expected.status, expected.text]);
    expect(expected.status).toBe(400);
  });

  test.each(['schemas/image', 'schemas/images', 'schemas/nonesuch', 'schemas'])('say the same of %s', async (path) => {
    const [expected, found] = [await real(`/v2/${path}`), await standIn(`/v2/${path}`)];
    expect([found.status, found.text]).toEqual([expected.status, expected.text]);
  });

  test('write a record with the same members in the same order', async () => {
    const members = (answer: Got): readonly string[] => Object.keys(JSON.parse(answer.text).images[0]);
    const path = '/v2/images?tag=rule&name=shared-own';
    expect(members(await standIn(path))).toEqual(
      members(await real(path)).flatMap((name) => (name === 'schema' ? ['schema', 'stores'] : [name])),
    );
  });
});
