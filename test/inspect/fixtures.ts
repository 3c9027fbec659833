/** Images that are a header and little else, made here byte by byte: for the tables and for the fuzzing. */

import type { ImageFormat } from '#imgdl/core/image-format.js';
import type { FindingCode, ReadableImage } from '#imgdl/core/inspection.js';

/** Bytes at a place; what lies between is zeros. */
export interface Piece {
  readonly at: number;
  readonly bytes: Buffer;
}

export interface Fixture {
  readonly sentence: string;
  readonly size: number;
  readonly pieces: readonly Piece[];
  /** Undefined: not recognized. */
  readonly format: ImageFormat | undefined;
  readonly finds: readonly FindingCode[];
  /** In the messages, verbatim. */
  readonly names?: readonly string[];
}

/** The bytes of a fixture, all of them. */
export function bytesOf({ size, pieces }: Pick<Fixture, 'size' | 'pieces'>): Buffer {
  const bytes = Buffer.alloc(size);
  for (const piece of pieces) piece.bytes.copy(bytes, piece.at);
  return bytes;
}

export function imageOf(bytes: Uint8Array): ReadableImage {
  return { size: bytes.byteLength, read: async (offset, length) => bytes.subarray(offset, offset + length) };
}

const MEBIBYTE = 1024 * 1024;

const u16le = (value: number): Buffer => Buffer.from(new Uint16Array([value]).buffer);
const u32le = (value: number): Buffer => Buffer.from(new Uint32Array([value]).buffer);
const u32be = (value: number): Buffer => u32le(value).reverse();
const u64le = (value: number | bigint): Buffer => Buffer.from(new BigUint64Array([BigInt(value)]).buffer);
const u64be = (value: number | bigint): Buffer => u64le(value).reverse();
const zeros = (length: number): Buffer => Buffer.alloc(length);
const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le');

type Told = Pick<Fixture, 'format' | 'finds'> & Pick<Partial<Fixture>, 'names'>;

function fixture(sentence: string, bytes: Buffer, told: Told, size = bytes.byteLength): Fixture {
  return { sentence, size, pieces: [{ at: 0, bytes }], ...told };
}

export interface Qcow2 {
  readonly version?: number;
  readonly backing?: string;
  readonly backingAt?: bigint;
  readonly backingBytes?: number;
  readonly features?: bigint;
  /** Type and data. */
  readonly extensions?: readonly (readonly [type: number, data: string])[];
}

export const BACKING_FORMAT = 0xe2792aca;
export const DATA_FILE = 0x44415441;

export function qcow2({
  version = 3,
  backing,
  backingAt,
  backingBytes,
  features = 0n,
  extensions = [],
}: Qcow2): Buffer {
  const parts = extensions.map(([type, data]) =>
    Buffer.concat([u32be(type), u32be(data.length), Buffer.from(data), zeros((8 - (data.length % 8)) % 8)]),
  );
  const extended = Buffer.concat([...parts, zeros(8)]);
  const headerBytes = version >= 3 ? 104 : 72;
  const nameAt = backing === undefined ? 0 : headerBytes + extended.byteLength;
  const header = Buffer.concat([
    Buffer.from('QFI\xfb', 'latin1'),
    u32be(version),
    u64be(backingAt ?? nameAt),
    u32be(backingBytes ?? Buffer.byteLength(backing ?? '')),
    u32be(16),
    u64be(1024 * 1024),
    zeros(40),
    ...(version >= 3 ? [u64be(features), zeros(16), u32be(4), u32be(104)] : []),
  ]);
  const used = Buffer.concat([header, extended, Buffer.from(backing ?? '')]);
  return Buffer.concat([used, zeros(Math.max(0, 4096 - used.byteLength))]);
}

