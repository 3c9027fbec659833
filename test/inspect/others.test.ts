/** The same images in the eyes of others: made by qemu, and judged by Glance. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FindingCode } from '#imgdl/core/inspection.js';
import { inspectImage } from '#imgdl/inspect/inspect.js';
import { backedImage } from '#imgdl/sandbox/files/backed-image.js';
import { bytesOf, FIXTURES, imageOf } from './fixtures.js';

const run = promisify(execFile);

function lacks(command: string, ...args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return false;
  } catch {
    return true;
  }
}

const directory = mkdtempSync(join(tmpdir(), 'imgdl-inspect-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** What qemu-img makes, after `create`: its arguments before the name and the size. */
const MADE: readonly (readonly [format: string, args: readonly string[], finds: readonly FindingCode[]])[] = [
  ['qcow2', ['-o', 'compat=0.10'], []],
  ['qcow2', ['-o', 'compat=1.1,lazy_refcounts=on,compression_type=zstd'], []],
  ['qcow2', ['-o', 'backing_file=base.raw,backing_fmt=raw'], ['inspect.backing-file']],
  ['qcow2', ['-o', 'data_file=data.raw,data_file_raw=on'], ['inspect.data-file']],
  ['qcow', [], []],
  ['qed', [], []],
  ['qed', ['-o', 'backing_file=base.raw,backing_fmt=raw'], ['inspect.backing-file']],
  ['vmdk', ['-o', 'subformat=monolithicSparse'], []],
  ['vmdk', ['-o', 'subformat=streamOptimized'], []],
  ['vmdk', ['-o', 'subformat=monolithicFlat'], ['inspect.extent']],
  ['vmdk', ['-o', 'subformat=twoGbMaxExtentSparse'], ['inspect.extent']],
  ['vmdk', ['-o', 'subformat=monolithicSparse,backing_file=base.vmdk,backing_fmt=vmdk'], ['inspect.parent']],
  ['vpc', ['-o', 'subformat=dynamic'], []],
  ['vpc', ['-o', 'subformat=fixed'], []],
  ['vhdx', [], []],
  ['vdi', [], []],
  ['parallels', [], []],
];

describe.skipIf(lacks('qemu-img', '--version'))('what qemu-img makes', () => {
  const make = (args: readonly string[]) => run('qemu-img', ['create', '-q', ...args], { cwd: directory });
  beforeAll(async () => {
    await make(['-f', 'raw', 'base.raw', '1M']);
    await make(['-f', 'vmdk', 'base.vmdk', '1M']);
  });

  it('is what the sandbox has to show', async () => {
    const image = backedImage('backed', 0);
    const bytes = image.bytes(0, image.size);
    writeFileSync(join(directory, 'backed.qcow2'), bytes);
    const { stdout } = await run('qemu-img', ['info', '--output=json', 'backed.qcow2'], { cwd: directory });
    expect(JSON.parse(stdout)).toMatchObject({ format: 'qcow2', 'backing-filename': '/etc/passwd' });
    const { findings } = await inspectImage(imageOf(bytes), undefined);
    expect(findings.map(({ code }) => code)).toEqual(['inspect.backing-file']);
  });

  it.each(
    MADE.map(([format, args, finds], at) => ({ name: `${format} ${args[1] ?? ''}`.trim(), at, format, args, finds })),
  )('$name', async ({ at, format, args, finds }) => {
    const file = `made-${at}.${format}`;
    await make(['-f', format, ...args, file, '1M']);
    const inspected = await inspectImage(imageOf(readFileSync(join(directory, file))), undefined);
    expect(inspected.format).toBe(format === 'vpc' ? 'vhd' : format);
    expect(inspected.findings.map(({ code }) => code)).toEqual(finds);
  });
});

/** What Glance refuses and imgdl does not. */
const STRICTER: readonly string[] = [
  // Every qed, since nobody is to use it any more.
  'qed that is complete in itself',
  // A feature that this Glance is too old to know.
  'qcow2 with every harmless feature',
];

/** What imgdl tells and Glance accepts. */
const LAXER: readonly string[] = [
  // A tool that goes by the extension reads the file all the same.
  'qcow2 that names an external data file without the feature',
  // Of a vmdk Glance takes slashes in names for unsafe, and nothing else.
  'vmdk that holds a descriptor of a flat disk',
  'vmdk that names a second extent',
  'vmdk without a capacity, which is nothing but its descriptor',
  'vmdk with a parent',
  'vmdk with a parent that it does not name',
  // Of the others it looks for no parents.
  'vhd with a parent',
  'vhd with a parent in a locator',
  'vhd whose footer alone says that it has a parent',
  'vhdx with a parent',
  'vhdx with a parent that it does not name',
  'vhdx with the locator of a parent that it should not have',
  'vdi with a parent',
];

describe.skipIf(lacks('/usr/bin/python3', '-c', 'import glance'))("Glance's own inspector", () => {
  it('says the same of every image that it recognizes, but for what is listed', async () => {
    const files = FIXTURES.map((fixture, at) => ({ fixture, path: join(directory, `fixture-${at}`) }));
    for (const { fixture, path } of files) writeFileSync(path, bytesOf(fixture));
    const script = new URL('glance_verdicts.py', import.meta.url).pathname;
    const { stdout } = await run('/usr/bin/python3', [script, ...files.map(({ path }) => path)]);
    const verdicts = JSON.parse(stdout) as Readonly<Record<string, { format: string; safe: boolean }>>;
    // What it does not recognize, such as a text of vmdk or a header that is cut short, it calls a safe raw disk.
    const known = files
      .map(({ fixture, path }) => ({ ...fixture, glance: verdicts[path] }))
      .filter(({ glance }) => glance?.format !== 'raw');
    expect(known.length).toBeGreaterThan(30);
    const other = known.filter(({ format, glance }) => format !== glance?.format);
    expect(other.map(({ format, glance }) => [format, glance?.format])).toEqual([['qcow', 'qcow2']]);
    const sentences = (which: typeof known) => which.map(({ sentence }) => sentence).sort();
    expect(sentences(known.filter(({ glance, finds }) => glance?.safe === false && finds.length === 0))).toEqual(
      [...STRICTER].sort(),
    );
    expect(sentences(known.filter(({ glance, finds }) => glance?.safe === true && finds.length > 0))).toEqual(
      [...LAXER].sort(),
    );
  });
});
