import type { More, ObjectStore } from '../files/objects.js';
import type { GlanceImage } from './glance-image.js';
import { addNumberedImages, createGlanceImages, numberedImage } from './glance-images.js';

/** All images. Those of a long catalog are made when somebody asks for more than there always is. */
export class GlanceCatalog {
  readonly #store: ObjectStore;
  readonly #images: readonly GlanceImage[];
  readonly #more: number;
  #all: readonly GlanceImage[] | undefined;

  /** @param big the size of the main image, `small` that of the others */
  constructor(store: ObjectStore, big: number, small: number, more: More) {
    this.#store = store;
    this.#images = createGlanceImages(store, big, small);
    this.#more = more.count;
    addNumberedImages(store, more);
  }

  all(): readonly GlanceImage[] {
    this.#all ??= [
      ...this.#images,
      ...Array.from({ length: this.#more }, (_, index) => numberedImage(this.#store, index)),
    ];
    return this.#all;
  }

  byId(id: string): GlanceImage | undefined {
    const has = (image: GlanceImage): boolean => image.id === id;
    return this.#images.find(has) ?? (this.#more > 0 ? this.all().find(has) : undefined);
  }
}