const QCOW2: readonly Fixture[] = [
  fixture('qcow2 v3 that is complete in itself', qcow2({}), { format: 'qcow2', finds: [] }),
  fixture('qcow2 v2 that is complete in itself', qcow2({ version: 2 }), { format: 'qcow2', finds: [] }),
  fixture('qcow2 with every harmless feature', qcow2({ features: 0b11011n }), { format: 'qcow2', finds: [] }),
  fixture('qcow2 with a table of feature names', qcow2({ extensions: [[0x6803f857, 'dirty bit'.padEnd(48, '\0')]] }), {
    format: 'qcow2',
    finds: [],
  }),
  fixture('qcow2 v2 with a backing file', qcow2({ version: 2, backing: '/etc/passwd' }), {
    format: 'qcow2',
    finds: ['inspect.backing-file'],
    names: ['"/etc/passwd"'],
  }),
  fixture(
    'qcow2 v3 with a backing file and its format',
    qcow2({ backing: 'base.img', extensions: [[BACKING_FORMAT, 'raw']] }),
    { format: 'qcow2', finds: ['inspect.backing-file'], names: ['of format "raw", "base.img"'] },
  ),
  fixture('qcow2 with a backing file across the network', qcow2({ backing: 'nbd://10.0.0.1:10809/x' }), {
    format: 'qcow2',
    finds: ['inspect.backing-file'],
    names: ['"nbd://10.0.0.1:10809/x"'],
  }),
  fixture('qcow2 with a backing file in JSON', qcow2({ backing: 'json:{"driver":"file","filename":"/etc/shadow"}' }), {
    format: 'qcow2',
    finds: ['inspect.backing-file'],
    names: ["'filename':'/etc/shadow'"],
  }),
  fixture(
    'qcow2 with a backing file that would act on a terminal',
    qcow2({ backing: 'a\x1b]0;x\x07\n::add-path::/x' }),
    {
      format: 'qcow2',
      finds: ['inspect.backing-file'],
      names: ['"a\\x1b]0;x\\x07 ::add-path::/x"'],
    },
  ),
  fixture(
    'qcow2 with an external data file',
    qcow2({
      features: 4n,
      extensions: [
        [BACKING_FORMAT, 'raw'],
        [DATA_FILE, '/etc/passwd'],
      ],
    }),
    { format: 'qcow2', finds: ['inspect.data-file'], names: ['"/etc/passwd"'] },
  ),
  fixture('qcow2 with an external data file that it does not name', qcow2({ features: 4n }), {
    format: 'qcow2',
    finds: ['inspect.data-file'],
    names: ['whose name cannot be read'],
  }),
  fixture('qcow2 that names an external data file without the feature', qcow2({ extensions: [[DATA_FILE, 'x.raw']] }), {
    format: 'qcow2',
    finds: ['inspect.data-file'],
    names: ['"x.raw"'],
  }),
  fixture('qcow2 with both', qcow2({ backing: 'b', features: 4n, extensions: [[DATA_FILE, 'd']] }), {
    format: 'qcow2',
    finds: ['inspect.backing-file', 'inspect.data-file'],
    names: ['"b"', '"d"'],
  }),
  fixture('qcow2 whose backing file is named beyond the end', qcow2({ backingAt: 2n ** 63n, backingBytes: 9 }), {
    format: 'qcow2',
    finds: ['inspect.backing-file'],
    names: ['whose name cannot be read'],
  }),
  fixture('qcow2 that is cut short', qcow2({}).subarray(0, 90), { format: 'qcow2', finds: ['inspect.header'] }),
  fixture('qcow, the first version, with a backing file', qcow2({ version: 1, backing: 'old.img' }), {
    format: 'qcow',
    finds: ['inspect.backing-file'],
    names: ['"old.img"'],
  }),
];

export function qed(features: bigint, backing = ''): Buffer {
  const header = [
    u32le(65_536),
    u32le(4),
    u32le(1),
    u64le(features),
    u64le(0),
    u64le(0),
    u64le(65_536),
    u64le(MEBIBYTE),
  ];
  const name = [u32le(64), u32le(Buffer.byteLength(backing)), Buffer.from(backing)];
  return Buffer.concat([Buffer.from('QED\0'), ...header, ...name, zeros(1024)]);
}

