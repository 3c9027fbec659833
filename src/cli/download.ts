import { download } from '../app/download.js';
import { imagesOf } from '../app/images.js';
import type { DownloadCommand } from '../core/provider.js';
import { type Invocation, invoke } from './invocation.js';

/** One download, or several, from the command line to the exit code. */
export async function runDownload(invocation: Invocation<DownloadCommand>): Promise<number> {
  const { command, args } = invocation;
  const images = imagesOf(command, args);
  return await invoke(
    invocation,
    images.length,
    (run, output) => download(command, images, run, output),
    (ended, output) => output.finish(ended),
  );
}
