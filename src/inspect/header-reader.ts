import type { ReadableImage } from '../core/inspection.js';
import { Fields } from './fields.js';

/** Read of one image in all, whatever its header says. */
export const BUDGET_BYTES = 1024 * 1024;
/** Holds every signature; the last one is that of ISO 9660, at 32 KiB. */
const START_BYTES = 64 * 1024;

/** Reads where headers point to, within the file and the budget. */
export class HeaderReader {
  readonly size: number;
  /** The beginning of the file. */
  readonly start: Fields;
  readonly #image: ReadableImage;
  #left: number;

  private constructor(image: ReadableImage, start: Uint8Array) {
    this.#image = image;
    this.size = image.size;
    this.start = new Fields(start);
    this.#left = BUDGET_BYTES - start.byteLength;
  }

  /** @throws AppError fs.* */
  static async open(image: ReadableImage): Promise<HeaderReader> {
    return new HeaderReader(image, await image.read(0, Math.min(START_BYTES, image.size)));
  }

  /**
   * What there is of `length` bytes at `offset`, an offset of a header: undefined is none. Fewer or no bytes where the
   * file or the budget ends.
   * @throws AppError fs.*
   */
  async at(offset: number | undefined, length: number): Promise<Fields> {
    if (offset === undefined || offset < 0 || offset >= this.size) return new Fields(new Uint8Array(0));
    const wanted = Math.min(length, this.size - offset);
    if (offset + wanted <= this.start.length) return this.start.part(offset, wanted);
    const allowed = Math.min(wanted, this.#left);
    if (allowed <= 0) return new Fields(new Uint8Array(0));
    this.#left -= allowed;
    return new Fields(await this.#image.read(offset, allowed));
  }
}