const QED: readonly Fixture[] = [
  fixture('qed that is complete in itself', qed(0n), { format: 'qed', finds: [] }),
  fixture('qed with a backing file', qed(1n, '/dev/sda'), {
    format: 'qed',
    finds: ['inspect.backing-file'],
    names: ['"/dev/sda"'],
  }),
  fixture('qed that is cut short', qed(0n).subarray(0, 40), { format: 'qed', finds: ['inspect.header'] }),
];

export interface Descriptor {
  readonly createType?: string;
  readonly parentCid?: string;
  readonly extents?: readonly string[];
  readonly more?: string;
}

export function descriptor({
  createType = 'monolithicSparse',
  parentCid = 'ffffffff',
  extents = ['RW 2048 SPARSE "disk.vmdk"'],
  more = '',
}: Descriptor = {}): string {
  return [
    '# Disk DescriptorFile',
    'version=1',
    'CID=fffffffe',
    `parentCID=${parentCid}`,
    `createType="${createType}"`,
    more,
    '# Extent description',
    ...extents,
    '# The Disk Data Base',
    '#DDB',
    'ddb.virtualHWVersion = "4"',
    'ddb.geometry.cylinders = "2"',
    '',
  ].join('\n');
}

export interface Vmdk {
  readonly capacity?: bigint;
  readonly sectorAt?: bigint;
  readonly sectors?: bigint;
  /** The header is at the end, behind the data; this one is what stands at the start. */
  readonly footer?: boolean;
}

function vmdkHeader({ capacity = 2048n, sectorAt = 1n, sectors = 20n }: Vmdk, grainDirectory: bigint): Buffer {
  const header = Buffer.concat([
    Buffer.from('KDMV'),
    u32le(1),
    u32le(3),
    u64le(capacity),
    u64le(128),
    u64le(sectorAt),
    u64le(sectors),
    u32le(512),
    u64le(21),
    u64le(grainDirectory),
    u64le(128),
    Buffer.from('\0\n \r\n', 'latin1'),
  ]);
  return Buffer.concat([header, zeros(512 - header.byteLength)]);
}

export function vmdk(text: string, facts: Vmdk = {}): Buffer {
  const place = Buffer.concat([Buffer.from(text), zeros(Math.max(0, 20 * 512 - Buffer.byteLength(text)))]);
  const { footer = false } = facts;
  const start = footer ? vmdkHeader({}, 0xffff_ffff_ffff_ffffn) : vmdkHeader(facts, 26n);
  const end = footer ? [zeros(512), vmdkHeader(facts, 26n), zeros(512)] : [];
  return Buffer.concat([start, place, zeros(4096), ...end]);
}

