import { z } from 'zod';
import { normalHex } from '../../core/digest.js';
import { AppError } from '../../core/errors.js';
import { parseDecimal } from '../../core/ranges.js';
import { Secret } from '../../core/secret.js';
import type { Algorithm, Digest, Identity, Warning } from '../../core/types.js';
import type { Document } from './document.js';

/** What imgdl keeps of an image's object. Nothing else of the answer outlives its parsing. */
export interface ImageFacts {
  readonly dbId?: string;
  readonly name?: string;
  readonly version?: string;
  readonly revision?: string;
  readonly format?: string;
  readonly fileExtension?: string;
  readonly fileName?: string;
  readonly compress?: boolean;
  readonly simulated?: boolean;
  readonly registeringName?: string;
  /** Relative to the base, untrusted; usually carries a one-time key in its query. */
  readonly downloadUri?: string;
  readonly downloadKey?: Secret;
  readonly status?: ImageStatus;
  readonly identity: Identity;
  readonly digests: readonly Digest[];
  readonly warnings: readonly Warning[];
}

export interface ImageStatus {
  readonly complete: boolean;
  readonly error: boolean;
  readonly cancelled: boolean;
  readonly percentage?: string;
  /** Untrusted. */
  readonly message?: string;
}

/** XML has text only, JSON has its own types; an empty element means the same as an absent one. */
const absent = (value: unknown): unknown => (value === '' || value === null ? undefined : value);
const scalar = z.union([z.string(), z.number()]).transform(String);
const text = (limit: number) => z.preprocess(absent, scalar.pipe(z.string().max(limit)).optional());
/** Facts that only make the result nicer: a strange one is as good as none. */
const nicety = z.preprocess(absent, scalar.pipe(z.string().max(4096)).optional()).catch(undefined);
const flag = z.preprocess(
  absent,
  z
    .union([
      z.boolean(),
      // XML Schema part 2, section 3.2.2: the lexical forms of boolean.
      z.enum(['true', 'false', '1', '0']).transform((word) => word === 'true' || word === '1'),
    ])
    .optional(),
);
const named = z.preprocess(absent, z.object({ name: nicety }).optional()).catch(undefined);

const STATUS = z.object({
  complete: flag,
  error: flag,
  cancelled: flag,
  percentage: nicety,
  message: nicety,
  errorMessage: nicety,
  detailedErrorMsg: nicety,
});

const IMAGE = z.object({
  dbId: text(20),
  name: nicety,
  version: nicety,
  revision: text(64),
  created: nicety,
  uploadedTime: nicety,
  size: z.unknown().optional(),
  fileSize: z.unknown().optional(),
  md5sum: nicety,
  sha256sum: nicety,
  status: z.preprocess(absent, STATUS.optional()),
  compress: flag,
  simulated: flag,
  downloadKey: text(512),
  downloadUri: text(8192),
  fileName: nicety,
  fullName: nicety,
  fileExtension: nicety,
  registeringName: nicety,
  format: named,
  targetFormat: z.preprocess(absent, z.object({ name: nicety, format: named }).optional()).catch(undefined),
});

/** A one-element list may have collapsed to its element, in XML always, in JSON perhaps. */
const oneOrMore = z.preprocess((value) => (Array.isArray(value) ? value : [value]), z.array(z.unknown()));
const PUBLISHED = z.object({
  publishImages: z.preprocess(
    (value) => (typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}),
    z.object({ publishImage: oneOrMore.optional() }),
  ),
});
const WITH_ID = z.object({ dbId: text(20) });

/**
 * @param id the id asked for: an object that says it has another is not believed
 * @throws AppError proto.answer
 */
export function readImage(document: Document, id: string, what: string): ImageFacts {
  if (document.root !== 'image' && document.root !== 'publishImage') throw unexpected(what, 'it is no image');
  const facts = imageOf(document.value, what);
  if (facts.dbId !== undefined && facts.dbId !== id) throw unexpected(what, 'it is about another image');
  return facts;
}

/**
 * The published image with this id in the list of an appliance; undefined when the list has none.
 * @throws AppError proto.answer
 */
