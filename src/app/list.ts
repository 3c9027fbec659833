import { FORMAT, LIMIT, NAME, READY } from '../core/choice-options.js';
import { AppError } from '../core/errors.js';
import type { ListItem } from '../core/list.js';
import type { Settings } from '../core/option.js';
import type { ListCommand } from '../core/provider.js';
import { type Selection, selected } from '../core/selection.js';
import { ownerOf, refuseUrls } from '../providers/registry.js';
import type { Run } from './run.js';

/**
 * What there is to download, as the options select it. Nothing found is an empty list.
 * @throws AppError
 */
export async function list(command: ListCommand, args: readonly string[], run: Run): Promise<readonly ListItem[]> {
  const owner = ownerOf(run.input.providers, command);
  if (owner?.list === undefined) throw new AppError('bug', `nobody lists for ${command.path.join(' ')}`);
  refuseUrls(run.input.providers, command, args);
  const items: ListItem[] = [];
  const listed = owner.list(command, args, run.ports, run.signal);
  for await (const item of selected(listed, selectionOf(run.settings))) items.push(item);
  // What belongs to a run that was stopped is no list.
  run.signal.throwIfAborted();
  return items;
}

function selectionOf(settings: Settings): Selection {
  const name = settings.get(NAME);
  const format = settings.get(FORMAT);
  const limit = settings.get(LIMIT);
  return {
    ready: settings.get(READY),
    ...(name === undefined ? {} : { name }),
    ...(format === undefined ? {} : { format }),
    ...(limit === undefined ? {} : { limit }),
  };
}
