import { describe, expect, it } from 'vitest';
import { type DeclaredFormat, formatOfName, type ImageFormat } from '#imgdl/core/image-format.js';
import { inspectImage } from '#imgdl/inspect/inspect.js';
import {
  bytesOf,
  descriptor,
  FIXTURES,
  growingVhd,
  imageOf,
  iso,
  masterBootRecord,
  qcow2,
  tar,
  vmdk,
} from './fixtures.js';

describe('what an image is and refers to', () => {
  it.each(FIXTURES)('$sentence', async (fixture) => {
    const { format, findings } = await inspectImage(imageOf(bytesOf(fixture)), undefined);
    expect(format).toBe(fixture.format);
    expect(findings.map(({ code }) => code)).toEqual(fixture.finds);
    const said = findings.map(({ message }) => message).join('\n');
    for (const name of fixture.names ?? []) expect(said).toContain(name);
  });

  it('tells long names in short', async () => {
    const backing = `/${'x'.repeat(1000)}`;
    const [finding] = (await inspectImage(imageOf(qcow2({ backing })), undefined)).findings;
    expect(finding?.message.length).toBeLessThan(250);
  });

  it('looks for the end of a vhd where the file ends', async () => {
    const bytes = Buffer.concat([growingVhd(4, 'p.vhd'), Buffer.alloc(1)]);
    const { findings } = await inspectImage(imageOf(bytes), undefined);
    expect(findings.map(({ message }) => message)).toEqual([expect.stringContaining('"p.vhd"')]);
  });
});

const metadata = (said: string, ...formats: readonly ImageFormat[]): DeclaredFormat => ({
  said,
  by: 'metadata',
  formats,
});

describe('an image that is not what it is said to be', () => {
  const RAW = Buffer.concat([masterBootRecord(), Buffer.alloc(4096)]);
  const GZIP = Buffer.from('\x1f\x8b\x08', 'latin1');
  const lies: readonly (readonly [sentence: string, declared: DeclaredFormat | undefined, bytes: Buffer])[] = [
    ['qcow2 as raw', metadata('raw', 'raw'), qcow2({})],
    ['a text of vmdk as raw', metadata('ami', 'raw'), Buffer.from(descriptor())],
    ['a vhd as raw', metadata('raw', 'raw'), growingVhd(3)],
    ['vmdk as qcow2', metadata('qcow2', 'qcow2'), vmdk(descriptor())],
    ['a raw disk as qcow2', metadata('qcow2', 'qcow2'), RAW],
    ['qcow2 as the tar that an ova is', metadata('ova', 'tar'), qcow2({})],
    ['qcow2 as compressed', metadata('compressed', 'gzip', 'xz'), qcow2({})],
    ['qcow2 under the name of an iso', formatOfName('x.iso'), qcow2({})],
    ['a raw disk under the name of a gzip', formatOfName('x.raw.GZ'), RAW],
  ];
  it.each(lies)('%s', async (_, declared, bytes) => {
    const { findings } = await inspectImage(imageOf(bytes), declared);
    expect(findings.map(({ code }) => code)).toContain('inspect.format');
  });

  it('is told with whose word that was', async () => {
    const messages = await Promise.all(
      [metadata('ra\nw', 'raw'), formatOfName('x.vhd'), { said: 'iso', by: 'option', formats: ['iso'] } as const].map(
        async (declared) => (await inspectImage(imageOf(qcow2({})), declared)).findings.map(({ message }) => message),
      ),
    );
    const guessed = 'but its header says qcow2: a tool that guesses the format would treat it as qcow2';
    expect(messages.flat()).toEqual([
      `the metadata calls the image "ra w", ${guessed}`,
      `the name of the image ends in ".vhd", ${guessed}`,
      `--format calls the image "iso", ${guessed}`,
    ]);
  });

  const truths: readonly (readonly [sentence: string, declared: DeclaredFormat | undefined, bytes: Buffer])[] = [
    ['nobody says anything', undefined, qcow2({})],
    ['it is what it is said to be', metadata('qcow2', 'qcow2'), qcow2({})],
    ['an iso, also of a stick, is a raw disk', metadata('raw', 'raw'), iso(masterBootRecord())],
    ['an iso of a stick is an iso', metadata('iso', 'iso'), iso(masterBootRecord())],
    ['a raw disk may be encrypted', metadata('raw', 'raw'), Buffer.from('LUKS\xba\xbe', 'latin1')],
    ['a raw disk may begin with anything', metadata('raw', 'raw'), Buffer.from('anything')],
    ['a kernel is compressed', metadata('aki', 'raw'), GZIP],
    ['a disk in an archive', metadata('qcow2', 'qcow2'), GZIP],
    ['another archive than the name says', formatOfName('x.tar.gz'), tar()],
    ['what nobody knows', metadata('qcow2', 'qcow2'), Buffer.alloc(4096)],
    ['an ova', formatOfName('x.ova'), tar()],
    ['.img says nothing', formatOfName('ubuntu.img'), qcow2({})],
    ['.raw says nothing', formatOfName('disk.raw'), qcow2({})],
    ['.bin says nothing', formatOfName('disk.bin'), qcow2({})],
    ['a flat extent of VMware is a raw disk', formatOfName('disk-flat.vmdk'), RAW],
    ['a version is no extension', formatOfName('ubuntu-22.04'), qcow2({})],
  ];
  it.each(truths)('no contradiction: %s', async (_, declared, bytes) => {
    expect((await inspectImage(imageOf(bytes), declared)).findings).toEqual([]);
  });
});
