import { partialsIn } from '../app/partials.js';
import { jsonLine } from '../ui/document/json-line.js';
import { statusDocument } from '../ui/document/partials.js';
import { statusTable } from '../ui/text/partials.js';
import { invokeLocally, type LocalInvocation } from './local-command.js';

/** The partial downloads of a directory. None is an empty list and exit 0. */
export async function runStatus(invocation: LocalInvocation): Promise<number> {
  const { args, io } = invocation;
  return await invokeLocally(invocation, async (_settings, output) => {
    const items = await partialsIn(args[0] ?? '.', io);
    return await output.print(output.json ? jsonLine(statusDocument(items)) : statusTable(items), 'the list');
  });
}
