import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Sandbox, startSandbox } from '#imgdl/sandbox/sandbox.js';
import { type Got, get, tokenOf } from '../sandbox/client.js';
import type { Cloud } from './cloud.js';
import { noOpenStack, realOpenStack, whyNoOpenStack } from './service.js';

describe.skipIf(noOpenStack)(`the sandbox's Glance and a real one${whyNoOpenStack}`, { timeout: 60_000 }, () => {
  let cloud: Cloud;
  let sandbox: Sandbox;
  let token: string;

  const real = (path: string): Promise<Got> =>
    get(`${cloud.glance['eventlet']}${path}`, { headers: { 'x-auth-token': cloud.tokens.demo } });
  const standIn = (path: string): Promise<Got> =>
    get(`${sandbox.urls.glance}${path}`, { headers: { 'x-auth-token': token } });

  beforeAll(async () => {
    [cloud, sandbox] = await Promise.all([realOpenStack(), startSandbox({ size: 1000 })]);
    token = await tokenOf(sandbox.urls.keystone);
  }, 180_000);
  afterAll(async () => {
    await sandbox.close();
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
