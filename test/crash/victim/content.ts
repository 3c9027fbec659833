import { createHash } from 'node:crypto';

/** What a victim downloads: bytes that are different everywhere. The bench asks for them, too, as the truth. */
export interface Content {
  readonly size: number;
  readonly hex: string;
  bytes(start: number, end: number): Buffer;
}

export function contentOf(name: string, size: number): Content {
  const all = Buffer.alloc(size);
  const block = createHash('sha512').update(name).digest();
  for (let at = 0; at < size; at += block.length) {
    block.writeUInt32LE(at, 0);
    block.copy(all, at);
  }
  const hex = createHash('sha256').update(all).digest('hex');
  return { size, hex, bytes: (start, end) => all.subarray(start, end) };
}