const VMDK: readonly Fixture[] = [
  fixture('vmdk that holds its data', vmdk(descriptor()), { format: 'vmdk', finds: [] }),
  fixture('vmdk for streaming', vmdk(descriptor({ createType: 'streamOptimized' }), { footer: true }), {
    format: 'vmdk',
    finds: [],
  }),
  fixture('vmdk that is one of several extents', vmdk('', { sectorAt: 0n, sectors: 0n }), {
    format: 'vmdk',
    finds: [],
  }),
  fixture(
    'vmdk text of a flat disk',
    Buffer.from(descriptor({ createType: 'monolithicFlat', extents: ['RW 20 FLAT "/etc/passwd" 0'] })),
    {
      format: 'vmdk',
      finds: ['inspect.extent'],
      names: ['"/etc/passwd"'],
    },
  ),
  fixture(
    'vmdk text with line ends of Windows',
    Buffer.from(descriptor({ extents: ['RW 20 FLAT "x-flat.vmdk" 0'] }).replaceAll('\n', '\r\n')),
    {
      format: 'vmdk',
      finds: ['inspect.extent'],
      names: ['"x-flat.vmdk"'],
    },
  ),
  fixture('vmdk text that begins as only qemu knows it', Buffer.from('# a\n\nversion=1\nRW 1 FLAT "/etc/hosts" 0\n'), {
    format: 'vmdk',
    finds: ['inspect.extent'],
    names: ['"/etc/hosts"'],
  }),
  fixture(
    'vmdk text of many extents',
    Buffer.from(
      descriptor({
        createType: 'twoGbMaxExtentFlat',
        extents: [1, 2, 3, 4, 5].map((n) => `RW 9 FLAT "d-f00${n}.vmdk" 0`),
      }),
    ),
    { format: 'vmdk', finds: ['inspect.extent'], names: ['"d-f001.vmdk", "d-f002.vmdk", "d-f003.vmdk" and 2 more'] },
  ),
  fixture(
    'vmdk that holds a descriptor of a flat disk',
    vmdk(descriptor({ createType: 'monolithicFlat', extents: ['RW 20 FLAT "x-flat.vmdk" 0'] })),
    {
      format: 'vmdk',
      finds: ['inspect.extent'],
    },
  ),
  fixture('vmdk that names a path as its own data', vmdk(descriptor({ extents: ['RW 2048 SPARSE "../disk.vmdk"'] })), {
    format: 'vmdk',
    finds: ['inspect.extent'],
    names: ['"../disk.vmdk"'],
  }),
  fixture(
    'vmdk that names a second extent',
    vmdk(descriptor({ extents: ['RW 1 SPARSE "a.vmdk"', 'RW 1 SPARSE "b.vmdk"'] })),
    {
      format: 'vmdk',
      finds: ['inspect.extent'],
    },
  ),
  fixture(
    'vmdk without a capacity, which is nothing but its descriptor',
    vmdk(descriptor({ extents: ['RW 1 FLAT "shadow" 0'] }), { capacity: 0n }),
    {
      format: 'vmdk',
      finds: ['inspect.extent'],
      names: ['"shadow"'],
    },
  ),
  fixture('vmdk with a parent', vmdk(descriptor({ parentCid: '1234abcd', more: 'parentFileNameHint="/base.vmdk"' })), {
    format: 'vmdk',
    finds: ['inspect.parent'],
    names: ['"/base.vmdk"'],
  }),
  fixture('vmdk with a parent that it does not name', vmdk(descriptor({ parentCid: '1234abcd' })), {
    format: 'vmdk',
    finds: ['inspect.parent'],
  }),
  fixture(
    'vmdk that names a parent where only qemu looks',
    vmdk('parentFileNameHint="/etc/x"\n', { sectorAt: 0n, sectors: 0n }),
    {
      format: 'vmdk',
      finds: ['inspect.parent'],
      names: ['"/etc/x"'],
    },
  ),
  fixture(
    'vmdk for streaming whose footer says something else',
    vmdk(descriptor({ extents: ['RW 1 FLAT "shadow" 0'] }), { footer: true, capacity: 0n }),
    {
      format: 'vmdk',
      finds: ['inspect.extent'],
    },
  ),
  fixture('vmdk whose descriptor is beyond the end', vmdk(descriptor(), { sectorAt: 2n ** 62n }), {
    format: 'vmdk',
    finds: ['inspect.header'],
  }),
  fixture('vmdk whose descriptor is of 2^63 sectors', vmdk(descriptor(), { sectors: 2n ** 63n }), {
    format: 'vmdk',
    finds: ['inspect.header'],
  }),
  fixture('vmdk that is cut short', vmdk(descriptor()).subarray(0, 30), { format: 'vmdk', finds: ['inspect.header'] }),
  fixture('vmdk of ESX, a root', Buffer.concat([Buffer.from('COWD'), u32le(1), u32le(3), zeros(2036)]), {
    format: 'vmdk',
    finds: [],
  }),
  fixture(
    'vmdk of ESX, with a parent',
    Buffer.concat([Buffer.from('COWD'), u32le(1), u32le(2), zeros(20), Buffer.from('p.vmdk'), zeros(2010)]),
    {
      format: 'vmdk',
      finds: ['inspect.parent'],
      names: ['"p.vmdk"'],
    },
  ),
];

