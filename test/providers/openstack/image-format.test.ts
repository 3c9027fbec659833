import { describe, expect, it } from 'vitest';
import type { ImageFormat } from '#imgdl/core/image-format.js';
import { recordOf } from '#imgdl/providers/openstack/images.js';
import { remoteOf } from '#imgdl/providers/openstack/remote.js';

const declared = (properties: Readonly<Record<string, string>>) => {
  const record = recordOf({ id: '6a1d3c52-8f0e-4b7a-9d21-0c5e4f3b2a19', status: 'active', size: 1, ...properties });
  return record === undefined ? undefined : remoteOf(record, new URL('http://glance')).format;
};

const ROWS: readonly (readonly [disk: string, container: string, said: string, formats: readonly ImageFormat[]])[] = [
  ['qcow2', 'bare', 'qcow2', ['qcow2']],
  ['raw', 'bare', 'raw', ['raw']],
  ['vmdk', 'bare', 'vmdk', ['vmdk']],
  ['ploop', 'bare', 'ploop', ['parallels']],
  ['ami', 'ami', 'ami', ['raw']],
  ['aki', 'aki', 'aki', ['raw']],
  ['ari', 'ari', 'ari', ['raw']],
  ['vmdk', 'ova', 'ova', ['tar']],
  ['raw', 'docker', 'docker', ['tar']],
  ['qcow2', 'compressed', 'compressed', ['gzip', 'xz', 'zstd', 'bzip2', 'zip', '7z']],
];

describe('what Glance says that an image is', () => {
  it.each(ROWS)('%s in %s', (disk, container, said, formats) => {
    expect(declared({ disk_format: disk, container_format: container })).toEqual({ said, by: 'metadata', formats });
  });

  it('is nothing for a package, a format of the operator, a name of JavaScript, and where it is not said', () => {
    expect(declared({ disk_format: 'vmdk', container_format: 'ovf' })).toBeUndefined();
    expect(declared({ disk_format: 'root-tar', container_format: 'bare' })).toBeUndefined();
    expect(declared({ disk_format: 'constructor', container_format: '__proto__' })).toBeUndefined();
    expect(declared({})).toBeUndefined();
  });

  it('allows for the flat disk of a vmdk for ESX', () => {
    const flat = { disk_format: 'vmdk', container_format: 'bare', vmware_disktype: 'preallocated' };
    expect(declared(flat)?.formats).toEqual(['vmdk', 'raw']);
  });
});
