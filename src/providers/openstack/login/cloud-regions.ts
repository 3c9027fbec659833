import { AppError } from '../../../core/errors.js';
import { escapeControls, quoteForeign } from '../../../core/redact.js';
import { listOf, mapOf, type Tree, type TreeMap } from '../../foreign-yaml.js';
import { OPENSTACK_CODES } from '../error-codes.js';
import { listNames } from './cloud-files.js';
import { type CloudValues, flatValues, keyed, layered, mappingIn } from './cloud-values.js';

/** A cloud in one of its regions. */
export interface InRegion {
  /** With the values of the region laid over, and its name in `region_name` if there is one. */
  readonly values: CloudValues;
  /** The regions that the description names itself. */
  readonly regions: readonly string[];
}

/**
 * `regions` of a cloud or a profile: names, or maps of `name` and `values`. Undefined when there are none: a generator
 * writes an empty list for that.
 * @throws AppError config.cloud
 */
export function listedRegions(map: TreeMap, where: string): readonly Tree[] | undefined {
  const value = keyed(map).get('regions');
  if (value === undefined || value === '') return undefined;
  const list = listOf(value);
  if (list === undefined) throw badRegions(`${where}: regions is not a list`);
  const entries = list.filter((entry) => entry !== undefined && entry !== '');
  return entries.length === 0 ? undefined : entries;
}

/**
 * The values of the chosen region laid over the cloud's. openstacksdk takes the first of several when none is chosen;
 * an image of another region under the name of the wanted one is worse than a question.
 * @param listed `regions` of the cloud: names, or maps of `name` and `values`
 * @param asked what the user asked for beside the description; it stands above it. A region that the description does
 *   not name is looked for in the catalog, where Keystone can be asked without it.
 * @param where for messages
 * @throws AppError usage.missing, not-found.region
 */
export function inRegion(
  values: CloudValues,
  listed: readonly Tree[] | undefined,
  asked: string | undefined,
  where: string,
): InRegion {
  const stated = statedRegions(values);
  const entries = listed ?? (stated.length > 1 ? stated : undefined);
  if (entries === undefined) return { values: named(values, asked ?? stated[0]), regions: stated };

  const known = knownRegions(entries, where);
  const regions = [...known.keys()];
  const [only] = regions.length === 1 ? regions : [];
  const region = asked ?? (stated.length === 1 ? stated[0] : only);
  if (region === undefined) {
    throw new AppError('usage.missing', `${where}: it has several regions and none is selected`, {
      hint: `use --os-region (or OS_REGION_NAME) with one of ${listNames(regions)}`,
      details: { regions },
    });
  }
  const own = known.get(region);
  if (own === undefined && (asked === undefined || needsRegion(values))) {
    throw noRegion(`${where} has no region ${quoteForeign(region)}`, regions);
  }
  return { values: named(layered(values, own ?? new Map()), region), regions };
}

/** @param regions that there are */
export function noRegion(message: string, regions: readonly string[]): AppError {
  return new AppError(OPENSTACK_CODES['not-found.region'], message, {
    hint:
      regions.length === 0
        ? 'its catalog names no region: do not ask for one'
        : `use one of ${listNames(regions)}, exactly as written`,
    details: { regions },
  });
}

/** `region_name` may be a list with commas (deprecated in openstacksdk). */
function statedRegions(values: CloudValues): readonly string[] {
  const stated = values.get('region_name');
  if (typeof stated !== 'string') return [];
  return stated
    .split(',')
    .map((region) => region.trim())
    .filter((region) => region !== '');
}

/** What is beside `name` and `values` would be passed over in silence: openstacksdk refuses it as well. */
function knownRegions(entries: readonly Tree[], where: string): ReadonlyMap<string, CloudValues> {
  const known = new Map<string, CloudValues>();
  for (const entry of entries) {
    const map = typeof entry === 'string' ? new Map([['name', entry]]) : (mapOf(entry) ?? new Map<string, Tree>());
    const region = map.get('name');
    if (typeof region !== 'string' || region === '') throw badRegions(`${where}: a region in its list has no name`);
    const its = `${where}, region ${quoteForeign(region)}`;
    const odd = [...map].find(([key, value]) => key !== 'name' && key !== 'values' && value !== undefined);
    if (odd !== undefined) throw badRegions(`${its}: ${escapeControls(odd[0])} is not below values`);
    known.set(region, flatValues(mappingIn(map, 'values', its), its));
  }
  return known;
}

function badRegions(message: string): AppError {
  return new AppError(OPENSTACK_CODES['config.cloud'], message, {
    hint: 'write regions: [NAME, …], or for each one - name: NAME with its settings below values:',
  });
}

/** Keystone has an address of its own in each region: a password must not go to one that a guess makes up. */
function needsRegion(values: CloudValues): boolean {
  const authUrl = values.get('auth_url');
  return typeof authUrl !== 'string' || authUrl.includes('{region_name}');
}

function named(values: CloudValues, region: string | undefined): CloudValues {
  return region === undefined ? values : new Map([...values, ['region_name', region]]);
}
