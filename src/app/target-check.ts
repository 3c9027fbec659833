import { resolve } from 'node:path';
import { AppError } from '../core/errors.js';
import { escapeControls } from '../core/redact.js';
import { isDirectory } from '../fs/directory.js';
import { OutputDirectory } from '../fs/output-directory.js';
import type { ImageList } from './image-list.js';
import { OUTPUT } from './options.js';
import type { Run } from './run.js';
import { transferOptions } from './transfer-options.js';

/**
 * What makes no sense for the images of a run and where they go is refused, not ignored, before the first of them starts.
 * @throws AppError usage.option, usage.output, fs.no-directory
 */
export async function checkTarget({ batch }: ImageList, run: Run): Promise<void> {
  if (batch) await checkForSeveral(run);
  else if (run.settings.get(OUTPUT) === '-') checkForStream(run);
}

async function checkForSeveral({ settings, host, input: { options } }: Run): Promise<void> {
  const single = options.find((row) => row.oneImage === true && settings.origin(row) !== undefined);
  if (single !== undefined) {
    const origin = settings.origin(single) ?? `--${single.key}`;
    throw new AppError(
      'usage.option',
      `${origin} cannot be combined with several images: it applies to one image only`,
      {
        hint: `remove ${origin}, or run imgdl once for each image`,
      },
    );
  }
  const output = settings.get(OUTPUT);
  if (output === undefined) return;
  const path = resolve(host.cwd, output);
  // Said once, and not for every image.
  if (output.endsWith('/')) await new OutputDirectory(path).check();
  else if (output === '-' || !(await isDirectory(path))) {
    const what = output === '-' ? 'stdout can take only one image' : 'that is not a directory';
    throw new AppError('usage.output', `saving several images as ${escapeControls(output)}: ${what}`, {
      hint: 'use -o DIR/, with a slash at the end',
    });
  }
}

/** An image would garble a terminal, as curl knows. */
function checkForStream({ settings, host }: Run): void {
  if (host.stream.isTTY) {
    throw new AppError('usage.option', '-o -: stdout is a terminal', {
      hint: 'pipe it into a command, or use -o FILE',
    });
  }
  const options = transferOptions(settings);
  const wrong = (['force', 'update', 'receipt', 'restart'] as const).find((name) => options[name]);
  if (wrong === undefined) return;
  throw new AppError('usage.option', `-o - cannot be combined with --${wrong}: stdout is not a file`, {
    hint: `remove --${wrong}, or use -o FILE`,
  });
}
