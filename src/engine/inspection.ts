/** What is done about what the header of an image tells (`--inspect`). */
import { AppError, isAppError } from '../core/errors.js';
import { type Finding, HEADER_RANGES, type Inspection, type ReadableImage } from '../core/inspection.js';
import type { Outcome } from '../core/outcome.js';
import type { FileTransfer, Transfer } from './transfer.js';
import { warn } from './warnings.js';

/**
 * Looks into an image whose bytes are verified.
 * @param consequence what a refusal means for them, for the hint
 * @throws AppError inspect.* with `--inspect fail`; fs.*
 */
export async function inspectImage(transfer: Transfer, image: ReadableImage, consequence: string): Promise<void> {
  const mode = transfer.request.options.inspect;
  if (mode === 'off') return;
  const { format, findings } = await look(transfer, image);
  const message = `inspecting: ${format === undefined ? 'the format is not recognized' : `the format is ${format}`}`;
  transfer.ports.report({ type: 'note', message });
  if (mode === 'fail') refuse(findings, consequence);
  for (const finding of findings) warn(transfer, finding);
}

/** A download that is complete and verified is not lost to a mistake of ours. */
async function look({ ports, remote }: Transfer, image: ReadableImage): Promise<Inspection> {
  try {
    return await ports.inspect(image, remote);
  } catch (error) {
    if (isAppError(error)) throw error;
    const message = 'the header of the image could not be checked, because of a bug in imgdl: please report it';
    return { format: undefined, findings: [{ code: 'inspect.header', message }] };
  }
}

/** @throws AppError with the code of the first finding and the words of all */
function refuse(findings: readonly Finding[], consequence: string): void {
  const [first] = findings;
  if (first === undefined) return;
  throw new AppError(first.code, `verifying: ${findings.map(({ message }) => message).join('; ')}`, {
    hint: `use --inspect warn to accept it; ${consequence}`,
    details: { findings: findings.map(({ code }) => code) },
  });
}

/**
 * A target that was there already has been warned of when it came. Who wants to refuse such images does not take it.
 * @throws AppError inspect.*, fs.*
 */
export async function inspectTarget(transfer: FileTransfer, { status, would }: Outcome): Promise<void> {
  if (transfer.request.options.inspect !== 'fail') return;
  if (status !== 'complete' && status !== 'unchanged' && would !== 'nothing') return;
  const target = await transfer.workspace.openTarget();
  try {
    await inspectImage(transfer, target, 'the file was not touched');
  } finally {
    await target.close();
  }
}

/** What a stream keeps of the bytes that it hands on, for the inspection at its end. */
export class StreamedHeader {
  readonly #kept = HEADER_RANGES.map((range) => ({ ...range, chunks: [] as Uint8Array[] }));

  /** Bytes come in order, from 0. They are copied: whose they are gets them back. */
  add(chunk: Uint8Array, at: number): void {
    for (const { start, end, chunks } of this.#kept) {
      const from = Math.max(start, at) - at;
      const to = Math.min(end, at + chunk.byteLength) - at;
      if (from < to) chunks.push(Uint8Array.prototype.slice.call(chunk, from, to));
    }
  }

  /** @param tail gives the last bytes, as many as are asked for or fewer */
  image(size: number, tail: (length: number) => Promise<Uint8Array>): ReadableImage {
    return {
      size,
      read: async (offset, length) => {
        const kept = this.#kept.find(({ start, end }) => offset >= start && offset < end);
        const fromStart = kept === undefined ? undefined : Buffer.concat(kept.chunks).subarray(offset - kept.start);
        if (fromStart !== undefined && fromStart.byteLength >= Math.min(length, size - offset)) {
          return fromStart.subarray(0, length);
        }
        const last = await tail(size - offset);
        return last.byteLength === size - offset ? last.subarray(0, length) : (fromStart ?? last.subarray(0, 0));
      },
    };
  }
}
