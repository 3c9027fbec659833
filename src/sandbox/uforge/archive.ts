import { gzipSync } from 'node:zlib';
import { contentAt } from '../files/content.js';
import { FixedObject } from '../files/objects.js';

/** What an archive is of. */
export interface Archived {
  readonly kind: 'appliance' | 'bundle';
  readonly name: string;
  readonly version: string;
  /** As the request said. */
  readonly outputFormat: string;
  /** Milliseconds since 1970. */
  readonly createdMs: number;
}

const BLOCK = 512;

/** A file of a tar archive: ustar's header, its bytes, zeros up to the block. */
function entry(name: string, bytes: Buffer, modifiedMs: number): Buffer {
  const header = Buffer.alloc(BLOCK);
  const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, '0')}\0`;
  header.write(name, 0, 100);
  header.write(octal(0o644, 8), 100);
  header.write(octal(0, 8), 108);
  header.write(octal(0, 8), 116);
  header.write(octal(bytes.length, 12), 124);
  header.write(octal(Math.floor(modifiedMs / 1000), 12), 136);
  header.write(' '.repeat(8), 148);
  header.write('0', 156);
  header.write('ustar\u000000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, bytes, Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK)]);
}

/** What an export is for: the appliance or bundle as text, in the format that was asked for. */
function description({ kind, name, version, outputFormat }: Archived): {
  readonly name: string;
  readonly text: string;
} {
  const word = kind === 'appliance' ? 'stack' : 'bundle';
  if (outputFormat === 'json') {
    return { name: `${word}.json`, text: `${JSON.stringify({ [word]: { name, version } }, null, 4)}\n` };
  }
  return { name: `${word}.yml`, text: `---\n${word}:\n  name: "${name}"\n  version: "${version}"\n` };
}

/** A real .tar.gz of about `size` bytes: the description, and a file that fills it up. */
export function exportArchive(objectName: string, made: Archived, size: number): FixedObject {
  const { name, text } = description(made);
  const content = contentAt(objectName, 1, 0, size);
  const tar = Buffer.concat([
    entry(name, Buffer.from(text), made.createdMs),
    entry('files/content.bin', content, made.createdMs),
    Buffer.alloc(2 * BLOCK),
  ]);
  return new FixedObject(objectName, gzipSync(tar, { level: 1 }), made.createdMs);
}
