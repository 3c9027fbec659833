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

/** `image-0007`: the name of such a file and Glance image, before its ending. */
export function numberedName(index: number): string {
  return `image-${String(index).padStart(4, '0')}`;
}

export interface ObjectStore {
  add(name: string, size: number): StoredObject;
  /** @throws Error when there is none of that name. */
  get(name: string): StoredObject;
  has(name: string): boolean;
  names(): readonly string[];
  /** Other bytes, another revision, another time of modification; another size when given. */
  replace(name: string, size?: number): StoredObject;
}

/** 2019-05-02T08:21:07Z, the time in UForge's own samples; every revision is a minute younger. */
const FIRST_MODIFIED_MS = 1_556_785_267_000;

interface MutableObject extends StoredObject {
  size: number;
  revision: number;
  modifiedMs: number;
}

export function createObjectStore(): ObjectStore {
  const objects = new Map<string, MutableObject>();
  const find = (name: string): MutableObject => {
    const object = objects.get(name);
    if (object === undefined) throw new Error(`the sandbox has no object "${name}"`);
    return object;
  };
  return {
    add(name, size) {
      const object: MutableObject = {
        name,
        size,
        revision: 1,
        modifiedMs: FIRST_MODIFIED_MS,
        bytes: (start, end) => contentAt(name, object.revision, start, end),
        digest: (algorithm) => contentDigest(algorithm, name, object.revision, object.size),
        digests: (algorithms) => contentDigests(algorithms, name, object.revision, object.size),
      };
      objects.set(name, object);
      return object;
    },
    get: find,
    has: (name) => objects.has(name),
    names: () => [...objects.keys()],
    replace(name, size) {
      const object = find(name);
      object.revision += 1;
      object.modifiedMs += 60_000;
      object.size = size ?? object.size;
      return object;
    },
  };
}
