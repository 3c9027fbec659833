import { LEVELS, type Level } from './kinds.js';
import type { ListForm } from './list-answer.js';
import { type ListRequest, readList, type Search } from './list-reading.js';
import { type Named, namedEntry } from './named.js';

/** What images are made from: the levels of a path but the last. */
export type ParentLevel = Exclude<Level, 'image' | 'pimage'>;

interface ParentList {
  readonly form: ListForm;
  /** The server knows conditions in FIQL. */
  readonly fiql: boolean;
}

const wrapped = (outer: string, entry: string): readonly string[] => [outer, outer, entry];

const LISTS: Readonly<Record<ParentLevel, ParentList>> = {
  appliance: {
    form: {
      path: wrapped('appliances', 'appliance'),
      noun: 'appliances',
      skipped: new Set(['imageUris', 'publishImageUris']),
    },
    fiql: true,
  },
  bundle: {
    form: { path: wrapped('mySoftwareList', 'mySoftware'), noun: 'software bundles' },
    fiql: true,
  },
  template: {
    form: {
      path: wrapped('containerTemplates', 'containerTemplate'),
      noun: 'container templates',
      skipped: new Set(['images']),
    },
    fiql: true,
  },
  instance: {
    form: {
      path: wrapped('scannedInstances', 'scannedInstance'),
      noun: 'scanned instances',
      paging: 'index',
      skipped: new Set(['scans']),
    },
    fiql: false,
  },
  scan: {
    form: { path: wrapped('scans', 'scan'), noun: 'scans', skipped: new Set(['images']) },
    fiql: true,
  },
};

/** `mysoftware/718/templates/130` */
export function pathBelowUser(levels: readonly Level[], ids: readonly string[]): string {
  return levels
    .slice(0, ids.length)
    .map((level, at) => `${LEVELS[level].segment}/${ids[at]}`)
    .join('/');
}

/** `software bundle 718`; `alice` where nothing stands above. */
export function nameOfParent(search: Search, levels: readonly Level[], ids: readonly string[]): string {
  const level = levels[ids.length - 1];
  return level === undefined ? search.center.uid : `${LEVELS[level].noun} ${ids.at(-1)}`;
}

/**
 * All appliances of a user, all templates of a bundle, …
 * @param levels of a kind of images, outermost first
 * @param above ids of those above the one that is listed
 * @param name those of this name are wanted; others may come too
 * @throws AppError auth.*, not-found.image, http.unavailable, proto.*, net.*
 */
export async function listParents(
  search: Search,
  levels: readonly ParentLevel[],
  above: readonly string[],
  name?: string,
): Promise<readonly Named[]> {
  const level = levels[above.length] ?? 'appliance';
  const { form, fiql } = LISTS[level];
  const parent = nameOfParent(search, levels, above);
  const filter = fiql && name !== undefined ? nameFilter(name) : undefined;
  const path = [pathBelowUser(levels, above), LEVELS[level].segment].filter((part) => part !== '').join('/');
  const request: ListRequest = {
    path,
    form,
    what: `listing the ${form.noun} of ${parent}`,
    missing: above.length === 0 ? 'the server has no such list' : `there is no ${parent} on the server`,
    ...(filter === undefined ? {} : { filter }),
  };
  return await readList(search, request, namedEntry);
}

/**
 * A condition in FIQL for a name or NAME@VERSION, which may bring more: a name may have an `@` of its own. Nobody says how
 * a quote or an operator is written in a text; then the server is not asked to choose.
 */
export function nameFilter(name: string): string | undefined {
  const at = name.lastIndexOf('@');
  const text = at > 0 ? `${name.slice(0, at)}*` : name;
  return isPlain(text.replace(/\*$/, '')) ? `name=='${text}'` : undefined;
}

/** The same for a pattern of `*` and `?`, of which FIQL knows the star. */
export function globFilter(pattern: string): string | undefined {
  return isPlain(pattern.replaceAll('*', '')) ? `name=='${pattern}'` : undefined;
}

function isPlain(text: string): boolean {
  return /^[\p{L}\p{N} _.+#@-]+$/u.test(text);
}
