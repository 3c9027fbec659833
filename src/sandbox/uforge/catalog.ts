import type { More, ObjectStore } from '../files/objects.js';
import { addNumberedImages, createUforgeImages, FIRST_MORE, numberedImage } from './images.js';
import type { UforgeImage } from './objects.js';

/** All images. Those of a long catalog are made when somebody asks for them, and not kept. */
export class ImageCatalog {
  readonly #store: ObjectStore;
  readonly #images: readonly UforgeImage[];
  readonly #more: number;

  /** @param big the size of the main images, `small` that of the variants */
  constructor(store: ObjectStore, big: number, small: number, more: More) {
    this.#store = store;
    this.#images = createUforgeImages(store, big, small);
    this.#more = more.count;
    addNumberedImages(store, more);
  }

  /** The image whose metadata are at this path below the user. */
  at(path: string): UforgeImage | undefined {
    return this.#images.find((image) => image.path === path) ?? this.#numbered(path);
  }

  /** The image whose bytes are at this path, `/downloads` left out. */
  withBytesAt(path: string): UforgeImage | undefined {
    return this.#images.find((image) => image.dataPath === path) ?? this.#numbered(path);
  }

  /** @param parent absent: of all */
  of(kind: UforgeImage['kind'], parent?: string): readonly UforgeImage[] {
    const images = this.#images.filter((image) => image.kind === kind && (parent ?? image.parent) === image.parent);
    if (kind === 'pimage' || (parent !== undefined && parent !== 'appliances/747')) return images;
    return [...images, ...Array.from({ length: this.#more }, (_, index) => numberedImage(this.#store, index))];
  }

  #numbered(path: string): UforgeImage | undefined {
    const id = Number(/^appliances\/747\/images\/(\d+)$/.exec(path)?.[1] ?? 0);
    return id >= FIRST_MORE && id < FIRST_MORE + this.#more ? numberedImage(this.#store, id - FIRST_MORE) : undefined;
  }
}
