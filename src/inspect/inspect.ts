import type { DeclaredFormat, DiskContainer, ImageFormat } from '../core/image-format.js';
import type { Finding, Inspection, ReadableImage } from '../core/inspection.js';
import { recognizeArchive } from './archives.js';
import { contradiction } from './declared.js';
import type { Fields } from './fields.js';
import { HeaderReader } from './header-reader.js';
import { recognizeIso } from './iso.js';
import { recognizeLuks } from './luks.js';
import { recognizeParallels } from './parallels.js';
import { inspectQcow, recognizeQcow } from './qcow2.js';
import { inspectQed, recognizeQed } from './qed.js';
import { recognizeRaw } from './raw.js';
import { inspectVdi, recognizeVdi } from './vdi.js';
import { endOf, inspectVhd, recognizeFixedVhd, recognizeVhd } from './vhd.js';
import { inspectVhdx, recognizeVhdx } from './vhdx.js';
import { inspectVmdk, recognizeVmdk } from './vmdk.js';

/**
 * What an image is, and what it refers to. Reads at most 1 MiB, opens nothing else, and says the same of the same bytes.
 * @throws AppError fs.* of `image.read()`, and nothing else
 */
export async function inspectImage(image: ReadableImage, declared: DeclaredFormat | undefined): Promise<Inspection> {
  const reader = await HeaderReader.open(image);
  const format = formatAtStart(reader.start) ?? (await formatElsewhere(reader));
  const findings = [...contradiction(format, declared), ...(await referencesOf(format, reader))];
  const told = new Map(findings.map((finding): [string, Finding] => [`${finding.code} ${finding.message}`, finding]));
  return { format, findings: [...told.values()] };
}

/** What tools that guess go by. Containers first: the header of an archive has room for a vdi's. */
const AT_START: readonly ((start: Fields) => ImageFormat | undefined)[] = [
  recognizeQcow,
  recognizeQed,
  recognizeVmdk,
  recognizeVhd,
  recognizeVhdx,
  recognizeVdi,
  recognizeParallels,
  recognizeLuks,
  recognizeArchive,
];

function formatAtStart(start: Fields): ImageFormat | undefined {
  for (const recognize of AT_START) {
    const format = recognize(start);
    if (format !== undefined) return format;
  }
  return undefined;
}

/** A fixed vhd begins as the disk that it holds, and so does a CD that also boots from a stick. */
async function formatElsewhere(reader: HeaderReader): Promise<ImageFormat | undefined> {
  return recognizeFixedVhd(await endOf(reader)) ?? recognizeIso(reader.start) ?? recognizeRaw(reader.start);
}

async function referencesOf(format: ImageFormat | undefined, reader: HeaderReader): Promise<readonly Finding[]> {
  switch (format as DiskContainer | undefined) {
    case 'qcow2':
    case 'qcow':
      return await inspectQcow(format === 'qcow' ? 'qcow' : 'qcow2', reader);
    case 'qed':
      return await inspectQed(reader);
    case 'vmdk':
      return await inspectVmdk(reader);
    case 'vhd':
      return await inspectVhd(reader);
    case 'vhdx':
      return await inspectVhdx(reader);
    case 'vdi':
      return inspectVdi(reader.start);
    default:
      return [];
  }
}
