import type { ObjectStore, StoredObject } from '../files/objects.js';
import { exportArchive } from './archive.js';

/** What an export is made of. */
export interface Exported {
  readonly kind: 'appliance' | 'bundle';
  /** Path of the appliance or the bundle below the user. */
  readonly parent: string;
  readonly name: string;
  readonly version: string;
}

/** An export that somebody asked for; deleted ones are remembered too. */
export interface Export extends Exported {
  readonly id: number;
  /** Below the user. */
  readonly path: string;
  /** As the request said; `yaml` when it said nothing. */
  readonly outputFormat: string;
  /** Milliseconds since 1970. */
  readonly createdMs: number;
  /** So many downloads were begun. */
  readonly downloads: number;
  readonly cancelled: boolean;
  readonly deleted: boolean;
}

/** The id of the first export of a sandbox; the others follow. */
export const FIRST_EXPORT = 5001;

/** The exports of one sandbox. */
export class Exports {
  readonly #store: ObjectStore;
  readonly #size: number;
  readonly #all: { -readonly [K in keyof Export]: Export[K] }[] = [];

  /** @param size of an archive in bytes, about */
  constructor(store: ObjectStore, size: number) {
    this.#store = store;
    this.#size = size;
  }

  /** All ever made, oldest first, deleted ones included. */
  get all(): readonly Export[] {
    return this.#all;
  }

  /** The export at this path below the user, unless it was deleted. */
  at(path: string): Export | undefined {
    return this.#all.find((made) => made.path === path && !made.deleted);
  }

  make(exported: Exported, outputFormat: string): Export {
    const id = FIRST_EXPORT + this.#all.length;
    const path = `${exported.parent}/exports/${id}`;
    const made = { ...exported, id, path, outputFormat, createdMs: Date.now() };
    this.#all.push({ ...made, downloads: 0, cancelled: false, deleted: false });
    return this.#find(id);
  }

  /** Its bytes, made at the first download. */
  archive(made: Export): StoredObject {
    this.#find(made.id).downloads += 1;
    const name = exportName(made);
    if (!this.#store.has(name)) this.#store.addFixed(exportArchive(name, made, this.#size));
    return this.#store.get(name);
  }

  cancel(made: Export): void {
    this.#find(made.id).cancelled = true;
  }

  delete(made: Export): void {
    this.#find(made.id).deleted = true;
  }

  #find(id: number): { -readonly [K in keyof Export]: Export[K] } {
    const made = this.#all[id - FIRST_EXPORT];
    if (made === undefined) throw new Error(`the sandbox has no export ${id}`);
    return made;
  }
}

/** `exports/5001`: the object with its bytes, and what its stages are set by. */
export const exportName = ({ id }: Pick<Export, 'id'>): string => `exports/${id}`;
