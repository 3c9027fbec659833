import { LIMIT, NAME, READY } from '../../core/choice-options.js';
import type { ListItem } from '../../core/list.js';
import type { ProviderPorts } from '../../core/provider.js';
import { requireAccount } from './account.js';
import { fits, listFilter, queryOf } from './image-filter.js';
import type { Query } from './image-list.js';
import { imagesIn, viewOf } from './image-views.js';
import { itemOf } from './list-item.js';
import { fitsWord, parseWord, type Word } from './word.js';

/** A page: more than one asks for without a reason, less than what a database is slow with. */
const LEAST = 25;
const MOST = 500;

/**
 * The images of the configured cloud that fit one of the words, in Glance's own order: the newest first.
 * @throws AppError usage.*, config.*, auth.*, http.unavailable, proto.*, net.*
 */
export async function* listed(
  args: readonly string[],
  ports: ProviderPorts,
  signal: AbortSignal,
): AsyncGenerator<ListItem> {
  const words = args.map(parseWord);
  const { settings } = ports;
  const account = await requireAccount(ports);
  const service = await account.service(signal);
  const filter = listFilter(settings, settings.get(READY));
  const name = onlyName(words, settings.get(NAME));
  const query: Query = [
    ...queryOf(filter),
    ['sort', 'created_at:desc'],
    ['limit', String(Math.min(MOST, Math.max(LEAST, settings.get(LIMIT) ?? MOST)))],
  ];
  const question = { view: viewOf(filter), query, ...(name === undefined ? {} : { name }) };
  for await (const found of imagesIn({ service, doing: 'listing images', signal }, question)) {
    const named = words.length === 0 || words.some((word) => fitsWord(found.image, word));
    if (named && fits(found, filter)) yield itemOf(found.image);
  }
}

/** The one name that all images must have, which the server can look for. */
function onlyName(words: readonly Word[], glob: string | undefined): string | undefined {
  if (glob !== undefined && !/[*?]/.test(glob)) return glob;
  const [word, ...others] = words;
  return word?.kind === 'name' && others.length === 0 ? word.name : undefined;
}
