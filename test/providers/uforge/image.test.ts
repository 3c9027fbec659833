import { describe, expect, test } from 'vitest';
import { AppError, type Pending } from '#imgdl/core/errors.js';
import { parseDocument } from '#imgdl/providers/uforge/document.js';
import { labelOf, nameOf } from '#imgdl/providers/uforge/file-name.js';
import { type ImageFacts, readImage } from '#imgdl/providers/uforge/image.js';
import { percentOf, reasonOf, requireReady } from '#imgdl/providers/uforge/readiness.js';
import { imageXml, READY, sample } from '../../support/uforge-server.js';

type Fields = Readonly<Record<string, string | undefined>>;
const KEY = 'e662d401bd7313b9db1fa9d50ce3b85f';
const USUAL = sample('1095', KEY, 'users/alice/appliances/747/images/1095');
const SHA = 'a'.repeat(64);

function read(fields: Fields): ImageFacts {
  return readImage(parseDocument(imageXml({ ...USUAL, ...fields }), 'reading'), '1095', 'reading');
}

describe('the size to download', () => {
  test.each([
    ['fileSize wins', { fileSize: '5', size: '7' }, 5],
    ['size when fileSize is 0', { fileSize: '0', size: '7' }, 7],
    ['size when fileSize is absent', { fileSize: undefined, size: '7' }, 7],
    ['size when fileSize is empty', { fileSize: '', size: '7' }, 7],
    ['unknown when both are 0', { fileSize: '0', size: '0' }, undefined],
    ['unknown when both are absent', { fileSize: undefined, size: undefined }, undefined],
    ['the largest safe integer', { fileSize: '9007199254740991' }, 9007199254740991],
  ])('%s', (_what, fields, size) => {
    expect(read(fields).identity.size).toBe(size);
  });

  test.each([
    '-1',
    '1e9',
    '9223372036854775808',
    '9007199254740992',
    '007',
    '00',
    '0x10',
    '1.5',
    '+5',
    'NaN',
    '٣',
    '1 2',
  ])('%s is impossible', (fileSize) => {
    expect(() => read({ fileSize })).toThrow(expect.objectContaining({ code: 'proto.answer' }));
    expect(() => read({ fileSize: '0', size: fileSize })).toThrow(expect.objectContaining({ code: 'proto.answer' }));
  });

  test('twice the same element is impossible', () => {
    const twice = imageXml(USUAL).replace('<fileSize>', '<fileSize>1</fileSize><fileSize>');
    expect(() => readImage(parseDocument(twice, 'r'), '1095', 'r')).toThrow(
      expect.objectContaining({ code: 'proto.answer' }),
    );
  });
});

describe('identity stays while the bytes stay', () => {
  test.each([
    ['lastModified', { lastModified: '2030-01-01T00:00:00Z' }, true],
    ['the digest of the object', { digest: 'ffff' }, true],
    ['the status', { status: `${READY}<message>seen</message>` }, true],
    ['a new one-time download id', { downloadKey: 'other', downloadUri: 'x?downloadId=other' }, true],
    ['revision', { revision: '2' }, false],
    ['created', { created: '2030-01-01T00:00:00Z' }, false],
    ['uploadedTime', { uploadedTime: '2030-01-01T00:00:00Z' }, false],
    ['fileSize', { fileSize: '6' }, false],
    ['md5sum', { md5sum: 'b'.repeat(32) }, false],
    ['sha256sum', { sha256sum: SHA }, false],
  ])('another %s', (_what, fields, same) => {
    const [a, b] = [read({}).identity, read(fields).identity];
    if (same) expect(b).toEqual(a);
    else expect(b).not.toEqual(a);
  });
});

describe('digests', () => {
  test.each([
    [
      'both, strongest first',
      { md5sum: 'A'.repeat(32), sha256sum: SHA },
      [`sha256:${SHA}`, `md5:${'a'.repeat(32)}`],
      0,
    ],
    ['none', { md5sum: undefined }, [], 0],
    ['empty', { md5sum: '' }, [], 0],
    ['of wrong length: ignored and said', { md5sum: 'abc' }, [], 1],
    ['no hex: ignored and said', { md5sum: 'z'.repeat(32) }, [], 1],
  ])('%s', (_what, fields, digests, warnings) => {
    const facts = read(fields);
    expect(facts.digests.map((digest) => `${digest.algorithm}:${digest.hex}`)).toEqual(digests);
    expect(facts.warnings).toHaveLength(warnings);
  });
});

