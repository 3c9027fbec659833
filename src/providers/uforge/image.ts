import * as v from 'valibot';
import type { Algorithm, Digest } from '../../core/digest.js';
import { normalHex } from '../../core/digest.js';
import { AppError } from '../../core/errors.js';
import { parseDecimal } from '../../core/ranges.js';
import { Secret } from '../../core/secret.js';
import type { Identity, Warning } from '../../core/source.js';
import { jsonObject } from '../json-object.js';
import type { Document } from './document.js';
import { type OpStatus, STATUS } from './status.js';
import { defined, flag, nicety, perhaps, text } from './wire-values.js';

/** What imgdl keeps of an image's object. Nothing else of the answer outlives its parsing. */
export interface ImageFacts {
  readonly dbId?: string;
  readonly name?: string;
  readonly version?: string;
  readonly revision?: string;
  /** Primitive: `openstackqcow2`. */
  readonly format?: string;
  /** What the AppCenter shows for it: `OpenStack QCOW2`. */
  readonly formatTitle?: string;
  /** As the server writes it, like `updated`. */
  readonly created?: string;
  readonly updated?: string;
  /** Its own path and those of what it was made from, relative to the base, untrusted. */
  readonly uri?: string;
  readonly parentUri?: string;
  readonly imageUri?: string;
  readonly fileExtension?: string;
  readonly fileName?: string;
  readonly compress?: boolean;
  readonly simulated?: boolean;
  readonly imageCreated?: boolean;
  readonly registeringName?: string;
  /** Relative to the base, untrusted; usually carries a one-time key in its query. */
  readonly downloadUri?: string;
  readonly downloadKey?: Secret;
  readonly status?: OpStatus;
  readonly identity: Identity;
  readonly digests: readonly Digest[];
  readonly warnings: readonly Warning[];
}

const named = v.fallback(perhaps(jsonObject({ name: nicety })), undefined);

/** Bytes. Scan images had 0, which says nothing. */
const size = perhaps(
  v.pipe(
    v.union([v.string(), v.number()]),
    v.transform(String),
    v.regex(/^(?:0|[1-9][0-9]*)$/),
    v.transform(parseDecimal),
    v.number(),
    v.transform((bytes) => (bytes === 0 ? undefined : bytes)),
  ),
);

const IMAGE_ENTRIES = {
  dbId: text(20),
  name: nicety,
  version: nicety,
  revision: text(64),
  created: nicety,
  lastModified: nicety,
  uploadedTime: nicety,
  uri: nicety,
  parentUri: nicety,
  imageUri: nicety,
  size,
  // "The download size of the machine image".
  fileSize: size,
  md5sum: nicety,
  sha256sum: nicety,
  status: perhaps(STATUS),
  compress: flag,
  simulated: flag,
  // The prose of the documentation calls it a date.
  imageCreated: v.fallback(flag, undefined),
  downloadKey: text(512),
  downloadUri: text(8192),
  fileName: nicety,
  fullName: nicety,
  fileExtension: nicety,
  registeringName: nicety,
  format: named,
  targetFormat: v.fallback(perhaps(jsonObject({ name: nicety, format: named })), undefined),
};
const IMAGE = jsonObject(IMAGE_ENTRIES);

const keyOfNobody = v.pipe(
  v.unknown(),
  v.transform((): undefined => undefined),
);
/** Of a list: its keys are nobody's. */
const LISTED = jsonObject({ ...IMAGE_ENTRIES, downloadKey: v.optional(keyOfNobody) });

const WITH_ID = jsonObject({ dbId: text(20) });

/**
 * @param id the id asked for: an object that says it has another is not believed
 * @throws AppError proto.answer
 */
export function readImage(document: Document, id: string, what: string): ImageFacts {
  if (document.root !== 'image' && document.root !== 'publishImage') throw unexpected(what, 'it is not an image');
  const facts = imageOf(document.value, what);
  if (facts.dbId !== undefined && facts.dbId !== id) throw unexpected(what, 'it describes another image');
  return facts;
}

/**
 * An entry of a list of published images, if it is the one with this id.
 * @throws AppError proto.answer
 */
export function readPublished(entry: unknown, id: string, what: string): ImageFacts | undefined {
  const head = v.safeParse(WITH_ID, entry);
  return head.success && head.output.dbId === id ? imageOf(entry, what) : undefined;
}

function imageOf(value: unknown, what: string): ImageFacts {
  const parsed = v.safeParse(IMAGE, value);
  if (!parsed.success) throw unexpected(what, wrongIn(parsed.issues));
  return factsOf(parsed.output);
}

/**
 * An image among many, without the one-time key that it would spend: a list is for looking.
 * @returns what is wrong with it when it is none
 */
export function readListedImage(value: unknown): ImageFacts | string {
  const parsed = v.safeParse(LISTED, value);
  return parsed.success ? factsOf(parsed.output) : wrongIn(parsed.issues);
}

function wrongIn(issues: readonly [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]]): string {
  const path = v.getDotPath(issues[0]) ?? '';
  return path === '' ? 'it is not an image' : `its ${path} has the wrong form`;
}

function factsOf(image: v.InferOutput<typeof IMAGE>): ImageFacts {
  const bytes = image.fileSize ?? image.size;
  const { digests, warnings } = digestsOf({ sha256: image.sha256sum, md5: image.md5sum });
  const marks = [image.revision, image.uploadedTime ?? image.created].filter((mark) => mark !== undefined);
  return {
    ...defined('dbId', image.dbId),
    ...defined('name', image.name),
    ...defined('version', image.version),
    ...defined('revision', image.revision),
    ...defined('format', image.format?.name ?? image.targetFormat?.format?.name),
    ...defined('formatTitle', image.targetFormat?.name),
    ...defined('created', image.created),
    ...defined('updated', image.lastModified),
    ...defined('uri', image.uri),
    ...defined('parentUri', image.parentUri),
    ...defined('imageUri', image.imageUri),
    ...defined('fileExtension', image.fileExtension),
    ...defined('fileName', image.fullName ?? image.fileName),
    ...defined('compress', image.compress),
    ...defined('simulated', image.simulated),
    ...defined('imageCreated', image.imageCreated),
    ...defined('registeringName', image.registeringName),
    ...defined('downloadUri', image.downloadUri),
    ...defined('downloadKey', image.downloadKey === undefined ? undefined : new Secret(image.downloadKey)),
    ...defined('status', image.status),
    identity: {
      ...defined('size', bytes),
      // lastModified and digest are left out: they change with the status although the bytes do not.
      ...(marks.length === 0 ? {} : { revision: marks.map((mark) => mark.slice(0, 64)).join(' ') }),
      ...(digests.length === 0 ? {} : { digests: digests.map((digest) => `${digest.algorithm}:${digest.hex}`).sort() }),
    },
    digests,
    warnings,
  };
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
      const message = `the server's ${algorithm}sum of the image is not a valid digest; it is ignored`;
      warnings.push({ code: 'uforge.digest-ignored', message });
    } else {
      digests.push({ algorithm, hex, from: 'metadata' });
    }
  }
  return { digests, warnings };
}

/** Never quotes the answer: it may hold secrets of a cloud account. */
function unexpected(what: string, why: string): AppError {
  return new AppError('proto.answer', `${what}: the response cannot be used: ${why}`, {
    hint: 'check the base URL (--url) and the version of the server',
  });
}
