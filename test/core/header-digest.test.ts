import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { headerDigests } from '#imgdl/core/header-digest.js';
import { anyText } from '../support/any-text.js';

const BODY = Buffer.from('an image');
const hex = (algorithm: string) => createHash(algorithm).update(BODY).digest('hex');
const base64 = (algorithm: string) => createHash(algorithm).update(BODY).digest('base64');

interface Row {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The answer carries only a part. */
  readonly part?: true;
  /** Content-MD5 is of the whole image, as Glance sends it. */
  readonly glance?: true;
  readonly digests: readonly string[];
  readonly warnings?: number;
}

const ROWS: readonly Row[] = [
  { name: 'nothing promises nothing', headers: {}, digests: [] },
  { name: 'Content-MD5 in base64', headers: { 'content-md5': base64('md5') }, digests: [`md5:${hex('md5')}`] },
  { name: 'Content-MD5 in hex', headers: { 'content-md5': hex('md5') }, digests: [`md5:${hex('md5')}`] },
  {
    name: 'Content-MD5 of a part is not of the image',
    headers: { 'content-md5': hex('md5') },
    part: true,
    digests: [],
  },
  {
    name: "but Glance's is",
    headers: { 'content-md5': hex('md5') },
    part: true,
    glance: true,
    digests: [`md5:${hex('md5')}`],
  },
  { name: 'a Content-MD5 that is neither is told', headers: { 'content-md5': 'None' }, digests: [], warnings: 1 },
  { name: 'an empty Content-MD5 is none', headers: { 'content-md5': '' }, digests: [] },
  {
    name: 'two that differ are both promises: they cannot both be kept',
    headers: { 'content-md5': `${hex('md5')}, ${'0'.repeat(32)}` },
    digests: [`md5:${hex('md5')}`, `md5:${'0'.repeat(32)}`],
  },
  {
    name: 'two that are the same are one',
    headers: { 'content-md5': `${hex('md5')}, ${base64('md5')}` },
    digests: [`md5:${hex('md5')}`],
  },
  {
    name: 'Repr-Digest, by RFC 9530',
    headers: { 'repr-digest': `sha-256=:${base64('sha256')}:, sha-512=:${base64('sha512')}:` },
    digests: [`sha256:${hex('sha256')}`, `sha512:${hex('sha512')}`],
  },
  {
    name: 'Repr-Digest is of the whole on a part, too',
    headers: { 'repr-digest': `sha-256=:${base64('sha256')}:` },
    part: true,
    digests: [`sha256:${hex('sha256')}`],
  },
  {
    name: 'Content-Digest of the whole',
    headers: { 'content-digest': `sha-256=:${base64('sha256')}:` },
    digests: [`sha256:${hex('sha256')}`],
  },
  {
    name: 'Content-Digest of a part is not of the image',
    headers: { 'content-digest': `sha-256=:${base64('sha256')}:` },
    part: true,
    digests: [],
  },
  {
    name: 'Repr-Digest with parameters',
    headers: { 'repr-digest': `sha-256=:${base64('sha256')}:;a=1, sha-512=:${base64('sha512')}: ;b` },
    digests: [`sha256:${hex('sha256')}`, `sha512:${hex('sha512')}`],
  },
  {
    name: 'Docker-Content-Digest of a registry, on a part, too',
    headers: { 'docker-content-digest': `sha256:${hex('sha256')}` },
    part: true,
    digests: [`sha256:${hex('sha256')}`],
  },
  {
    name: 'Docker-Content-Digest of an algorithm that nobody knows',
    headers: { 'docker-content-digest': `blake3:${hex('sha256')}` },
    digests: [],
  },
  {
    name: 'a Docker-Content-Digest that is too short is told',
    headers: { 'docker-content-digest': `sha512:${hex('sha256')}` },
    digests: [],
    warnings: 1,
  },
  {
    name: 'Digest, by RFC 3230',
    headers: { digest: `SHA-256=${base64('sha256')},MD5=${base64('md5')},UNIXsum=30637` },
    digests: [`sha256:${hex('sha256')}`, `md5:${hex('md5')}`],
  },
  ...['sha512', 'sha256', 'sha1', 'md5'].flatMap((algorithm): readonly Row[] => [
    {
      name: `X-Checksum-${algorithm} of Artifactory`,
      headers: { [`x-checksum-${algorithm}`]: hex(algorithm).toUpperCase() },
      digests: [`${algorithm}:${hex(algorithm)}`],
    },
    {
      name: `X-Checksum-${algorithm} is of the whole on a part, too`,
      headers: { [`x-checksum-${algorithm}`]: hex(algorithm) },
      part: true,
      digests: [`${algorithm}:${hex(algorithm)}`],
    },
    {
      name: `an X-Checksum-${algorithm} of another length is told`,
      headers: { [`x-checksum-${algorithm}`]: hex(algorithm).slice(1) },
      digests: [],
      warnings: 1,
    },
  ]),
  { name: 'an X-Checksum of no algorithm is no digest', headers: { 'x-checksum-deploy': 'true' }, digests: [] },
  {
    name: 'x-goog-hash of Google Cloud Storage, its two fields joined',
    headers: { 'x-goog-hash': `crc32c=n03x6A==, md5=${base64('md5')}` },
    digests: [`md5:${hex('md5')}`],
  },
  {
    name: 'x-goog-hash is of the whole on a part, too',
    headers: { 'x-goog-hash': `md5=${base64('md5')}` },
    part: true,
    digests: [`md5:${hex('md5')}`],
  },
  {
    name: 'x-goog-hash of what is stored compressed and sent decompressed is of other bytes',
    headers: { 'x-goog-hash': `md5=${base64('md5')}`, 'x-goog-stored-content-encoding': 'gzip' },
    digests: [],
  },
  {
    name: 'x-goog-hash of what is sent as it is stored counts',
    headers: {
      'x-goog-hash': `md5=${base64('md5')}`,
      'x-goog-stored-content-encoding': 'gzip',
      'content-encoding': 'gzip',
    },
    digests: [`md5:${hex('md5')}`],
  },
  {
    name: 'x-goog-hash of what is stored as identity counts',
    headers: { 'x-goog-hash': `md5=${base64('md5')}`, 'x-goog-stored-content-encoding': 'identity' },
    digests: [`md5:${hex('md5')}`],
  },
  {
    name: 'x-ms-blob-content-md5 of Azure is of the whole on a part, too',
    headers: { 'x-ms-blob-content-md5': base64('md5'), 'content-md5': 'bbbbbbbbbbbbbbbbbbbbbg==' },
    part: true,
    digests: [`md5:${hex('md5')}`],
  },
  {
    name: 'an x-ms-blob-content-md5 that is none is told',
    headers: { 'x-ms-blob-content-md5': 'AAAA' },
    digests: [],
    warnings: 1,
  },
  ...['sha256', 'sha1', 'sha512'].map(
    (algorithm): Row => ({
      name: `x-amz-checksum-${algorithm} of the full object`,
      headers: { [`x-amz-checksum-${algorithm}`]: base64(algorithm), 'x-amz-checksum-type': 'FULL_OBJECT' },
      digests: [`${algorithm}:${hex(algorithm)}`],
    }),
  ),
  {
    name: 'x-amz-checksum-sha256 of a store that does not know of types',
    headers: { 'x-amz-checksum-sha256': base64('sha256') },
    digests: [`sha256:${hex('sha256')}`],
  },
  {
    name: 'x-amz-checksum-sha256 of the digests of the parts is not of the image',
    headers: { 'x-amz-checksum-sha256': base64('sha256'), 'x-amz-checksum-type': 'COMPOSITE' },
    digests: [],
  },
  {
    name: 'nor is one with their number behind it',
    headers: { 'x-amz-checksum-sha256': `${base64('sha256')}-4` },
    digests: [],
  },
  {
    name: 'x-amz-checksum-sha256 of a part is not of the image',
    headers: { 'x-amz-checksum-sha256': base64('sha256') },
    part: true,
    digests: [],
  },
  {
    name: 'the other fields of x-amz-checksum are no digests',
    headers: { 'x-amz-checksum-crc64nvme': 'AAAAAAAAAAA=', 'x-amz-checksum-mode': 'ENABLED' },
    digests: [],
  },
  {
    name: 'what several fields promise alike is one promise',
    headers: { 'content-md5': base64('md5'), 'x-goog-hash': `md5=${base64('md5')}`, 'x-checksum-md5': hex('md5') },
    digests: [`md5:${hex('md5')}`],
  },
  { name: 'an unknown algorithm is ignored', headers: { 'repr-digest': 'crc32c=:AAAAAA==:' }, digests: [] },
  { name: 'a value of the wrong length is ignored', headers: { 'repr-digest': 'sha-256=:AAAA:' }, digests: [] },
  { name: 'hex where base64 belongs is ignored', headers: { digest: `sha-256=${hex('sha256')}` }, digests: [] },
];

describe('digests in the headers of a response', () => {
  it.each(ROWS)('$name', ({ headers, part, glance, digests, warnings }) => {
    const found = headerDigests(new Map(Object.entries(headers)), part !== true, glance === true);
    expect(found.digests.map((digest) => `${digest.algorithm}:${digest.hex}`)).toEqual(digests);
    expect(found.digests.every((digest) => digest.from === 'header')).toBe(true);
    expect(found.warnings).toHaveLength(warnings ?? 0);
  });

  it('are taken from any text without a throw, and are always well formed', () => {
    fc.assert(
      fc.property(anyText(), (value) => {
        const names = [
          ...['content-md5', 'repr-digest', 'content-digest', 'digest', 'x-checksum-sha256', 'x-goog-hash'],
          ...['x-ms-blob-content-md5', 'x-amz-checksum-sha256'],
        ];
        for (const digest of headerDigests(new Map(names.map((name) => [name, value])), true, true).digests) {
          expect(digest.hex).toMatch(/^[0-9a-f]+$/);
        }
      }),
    );
  });
});