describe('an object that is not believed', () => {
  test.each([
    ['another image', imageXml({ ...USUAL, dbId: '1096' })],
    ['another object', imageXml(USUAL).replaceAll('ns0:image', 'ns0:appliance')],
    ['a flag that is neither true nor false', imageXml({ ...USUAL, compress: 'perhaps' })],
    ['a status that is a word', imageXml({ ...USUAL, status: 'fine' })],
    ['a link of 9000 characters', imageXml({ ...USUAL, downloadUri: 'x'.repeat(9000) })],
    ['a JSON list', '{"image":[1]}'],
    ['a JSON null', '{"image":null}'],
    ['a JSON size as a fraction', '{"image":{"fileSize":1.5}}'],
    ['a JSON size beyond 2^53', '{"image":{"fileSize":9223372036854775808}}'],
  ])('%s', (_what, text) => {
    expect(() => readImage(parseDocument(text, 'r'), '1095', 'r')).toThrow(
      expect.objectContaining({ code: 'proto.answer' }),
    );
  });
});

test('JSON says the same as XML', () => {
  const json = {
    image: {
      dbId: 1095,
      name: 'dev-env',
      version: '1.0',
      revision: 1,
      created: USUAL.created,
      lastModified: USUAL.lastModified,
      compress: true,
      simulated: false,
      md5sum: USUAL.md5sum,
      downloadKey: USUAL.downloadKey,
      downloadUri: USUAL.downloadUri,
      fileSize: 734003200,
      format: { name: 'targz' },
      status: { complete: true, error: false, cancelled: false },
    },
  };
  expect(readImage(parseDocument(JSON.stringify(json), 'r'), '1095', 'r')).toEqual(read({}));
});

describe('names', () => {
  test.each<[string, Fields, string | undefined]>([
    ['the end of the link', {}, 'dev-env_1.0rev1_targz.tar.gz'],
    ['decoded', { downloadUri: 'u/downloads/Scan%20%231.vmdk?downloadId=k' }, 'Scan #1.vmdk'],
    ['broken encoding as it is', { downloadUri: 'u/downloads/100%25%.img' }, '100%25%.img'],
    [
      'fullName after a bare link',
      { downloadUri: 'u/downloads?downloadId=k', fullName: 'full.img', fileName: 'f' },
      'full.img',
    ],
    ['fileName without fullName', { downloadUri: 'u/downloads', fileName: 'f.img' }, 'f.img'],
    ['composed', { downloadUri: undefined, fileExtension: 'tar.gz' }, 'dev-env_1.0rev1_targz.tar.gz'],
    [
      'composed, with a dot in the extension',
      { downloadUri: 'u/file', fileExtension: '.vmdk' },
      'dev-env_1.0rev1_targz.vmdk',
    ],
    [
      'composed of little',
      { downloadUri: undefined, version: undefined, revision: undefined, format: undefined },
      'dev-env',
    ],
    ['none', { downloadUri: undefined, name: undefined }, undefined],
    ['hostile, raw: core makes it safe', { downloadUri: 'u/downloads/..%2F..%2Fetc%2Fpasswd' }, '../../etc/passwd'],
  ])('%s', (_what, fields, name) => {
    expect(nameOf(read(fields))).toBe(name);
  });
  test('the label is for people', () => {
    expect(labelOf(read({}))).toBe('dev-env 1.0 rev 1');
  });
});

function errorOf(action: () => void): AppError {
  try {
    action();
  } catch (error) {
    if (error instanceof AppError) return error;
  }
  throw new Error('it did not fail');
}