/** With its checksum. */
export function vhdFooter(type: number, dataAt = 0xffff_ffff_ffff_ffffn): Buffer {
  const footer = Buffer.alloc(512);
  footer.write('conectix', 0, 'latin1');
  footer.writeUInt32BE(2, 8);
  footer.writeUInt32BE(0x10000, 12);
  footer.writeBigUInt64BE(dataAt, 16);
  footer.write('qem2', 28, 'latin1');
  footer.writeBigUInt64BE(BigInt(MEBIBYTE), 40);
  footer.writeBigUInt64BE(BigInt(MEBIBYTE), 48);
  footer.writeUInt32BE(type, 60);
  const sum = footer.reduce((total, byte) => total + byte, 0);
  footer.writeUInt32BE(0xffff_ffff - sum, 64);
  return footer;
}

export function growingVhd(type: number, parentName = '', locator = ''): Buffer {
  const header = Buffer.alloc(1024);
  header.write('cxsparse', 0, 'latin1');
  if (parentName !== '') utf16(parentName).swap16().copy(header, 64);
  if (locator !== '') {
    header.write('W2ku', 576, 'latin1');
    header.writeUInt32BE(locator.length * 2, 584);
    header.writeBigUInt64BE(1536n, 592);
  }
  const footer = vhdFooter(type, 512n);
  return Buffer.concat([footer, header, utf16(locator), zeros(512), footer]);
}

/** A boot sector with one partition. */
export function masterBootRecord(): Buffer {
  const sector = Buffer.alloc(512);
  sector.writeUInt8(0x80, 446);
  sector.writeUInt8(0x83, 450);
  sector.writeUInt32LE(2048, 454);
  sector.writeUInt32LE(2048, 458);
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}

const VHD: readonly Fixture[] = [
  fixture('vhd that grows', growingVhd(3), { format: 'vhd', finds: [] }),
  fixture(
    'vhd that is fixed, of a disk with partitions',
    Buffer.concat([masterBootRecord(), zeros(4096), vhdFooter(2)]),
    {
      format: 'vhd',
      finds: [],
    },
  ),
  fixture('vhd with a parent', growingVhd(4, 'C:\\base.vhd'), {
    format: 'vhd',
    finds: ['inspect.parent'],
    names: ['"C:\\base.vhd"'],
  }),
  fixture('vhd with a parent in a locator', growingVhd(4, '', '.\\base.vhd'), {
    format: 'vhd',
    finds: ['inspect.parent'],
    names: ['".\\base.vhd"'],
  }),
  fixture(
    'vhd whose footer alone says that it has a parent',
    Buffer.concat([growingVhd(3).subarray(0, -512), vhdFooter(4, 512n)]),
    {
      format: 'vhd',
      finds: ['inspect.parent'],
    },
  ),
  fixture(
    'vhd whose footer has another checksum',
    Buffer.concat([masterBootRecord(), vhdFooter(2).fill(1, 100, 101)]),
    {
      format: 'raw',
      finds: [],
    },
  ),
  fixture('vhd that is cut short', growingVhd(3).subarray(0, 20), { format: 'vhd', finds: ['inspect.header'] }),
];

const guid = (hex: string): Buffer => Buffer.from(hex, 'hex');

export interface Vhdx {
  readonly flags?: number;
  readonly locator?: Readonly<Record<string, string>>;
  readonly metadataAt?: bigint;
  readonly regions?: Buffer;
  readonly metadata?: Buffer;
}