export function findPublished(document: Document, id: string, what: string): ImageFacts | undefined {
  if (document.root !== 'publishImages') throw unexpected(what, 'it is no list of published images');
  // An empty list may come as an empty element.
  const list = PUBLISHED.safeParse(document.value === '' ? {} : document.value);
  if (!list.success) throw unexpected(what, 'it is no list of published images');
  for (const item of list.data.publishImages.publishImage ?? []) {
    const head = WITH_ID.safeParse(item);
    if (head.success && head.data.dbId === id) return imageOf(item, what);
  }
  return undefined;
}

function imageOf(value: unknown, what: string): ImageFacts {
  const parsed = IMAGE.safeParse(value);
  if (!parsed.success) {
    const path = parsed.error.issues[0]?.path.join('.') ?? '';
    throw unexpected(what, path === '' ? 'it is no image' : `its ${path} is not of the form it must have`);
  }
  const image = parsed.data;
  const size = sizeOf(image.fileSize, 'fileSize', what) ?? sizeOf(image.size, 'size', what);
  const { digests, warnings } = digestsOf({ sha256: image.sha256sum, md5: image.md5sum });
  const marks = [image.revision, image.uploadedTime ?? image.created].filter((mark) => mark !== undefined);
  const message = image.status?.errorMessage ?? image.status?.detailedErrorMsg ?? image.status?.message;
  return {
    ...defined('dbId', image.dbId),
    ...defined('name', image.name),
    ...defined('version', image.version),
    ...defined('revision', image.revision),
    ...defined('format', image.format?.name ?? image.targetFormat?.format?.name),
    ...defined('fileExtension', image.fileExtension),
    ...defined('fileName', image.fullName ?? image.fileName),
    ...defined('compress', image.compress),
    ...defined('simulated', image.simulated),
    ...defined('registeringName', image.registeringName),
    ...defined('downloadUri', image.downloadUri),
    ...defined('downloadKey', image.downloadKey === undefined ? undefined : new Secret(image.downloadKey)),
    ...(image.status === undefined
      ? {}
      : {
          status: {
            complete: image.status.complete === true,
            error: image.status.error === true,
            cancelled: image.status.cancelled === true,
            ...defined('percentage', image.status.percentage),
            ...defined('message', message),
          },
        }),
    identity: {
      ...defined('size', size),
      // lastModified and digest are left out: they change with the status although the bytes do not.
      ...(marks.length === 0 ? {} : { revision: marks.map((mark) => mark.slice(0, 64)).join(' ') }),
      ...(digests.length === 0 ? {} : { digests: digests.map((digest) => `${digest.algorithm}:${digest.hex}`).sort() }),
    },
    digests,
    warnings,
  };
}

/**
 * Bytes to download. `fileSize` is "the download size of the machine image"; `size` was 0 for scan images, so that 0
 * says nothing.
 */
function sizeOf(value: unknown, field: string, what: string): number | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const digits = typeof value === 'number' ? String(value) : value;
  const size = typeof digits === 'string' && /^(?:0|[1-9][0-9]*)$/.test(digits) ? parseDecimal(digits) : undefined;
  if (size === undefined) throw unexpected(what, `its ${field} is not a possible number of bytes`);
  return size === 0 ? undefined : size;
}

/** The schema promises "of the uploaded object" and no form: what is not a digest is said to be ignored. */
function digestsOf(sums: Readonly<Partial<Record<Algorithm, string | undefined>>>): {
  readonly digests: readonly Digest[];
  readonly warnings: readonly Warning[];
} {
  const digests: Digest[] = [];
  const warnings: Warning[] = [];
  for (const algorithm of ['sha256', 'md5'] as const) {
    const sum = sums[algorithm];
    if (sum === undefined) continue;
    const hex = normalHex(algorithm, sum);
    if (hex === undefined) {
      const message = `the server's ${algorithm}sum of the image is not a digest; it is ignored`;
      warnings.push({ code: 'uforge.digest-ignored', message });
    } else {
      digests.push({ algorithm, hex, from: 'metadata' });
    }
  }
  return { digests, warnings };
}

/** exactOptionalPropertyTypes: an unknown fact is an absent property. */
function defined<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]?: V });
}

/** Never quotes the answer: it may hold secrets of a cloud account. */
function unexpected(what: string, why: string): AppError {
  return new AppError('proto.answer', `${what}: the answer cannot be used: ${why}`, {
    hint: 'check the base URL (--url) and the version of the server',
  });
}