describe('readiness', () => {
  test.each<[string, Fields]>([
    ['complete and compressed', {}],
    ['without a status but with a link', { status: undefined }],
    ['Docker on a server without registry', { format: '<name>docker</name>' }],
    ['without a link, which credentials do not need', { downloadUri: undefined }],
    ['booleans as digits', { compress: '1', status: '<complete>1</complete><error>0</error>' }],
    ['with an image that was created', { imageCreated: 'true' }],
    ['with a date for whether it was created, as the prose has it', { imageCreated: '2019-05-02T08:15:00.000Z' }],
  ])('%s: ready', (_what, fields) => {
    expect(reasonOf(read(fields))).toBeUndefined();
    expect(requireReady(read(fields), 'x')).toBeUndefined();
  });

  test.each<[string, Fields, string]>([
    ['an error', { status: '<complete>true</complete><error>true</error>', simulated: 'true' }, 'error'],
    ['cancelled', { status: '<complete>false</complete><cancelled>true</cancelled>' }, 'cancelled'],
    ['a simulation, which has no image', { simulated: 'true', imageCreated: 'false' }, 'simulated'],
    ['not complete, so that no image is there yet', { status: '<x>1</x>', imageCreated: 'false' }, 'generating'],
    ['in a registry, so that no image is here', { format: '<name>docker</name>', registeringName: 'r/x' }, 'registry'],
    ['made to be published', { compress: 'false', imageCreated: 'false' }, 'not-compressed'],
    ['complete, but the image is not there yet', { imageCreated: 'false' }, 'generating'],
    [
      'failed, so that no image is there',
      { status: '<complete>true</complete><error>true</error>', imageCreated: 'false' },
      'error',
    ],
    [
      'cancelled, so that no image is there',
      { status: '<complete>true</complete><cancelled>true</cancelled>', imageCreated: 'false' },
      'cancelled',
    ],
  ])('%s: %s', (_what, fields, reason) => {
    expect(reasonOf(read(fields))).toBe(reason);
  });

  test.each([
    ['0', 0],
    ['42', 42],
    ['100', 100],
    ['101', undefined],
    ['-1', undefined],
    ['4.2', undefined],
    ['', undefined],
    ['soon', undefined],
  ])('%s is how far it is: %s', (percentage, percent) => {
    expect(percentOf(read({ status: `<complete>false</complete><percentage>${percentage}</percentage>` }))).toBe(
      percent,
    );
  });

  const registering = 'uforge.example.com/software/718/130590/0123abcd';
  test.each<[string, Fields, string, string]>([
    [
      'error',
      { status: '<complete>true</complete><error>true</error><errorMessage>no disk</errorMessage>' },
      'not-ready.failed',
      'no disk',
    ],
    ['cancelled', { status: '<complete>true</complete><cancelled>true</cancelled>' }, 'not-ready.failed', 'canceled'],
    ['generating', { status: '<complete>false</complete><percentage>42</percentage>' }, 'not-ready.generating', '42 %'],
    ['neither status nor link', { status: undefined, downloadUri: undefined }, 'not-ready.generating', 'generated'],
    ['complete without an image', { imageCreated: 'false' }, 'not-ready.generating', 'generated'],
    ['simulated', { simulated: 'true' }, 'not-ready.simulated', 'simulation'],
    ['not compressed', { compress: 'false' }, 'not-ready.not-compressed', 'compress'],
    [
      'neither compressed nor linked',
      { compress: undefined, downloadUri: undefined },
      'not-ready.not-compressed',
      'compress',
    ],
    [
      'docker',
      { format: '<name>docker</name>', registeringName: registering },
      'not-ready.registry',
      `docker pull ${registering}`,
    ],
    [
      'openshift',
      { format: '<name>openshift</name>', registeringName: registering },
      'not-ready.registry',
      'docker pull',
    ],
    [
      'docker by target format',
      { format: undefined, targetFormat: '<format><name>docker</name></format>', downloadUri: undefined },
      'not-ready.registry',
      'registry',
    ],
  ])('%s: %s', (_what, fields, code, words) => {
    expect.assertions(2);
    try {
      requireReady(read(fields), 'x');
    } catch (error) {
      expect(error).toMatchObject({ code });
      expect(JSON.stringify(error)).toContain(words);
    }
  });

  test.each<[string, Fields, Pending | undefined]>([
    ['generating', { status: '<complete>false</complete><percentage>42</percentage>' }, { percent: 42 }],
    ['generating, nobody says how far', { status: '<complete>false</complete>' }, {}],
    ['complete, but not there yet', { imageCreated: 'false' }, {}],
    ['failed', { status: '<error>true</error><percentage>42</percentage>' }, undefined],
    ['cancelled', { status: '<cancelled>true</cancelled><percentage>42</percentage>' }, undefined],
    ['a simulation', { simulated: 'true', status: '<complete>false</complete>' }, undefined],
    ['not compressed', { compress: 'false' }, undefined],
    ['in a registry', { format: '<name>docker</name>', registeringName: registering }, undefined],
  ])('whoever waits gets it: %s', (_what, fields, pending) => {
    expect(errorOf(() => requireReady(read(fields), 'x')).pending).toEqual(pending);
  });

  test('a registry name that is a shell command is not shown as one', () => {
    const facts = read({ format: '<name>docker</name>', registeringName: 'x; rm -rf ~' });
    expect(() => requireReady(facts, 'x')).toThrow(
      expect.objectContaining({ hint: expect.not.stringContaining('rm') }),
    );
  });

  test('the server cannot start a line or move the cursor', () => {
    const message = '::error::x&#10;::set-output&#13;';
    const facts = read({ status: `<error>true</error><message>${message}</message>` });
    expect(() => requireReady(facts, 'x')).toThrow(
      expect.objectContaining({ message: expect.not.stringMatching(/[\r\n]/) }),
    );
  });
});
