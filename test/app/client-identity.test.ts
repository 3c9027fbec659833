import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { clientIdentity } from '#imgdl/app/client-identity.js';
import { scratch } from '../support/scratch.js';

const CERT = '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n';
const keys = ['PRIVATE KEY', 'RSA PRIVATE KEY', 'EC PRIVATE KEY', 'ENCRYPTED PRIVATE KEY'];
const key = (kind = 'PRIVATE KEY'): string => `-----BEGIN ${kind}-----\nBB==\n-----END ${kind}-----\n`;

let at: (name: string) => string;
beforeEach(() => {
  const directory = scratch();
  at = (name) => join(directory, name);
  writeFileSync(at('cert'), CERT);
  writeFileSync(at('key'), key());
  for (const kind of keys) writeFileSync(at(`both ${kind}`), `${key(kind)}${CERT}`);
});

describe('a client certificate and its key', () => {
  test('are none where none is named', async () => {
    expect(await clientIdentity(undefined, undefined)).toEqual({});
  });

  test('are in two files', async () => {
    expect(await clientIdentity(at('cert'), at('key'))).toEqual({ cert: CERT, key: key() });
  });

  test.each(keys)('are in one file, as a %s', async (kind) => {
    const both = `${key(kind)}${CERT}`;
    expect(await clientIdentity(at(`both ${kind}`), undefined)).toEqual({ cert: both, key: both });
  });

  test.each<[string, string | undefined, string | undefined, string, RegExp]>([
    ['a certificate alone', 'cert', undefined, 'usage.missing', /--key is missing/],
    ['a key alone', undefined, 'key', 'usage.missing', /--cert is missing/],
    [
      'a file that is not there, of an option or of clouds.yaml',
      'none',
      undefined,
      'usage.option',
      /^cert .*no such file/,
    ],
    ['a key that is not there', 'cert', 'none', 'usage.option', /^key .*no such file/],
  ])('%s is refused', async (_, cert, keyFile, code, says) => {
    const path = (name: string | undefined): string | undefined => (name === undefined ? undefined : at(name));
    await expect(clientIdentity(path(cert), path(keyFile))).rejects.toMatchObject({
      code,
      message: expect.stringMatching(says),
    });
  });
});