export function parentLocator(entries: Readonly<Record<string, string>>): Buffer {
  const table: Buffer[] = [guid('b7ef4ab044b84ea0a68b3d2d2d2d2d2d'), u16le(0), u16le(Object.keys(entries).length)];
  const texts: Buffer[] = [];
  let at = 20 + Object.keys(entries).length * 12;
  for (const [key, value] of Object.entries(entries)) {
    const [keyText, valueText] = [utf16(key), utf16(value)];
    table.push(u32le(at), u32le(at + keyText.byteLength), u16le(keyText.byteLength), u16le(valueText.byteLength));
    texts.push(keyText, valueText);
    at += keyText.byteLength + valueText.byteLength;
  }
  return Buffer.concat([...table, ...texts]);
}

export function vhdx({
  flags = 0,
  locator,
  metadataAt = BigInt(2 * MEBIBYTE),
  regions,
  metadata,
}: Vhdx): readonly Piece[] {
  const region = Buffer.concat([
    Buffer.from('regi'),
    u32le(0),
    u32le(2),
    u32le(0),
    guid('6677c22d23f600429d64115e9bfd4a08'),
    u64le(3 * MEBIBYTE),
    u32le(MEBIBYTE),
    u32le(1),
    guid('06a27c8b90479a4bb8fe575f050f886e'),
    u64le(metadataAt),
    u32le(MEBIBYTE),
    u32le(1),
  ]);
  const located = locator === undefined ? undefined : parentLocator(locator);
  const items: readonly (readonly [id: string, at: number, length: number])[] = [
    ['3767a1ca36fa434db3b633f0aa44e76b', 65_536, 8],
    ['2442a52f1bcd7648b2115dbed83bf4b8', 65_544, 8],
    ...(located === undefined ? [] : [['2d5fd3a80bb34d45abf7d3d84834ab0c', 65_552, located.byteLength] as const]),
  ];
  const entries = items.map(([id, at, length]) =>
    Buffer.concat([guid(id), u32le(at), u32le(length), u32le(4), u32le(0)]),
  );
  const table = Buffer.concat([Buffer.from('metadata'), u16le(0), u16le(items.length), zeros(20), ...entries]);
  const place = metadataAt < BigInt(3 * MEBIBYTE) ? Number(metadataAt) : 2 * MEBIBYTE;
  return [
    { at: 0, bytes: Buffer.from('vhdxfile') },
    { at: 192 * 1024, bytes: regions ?? region },
    { at: 256 * 1024, bytes: regions ?? region },
    { at: place, bytes: metadata ?? table },
    { at: place + 65_536, bytes: Buffer.concat([u32le(MEBIBYTE), u32le(flags), u64le(MEBIBYTE), located ?? zeros(0)]) },
  ];
}

function vhdxFixture(sentence: string, facts: Vhdx, told: Omit<Told, 'format'>): Fixture {
  return { sentence, size: 3 * MEBIBYTE, pieces: vhdx(facts), format: 'vhdx', ...told };
}

const VHDX: readonly Fixture[] = [
  vhdxFixture('vhdx that is complete in itself', {}, { finds: [] }),
  vhdxFixture(
    'vhdx with a parent',
    { flags: 2, locator: { parent_linkage: '{x}', relative_path: '.\\base.vhdx' } },
    {
      finds: ['inspect.parent'],
      names: ['".\\base.vhdx"'],
    },
  ),
  vhdxFixture('vhdx with a parent that it does not name', { flags: 2 }, { finds: ['inspect.parent'] }),
  vhdxFixture(
    'vhdx with the locator of a parent that it should not have',
    { locator: { volume_path: '\\\\?\\x' } },
    {
      finds: ['inspect.parent'],
      names: ['"\\\\?\\x"'],
    },
  ),
  vhdxFixture('vhdx without region tables', { regions: Buffer.from('nope') }, { finds: ['inspect.header'] }),
  vhdxFixture('vhdx whose metadata are elsewhere', { metadataAt: 2n ** 60n }, { finds: ['inspect.header'] }),
  vhdxFixture(
    'vhdx whose metadata are something else',
    { metadata: Buffer.from('MetaData') },
    { finds: ['inspect.header'] },
  ),
  fixture('vhdx that is cut short', Buffer.from('vhdxfile and so on'), { format: 'vhdx', finds: ['inspect.header'] }),
];

