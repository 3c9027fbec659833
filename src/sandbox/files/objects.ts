import { createHash } from 'node:crypto';
import { contentAt, contentDigest, contentDigests } from './content.js';

/** Something with bytes: an image or a file. `replace` makes it another one under the same name. */
export interface StoredObject {
  /** `images/1095`, `pimages/88`, `scan-images/56`, `container-images/590`, `glance/<name>`, `files/<name>`. */
  readonly name: string;
  readonly size: number;
  /** Starts at 1 and grows with every replacement; all bytes differ between two revisions. */
  readonly revision: number;
  /** Milliseconds since 1970 of the last replacement. */
  readonly modifiedMs: number;
  bytes(start: number, end: number): Buffer;
  /** Hex, by Node's name of the algorithm; may take a second per gibibyte the first time. */
  digest(algorithm: string): string;
  digests(algorithms: readonly string[]): Promise<readonly string[]>;
}

/** More objects of one kind, for runs with many images: numbered from 0. */
export interface More {
  readonly count: number;
  readonly size: number;
}

/** Names that differ in a number only: their objects are made when somebody asks for them. */
export interface NumberedObjects extends More {
  readonly prefix: string;
  readonly first: number;
  /** At least so many, with zeros in front. */
  readonly digits: number;
  readonly suffix: string;
  /** Milliseconds since 1970, by index from 0; absent: as all others. */
  readonly modifiedMs?: (index: number) => number;
}

/** `image-0007`: the name of such a file and Glance image, before its ending. */
export const NUMBERED = { prefix: 'image-', digits: 4 } as const;

export function numberedName(index: number): string {
  return `${NUMBERED.prefix}${String(index).padStart(NUMBERED.digits, '0')}`;
}

/** 2019-05-02T08:21:07Z, the time in UForge's own samples; every revision is a minute younger. */
export const FIRST_MODIFIED_MS = 1_556_785_267_000;

/** Bytes that are made from the name: any size costs nothing. */
class MadeObject implements StoredObject {
  readonly name: string;
  size: number;
  revision = 1;
  modifiedMs: number;

  constructor(name: string, size: number, modifiedMs: number) {
    this.name = name;
    this.size = size;
    this.modifiedMs = modifiedMs;
  }

  bytes(start: number, end: number): Buffer {
    return contentAt(this.name, this.revision, start, end);
  }

  digest(algorithm: string): string {
    return contentDigest(algorithm, this.name, this.revision, this.size);
  }

  digests(algorithms: readonly string[]): Promise<readonly string[]> {
    return contentDigests(algorithms, this.name, this.revision, this.size);
  }
}

/** Bytes that somebody wants to read, such as those of an archive. */
export class FixedObject implements StoredObject {
  readonly name: string;
  readonly revision = 1;
  readonly modifiedMs: number;
  readonly #content: Buffer;

  constructor(name: string, content: Buffer, modifiedMs: number) {
    this.name = name;
    this.#content = content;
    this.modifiedMs = modifiedMs;
  }

  get size(): number {
    return this.#content.length;
  }

  bytes(start: number, end: number): Buffer {
    return Buffer.from(this.#content.subarray(start, end));
  }

  digest(algorithm: string): string {
    return createHash(algorithm).update(this.#content).digest('hex');
  }

  async digests(algorithms: readonly string[]): Promise<readonly string[]> {
    return algorithms.map((algorithm) => this.digest(algorithm));
  }
}

/** The objects of a sandbox, by name. */
export class ObjectStore {
  readonly #made = new Map<string, MadeObject>();
  readonly #fixed = new Map<string, FixedObject>();
  readonly #numbered: NumberedObjects[] = [];

  add(name: string, size: number, modifiedMs = FIRST_MODIFIED_MS): StoredObject {
    const object = new MadeObject(name, size, modifiedMs);
    this.#made.set(name, object);
    return object;
  }

  addFixed(object: FixedObject): void {
    this.#fixed.set(object.name, object);
  }

  addNumbered(objects: NumberedObjects): void {
    this.#numbered.push(objects);
  }

  /** @throws Error when there is none of that name. */
  get(name: string): StoredObject {
    return this.#fixed.get(name) ?? this.#find(name);
  }

  has(name: string): boolean {
    return this.#fixed.has(name) || this.#made.has(name) || this.#size(name) !== undefined;
  }

  /** The numbered ones included. */
  names(): readonly string[] {
    const numbered = this.#numbered.flatMap((objects) =>
      Array.from({ length: objects.count }, (_, index) => nameOf(objects, index)),
    );
    return [...new Set([...this.#made.keys(), ...this.#fixed.keys(), ...numbered])];
  }

  /** Other bytes, another revision, another time of modification; another size when given. */
  replace(name: string, size?: number): StoredObject {
    const object = this.#find(name);
    object.revision += 1;
    object.modifiedMs += 60_000;
    object.size = size ?? object.size;
    return object;
  }

  #find(name: string): MadeObject {
    const known = this.#made.get(name);
    if (known !== undefined) return known;
    const numbered = this.#size(name);
    if (numbered === undefined) throw new Error(`the sandbox has no object "${name}"`);
    const object = new MadeObject(name, numbered.size, numbered.modifiedMs);
    this.#made.set(name, object);
    return object;
  }

  /** Of a numbered object. */
  #size(name: string): { readonly size: number; readonly modifiedMs: number } | undefined {
    for (const objects of this.#numbered) {
      const index = indexOf(objects, name);
      if (index === undefined) continue;
      return { size: objects.size, modifiedMs: objects.modifiedMs?.(index) ?? FIRST_MODIFIED_MS };
    }
    return undefined;
  }
}

function nameOf({ prefix, first, digits, suffix }: NumberedObjects, index: number): string {
  return `${prefix}${String(first + index).padStart(digits, '0')}${suffix}`;
}

function indexOf(objects: NumberedObjects, name: string): number | undefined {
  if (!name.startsWith(objects.prefix) || !name.endsWith(objects.suffix)) return undefined;
  const number = name.slice(objects.prefix.length, name.length - objects.suffix.length);
  const index = Number(number) - objects.first;
  if (!/^\d+$/.test(number) || index < 0 || index >= objects.count) return undefined;
  return nameOf(objects, index) === name ? index : undefined;
}
