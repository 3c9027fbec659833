import { list } from '../app/list.js';
import type { ListCommand } from '../core/provider.js';
import { jsonLine } from '../ui/document/json-line.js';
import { listDocument } from '../ui/document/list.js';
import { listTable } from '../ui/text/list.js';
import { type Invocation, invoke } from './invocation.js';

/** What there is to download, from the command line to the exit code. Nothing found is an empty list and exit 0. */
export async function runList(invocation: Invocation<ListCommand>): Promise<number> {
  const { command, args } = invocation;
  return await invoke(invocation, async (_settings, output) => ({
    images: 0,
    batch: false,
    args,
    work: (run) => list(command, args, run),
    tell: (items) =>
      output.print(output.json ? jsonLine(listDocument(items)) : listTable(command.columns, items), 'the list'),
  }));
}
