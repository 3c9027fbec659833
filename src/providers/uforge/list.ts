import { NAME } from '../../core/choice-options.js';
import type { ListItem } from '../../core/list.js';
import type { ListCommand, ProviderPorts } from '../../core/provider.js';
import { appCenterOf } from './app-center.js';
import { listImages, parentLevels } from './image-lists.js';
import { LISTED_KINDS } from './list-commands.js';
import { type Search, startSearch } from './list-reading.js';
import { idsOfWord } from './names.js';
import { byAge } from './newest.js';
import { globFilter, type ParentLevel } from './parents.js';
import { parseWord, type Word } from './words.js';

/**
 * All images of an appliance, a container template or a scan, of several where a name fits several, or of the user; the
 * newest first.
 * @throws AppError usage.*, config.*, auth.*, not-found.image, http.unavailable, proto.*, net.*
 */
export async function* listed(
  command: ListCommand,
  args: readonly string[],
  ports: ProviderPorts,
  signal: AbortSignal,
): AsyncGenerator<ListItem> {
  const kinds = LISTED_KINDS[command.path[0] ?? ''] ?? [];
  const levels = parentLevels(kinds[0] ?? 'image');
  const words = args.map((arg, at) => parseWord(levels[at] ?? 'appliance', arg));
  const search = startSearch(await appCenterOf(ports), signal);
  const name = ports.settings.get(NAME);
  const filter = name === undefined ? undefined : globFilter(name);
  const found: ListItem[] = [];
  for (const scope of await scopesOf(search, levels, words)) {
    for (const kind of kinds) {
      for (const { item } of await listImages(search, kind, scope, filter)) found.push(item);
    }
  }
  yield* found.sort(byAge);
}

/** Ids of those whose images are wanted; without words one scope for all. */
async function scopesOf(
  search: Search,
  levels: readonly ParentLevel[],
  words: readonly Word[],
): Promise<readonly (readonly string[])[]> {
  let scopes: readonly (readonly string[])[] = [[]];
  for (const word of words) {
    const next: (readonly string[])[] = [];
    for (const above of scopes) {
      for (const id of await idsOfWord(search, { levels, above }, word)) next.push([...above, id]);
    }
    scopes = next;
  }
  return scopes;
}
