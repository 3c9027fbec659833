import { describe, expect, test } from 'vitest';
import { looksLikeUForge, resourceOfUrl } from '#imgdl/providers/uforge/image-url.js';
import { pathOf } from '#imgdl/providers/uforge/resource.js';

describe('a URL of UForge is recognised', () => {
  test.each([
    [
      'https://h/api/users/alice/appliances/747/images/1095',
      'image',
      'https://h/api',
      'users/alice/appliances/747/images/1095',
    ],
    [
      'https://h/api/users/alice/appliances/747/images/1095/',
      'image',
      'https://h/api',
      'users/alice/appliances/747/images/1095',
    ],
    [
      'https://h/api/users/alice/appliances/747/images/1095/downloads',
      'image',
      'https://h/api',
      'users/alice/appliances/747/images/1095',
    ],
    [
      'https://h/api/users/alice/appliances/747/images/1095/downloads/x.tar.gz?downloadId=k',
      'image',
      'https://h/api',
      'users/alice/appliances/747/images/1095',
    ],
    [
      'http://h:9090/ufws-3.3/users/a/appliances/1/pimages/88/downloads?id=k',
      'pimage',
      'http://h:9090/ufws-3.3',
      'users/a/appliances/1/pimages/88',
    ],
    [
      'https://h/api/users/a/appliances/1/images/2/pimages/88',
      'pimage',
      'https://h/api',
      'users/a/appliances/1/pimages/88',
    ],
    [
      'https://h/users/a/mysoftware/1/templates/2/images/3/downloads',
      'container',
      'https://h',
      'users/a/mysoftware/1/templates/2/images/3',
    ],
    [
      'https://h/api/users/a/scannedinstances/1/scans/2/images/3',
      'scan',
      'https://h/api',
      'users/a/scannedinstances/1/scans/2/images/3',
    ],
    [
      'https://h/api/users/al%40x.org/appliances/1/images/2',
      'image',
      'https://h/api',
      'users/al%40x.org/appliances/1/images/2',
    ],
    [
      'https://h/api/users/al@x.org/appliances/1/images/2',
      'image',
      'https://h/api',
      'users/al%40x.org/appliances/1/images/2',
    ],
    [
      'https://h/users/users/users/a/appliances/1/images/2',
      'image',
      'https://h/users/users',
      'users/a/appliances/1/images/2',
    ],
  ])('%s', (text, kind, endpoint, path) => {
    const url = new URL(text);
    expect(looksLikeUForge(url)).toBe(true);
    const resource = resourceOfUrl(url);
    expect([resource.kind, resource.base.endpoint, pathOf(resource)]).toEqual([kind, endpoint, path]);
  });
});

describe('a URL that is not one of an image', () => {
  test.each([
    'https://h/images/disk.img',
    'https://h/api/users/alice/appliances/747/images',
    'https://h/api/users/alice/appliances/747/images/latest',
    'https://h/api/users/alice/appliances/747/images/1095/files/a/b',
    'https://h/api/users/alice/appliances/747/images/1095/downloads/a/b',
    'https://h/api/users/a/b/appliances/747/images/1095',
    'https://h/v2/images/3f1c2a9e-7a51-4f3e-9c67-0a3e5e6f1b22/file',
  ])('%s', (text) => {
    expect(looksLikeUForge(new URL(text))).toBe(false);
    expect(() => resourceOfUrl(new URL(text))).toThrow(expect.objectContaining({ code: 'usage.url' }));
  });
});

describe('a URL whose user is no user', () => {
  test.each([
    ['broken encoding', 'https://h/users/%zz/appliances/1/images/2', 'usage.url'],
    ['invalid UTF-8', 'https://h/users/%ff/appliances/1/images/2', 'usage.url'],
    ['a line end', 'https://h/users/a%0d%0ab/appliances/1/images/2', 'usage.option'],
    ['a leading zero', 'https://h/users/a/appliances/01/images/2', 'usage.id'],
  ])('%s', (_what, text, code) => {
    expect(() => resourceOfUrl(new URL(text))).toThrow(expect.objectContaining({ code }));
  });
});
