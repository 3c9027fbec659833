import { describe, expect, it } from 'vitest';
import type { ImageFormat } from '#imgdl/core/image-format.js';
import { declaredFormat } from '#imgdl/providers/uforge/image-format.js';

const image = (format: string | undefined) => ({
  ...(format === undefined ? {} : { format }),
  identity: {},
  digests: [],
  warnings: [],
});

const ROWS: readonly (readonly [
  primitive: string | undefined,
  file: string | undefined,
  formats: readonly ImageFormat[],
])[] = [
  ['openstackqcow2', 'x_openstackqcow2.qcow2', ['qcow2', 'qcow2']],
  ['openstackqcow2', 'x.tar.gz', ['qcow2', 'gzip']],
  ['kvm', 'x_kvm.tar.gz', ['gzip']],
  ['vmware', 'x.zip', ['zip']],
  ['ovf', 'x.ova', ['tar']],
  ['vcenter', 'x.vmdk', ['vmdk']],
  ['ISO', 'x', ['iso']],
  ['vhd', undefined, ['vhd']],
  [undefined, 'x.qcow2', ['qcow2']],
];

describe('what UForge says that an image is', () => {
  it.each(ROWS)('%s in %s', (primitive, file, formats) => {
    expect(declaredFormat(image(primitive), file)?.formats).toEqual(formats);
  });

  it('is nothing for a format that says nothing of the file', () => {
    expect(declaredFormat(image('aws'), 'x.img')).toBeUndefined();
    expect(declaredFormat(image('constructor'), undefined)).toBeUndefined();
    expect(declaredFormat(image(undefined), undefined)).toBeUndefined();
  });
});
