/** Numbers and texts at fixed places of a header. What lies beyond its end is undefined, or an empty text. */
export class Fields {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get length(): number {
    return this.#bytes.byteLength;
  }

  /** What there is of [at, at + length). */
  part(at: number, length: number): Fields {
    return new Fields(this.#bytes.subarray(at, at + length));
  }

  byte(at: number): number | undefined {
    return this.#bytes[at];
  }

  u16(at: number, order: 'big' | 'little'): number | undefined {
    return this.#has(at, 2) ? this.#view.getUint16(at, order === 'little') : undefined;
  }

  u32(at: number, order: 'big' | 'little'): number | undefined {
    return this.#has(at, 4) ? this.#view.getUint32(at, order === 'little') : undefined;
  }

  u64(at: number, order: 'big' | 'little'): bigint | undefined {
    return this.#has(at, 8) ? this.#view.getBigUint64(at, order === 'little') : undefined;
  }

  /** A place in the file. None that exists lies at 2^53 or above. */
  offset(at: number, order: 'big' | 'little'): number | undefined {
    const value = this.u64(at, order);
    return value !== undefined && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : undefined;
  }

  /** Do these bytes stand there? @param text of characters below U+0100, one per byte */
  has(at: number, text: string): boolean {
    return this.#has(at, text.length) && this.latin1(at, text.length) === text;
  }

  latin1(at: number, length: number): string {
    return Buffer.from(this.#bytes.subarray(at, at + length)).toString('latin1');
  }

  hex(at: number, length: number): string {
    return Buffer.from(this.#bytes.subarray(at, at + length)).toString('hex');
  }

  /** A name, up to its first NUL. */
  text(at: number, length: number, encoding: 'utf-8' | 'utf-16le' | 'utf-16be' = 'utf-8'): string {
    const bytes = this.#bytes.subarray(at, at + length);
    const text = encoding === 'utf-16be' ? decode(swapped(bytes), 'utf-16le') : decode(bytes, encoding);
    return text.replace(/\0.*$/s, '');
  }

  #has(at: number, length: number): boolean {
    return at >= 0 && at + length <= this.#bytes.byteLength;
  }
}

function decode(bytes: Uint8Array, encoding: 'utf-8' | 'utf-16le'): string {
  return new TextDecoder(encoding, { ignoreBOM: true }).decode(bytes);
}

function swapped(bytes: Uint8Array): Uint8Array {
  return Buffer.from(bytes.subarray(0, bytes.byteLength - (bytes.byteLength % 2))).swap16();
}
