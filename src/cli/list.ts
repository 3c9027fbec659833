import { FORMAT, LIMIT, NAME, READY } from '../app/list-options.js';
import { type Errand, type Order, openAccess } from '../app/run.js';
import { loadSettings } from '../config/layers.js';
import { AppError } from '../core/errors.js';
import type { ListItem } from '../core/list.js';
import type { Settings } from '../core/option.js';
import type { ListCommand } from '../core/provider.js';
import { type Selection, selected } from '../core/selection.js';
import { ownerOf } from '../providers/registry.js';
import { writeChecked } from '../ui/document/write-checked.js';
import { listDocument, listTable } from '../ui/text/list.js';
import { createSession, type Session } from './session.js';
import { watchSignals } from './signals.js';

/** What there is to download, from the command line to the exit code. Nothing found is an empty list and exit 0. */
export async function runList(spec: ListCommand, order: Order): Promise<number> {
  const { args, flags, io, providers, allOptions } = order;
  const session = createSession(io, flags);
  const abort = new AbortController();
  const unwatch = watchSignals(abort);
  try {
    const settings = await loadSettings({ flags, env: io.env, home: io.home, options: allOptions });
    const { json } = session.configure(settings);
    for (const note of settings.notes) session.report({ type: 'note', message: note });
    const items = await itemsOf({ spec, args, io, settings, providers, allOptions, abort }, session);
    // What belongs to a run that was stopped is no list.
    abort.signal.throwIfAborted();
    await writeChecked(io.stdout, json ? listDocument(items) : listTable(spec.columns, items), 'the list');
    return 0;
  } catch (error) {
    return await session.fail(abort.signal.aborted ? abort.signal.reason : error);
  } finally {
    unwatch();
  }
}

async function itemsOf(errand: Errand<ListCommand>, session: Session): Promise<readonly ListItem[]> {
  const { spec, args, settings, providers, abort } = errand;
  const owner = ownerOf(providers, spec);
  if (owner?.list === undefined) throw new AppError('bug', `nobody lists for ${spec.path.join(' ')}`);
  const access = await openAccess(errand, session.report);
  try {
    const items: ListItem[] = [];
    const listed = owner.list(spec, args, access.ports, abort.signal);
    for await (const item of selected(listed, selectionOf(settings))) items.push(item);
    return items;
  } finally {
    await access.close();
  }
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
