import { download } from '../app/download.js';
import { imageList } from '../app/image-list.js';
import { missingArgument as missingName } from '../app/images.js';
import { INPUT_FILE } from '../app/options.js';
import type { DownloadCommand } from '../core/provider.js';
import { type Invocation, invoke } from './invocation.js';

/** One download, or several, from the command line to the exit code. */
export async function runDownload(invocation: Invocation<DownloadCommand>): Promise<number> {
  const { command, row, args, table, io } = invocation;
  return await invoke(invocation, async (settings, output) => {
    const missing = missingName(command, args);
    if (missing !== undefined && (args.length > 0 || settings.get(INPUT_FILE) === undefined)) {
      const { missingArgument } = await import('./usage-error.js');
      throw missingArgument(missing, io.args, row, table);
    }
    const list = await imageList(command, args, settings, io);
    const { images, batch } = list;
    return {
      images: images.length,
      batch,
      args: images.flatMap(({ words }) => words),
      work(run) {
        // No error: who makes the list may have found nothing.
        if (images.length === 0) run.ports.warn({ code: 'input.empty', message: 'the list names no image' });
        return download(command, list, run, output);
      },
      tell: (ended) => output.finish(ended),
    };
  });
}