export function vdi(type: number): Buffer {
  const header = Buffer.concat([Buffer.from('<<< QEMU VM Virtual Disk Image >>>\n'), zeros(29)]);
  return Buffer.concat([header, u32le(0xbeda107f), u32le(0x10001), u32le(400), u32le(type), zeros(1024)]);
}

export function tar(): Buffer {
  const header = Buffer.alloc(1536);
  header.write('disk.img', 0);
  header.write('0000644\0', 100);
  header.write('00000000000\0', 124);
  header.write('ustar\x0000', 257, 'latin1');
  return header;
}

export function iso(start = zeros(512)): Buffer {
  const bytes = Buffer.alloc(40 * 1024);
  start.copy(bytes);
  bytes.write('\x01CD001\x01', 32 * 1024, 'latin1');
  return bytes;
}

const magic = (bytes: string, length = 1024): Buffer => Buffer.concat([Buffer.from(bytes, 'latin1'), zeros(length)]);

const OTHERS: readonly Fixture[] = [
  fixture('vdi that grows', vdi(1), { format: 'vdi', finds: [] }),
  fixture('vdi with a parent', vdi(4), { format: 'vdi', finds: ['inspect.parent'] }),
  fixture('vdi that is cut short', vdi(1).subarray(0, 70), { format: 'vdi', finds: ['inspect.header'] }),
  fixture('parallels', magic('WithoutFreeSpace'), { format: 'parallels', finds: [] }),
  fixture('parallels, the larger form', magic('WithouFreSpacExt'), { format: 'parallels', finds: [] }),
  fixture('luks', magic('LUKS\xba\xbe\0\x01'), { format: 'luks', finds: [] }),
  fixture('iso', iso(), { format: 'iso', finds: [] }),
  fixture('iso that also boots from a stick', iso(masterBootRecord()), { format: 'iso', finds: [] }),
  fixture('raw disk with partitions', Buffer.concat([masterBootRecord(), zeros(4096)]), { format: 'raw', finds: [] }),
  fixture('raw disk with a boot sector and no partition', magic(`${'\0'.repeat(510)}\x55\xaa`), {
    format: undefined,
    finds: [],
  }),
  fixture('gzip', magic('\x1f\x8b\x08\0'), { format: 'gzip', finds: [] }),
  fixture('xz', magic('\xfd7zXZ\0'), { format: 'xz', finds: [] }),
  fixture('zstd', magic('\x28\xb5\x2f\xfd'), { format: 'zstd', finds: [] }),
  fixture('bzip2', magic('BZh91AY&SY'), { format: 'bzip2', finds: [] }),
  fixture('zip', magic('PK\x03\x04'), { format: 'zip', finds: [] }),
  fixture('7z', magic('7z\xbc\xaf\x27\x1c'), { format: '7z', finds: [] }),
  fixture('tar', tar(), { format: 'tar', finds: [] }),
  fixture('nothing at all', zeros(0), { format: undefined, finds: [] }),
  fixture('three bytes', Buffer.from('QFI'), { format: undefined, finds: [] }),
  fixture('zeros', zeros(70_000), { format: undefined, finds: [] }),
  fixture('a script', Buffer.from('#!/bin/sh\n# Disk\nexit 0\n'), { format: undefined, finds: [] }),
];

export const FIXTURES: readonly Fixture[] = [...QCOW2, ...QED, ...VMDK, ...VHD, ...VHDX, ...OTHERS];
