/** A look into an image's header: what the engine hands over, and what comes back. */
import type { ImageFormat } from './image-format.js';
import type { Remote } from './source.js';

/** Bytes that are all there. */
export interface ReadableImage {
  readonly size: number;
  /** `length` bytes at `offset`; fewer at the end, and where a stream has kept fewer. @throws AppError fs.* */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** What is wrong with an image, by code: a warning, or the error of `--inspect fail`. */
export type FindingCode =
  | 'inspect.backing-file'
  | 'inspect.data-file'
  | 'inspect.extent'
  | 'inspect.parent'
  | 'inspect.format'
  | 'inspect.header';

export interface Finding {
  readonly code: FindingCode;
  /** A sentence about "the image". What was read in it has passed quoteForeign(). */
  readonly message: string;
}

export interface Inspection {
  /** Undefined: not one that is known, as of a raw disk without partitions. */
  readonly format: ImageFormat | undefined;
  readonly findings: readonly Finding[];
}

/** Reads at most 1 MiB and follows no name. @throws AppError fs.* */
export type Inspect = (image: ReadableImage, remote: Remote) => Promise<Inspection>;

/**
 * Where headers are: what a stream keeps of its beginning, [start, end) each, beside its last bytes. The second is where
 * Hyper-V and qemu put the metadata of a vhdx.
 */
export const HEADER_RANGES: readonly { readonly start: number; readonly end: number }[] = [
  { start: 0, end: 512 * 1024 },
  { start: 2 * 1024 * 1024, end: 2 * 1024 * 1024 + 128 * 1024 },
];
