import { AppError } from '../../../core/errors.js';
import { escapeControls, quoteForeign } from '../../../core/redact.js';
import { mapOf, type Tree, type TreeMap } from '../../foreign-yaml.js';
import { OPENSTACK_CODES } from '../error-codes.js';
import { OS_REGION } from '../options.js';
import {
  type CloudFile,
  type CloudPorts,
  cloudDirectories,
  findCloudFile,
  listNames,
  readNamedFile,
} from './cloud-files.js';
import { type InRegion, inRegion, listedRegions } from './cloud-regions.js';
import { type CloudValues, flatValues, layered, mappingIn, requireSingle, text } from './cloud-values.js';
import { vendorProfile } from './vendor-profiles.js';

/** One entry of clouds.yaml with everything that belongs to it merged in. */
export interface NamedCloud extends InRegion {
  readonly name: string;
  readonly path: string;
  /** From the current directory: nothing of the user's (secrets, client keys) may be joined to it. */
  readonly isolated: boolean;
}

/** A clouds.yaml and the files beside it that may be merged into it. */
interface CloudSet {
  /** With what secure.yaml says of each. */
  readonly clouds: TreeMap;
  /** Files that define clouds, the more important one for a message first; one at least. */
  readonly files: readonly { readonly path: string; readonly clouds: TreeMap }[];
  readonly vendors: CloudFile | undefined;
  readonly isolated: boolean;
}

export interface Found {
  readonly cloud: NamedCloud | undefined;
  /** The clouds that there are. */
  readonly known: readonly string[];
  /** A file that was read and has none. */
  readonly bare?: string;
}

/**
 * The cloud of this name. A clouds.yaml of the current directory may have it, but is then complete in itself: a file
 * that came with a checked-out repository must not meet the user's password, and a secure.yaml there must not bend
 * the user's own cloud to another auth_url.
 * @throws AppError config.cloud, config.read, not-found.region, usage.missing
 */
export async function findCloud(name: string, ports: CloudPorts): Promise<Found> {
  const sets: CloudSet[] = [];
  if (!ports.env.has('OS_CLIENT_CONFIG_FILE')) {
    const here = await cloudSet([ports.cwd], true, ports);
    if (here !== undefined) sets.push(here);
  }
  const own = await ownCloudSet(ports);
  if (own !== undefined) sets.push(own);
  const known = sets.flatMap(({ clouds }) => [...clouds.keys()]);
  const set = sets.find(({ clouds }) => clouds.has(name));
  if (set === undefined) {
    const bare = sets.find(({ clouds }) => clouds.size === 0)?.files[0]?.path;
    return { cloud: undefined, known, ...(bare === undefined ? {} : { bare }) };
  }
  if (set.isolated) {
    ports.warn({
      code: 'openstack.cloud-here',
      message: `using cloud ${quoteForeign(name)} from ${pathOf(name, set)}, in the current directory`,
    });
  }
  return { cloud: assembled(name, set, ports), known };
}

/** @param variables the OS_* variables describe another one */
export function unknownCloud(name: string, { known, bare }: Omit<Found, 'cloud'>, variables: boolean): AppError {
  const file =
    known.length > 0
      ? `use one of ${listNames(known)}`
      : bare === undefined
        ? 'define it in ~/.config/openstack/clouds.yaml, or set OS_CLIENT_CONFIG_FILE'
        : `define it below clouds: in ${escapeControls(bare)}, which defines none`;
  return new AppError(
    OPENSTACK_CODES['config.cloud'],
    `looking for the cloud ${quoteForeign(name)}: no clouds.yaml defines it`,
    { hint: variables ? `${file}; for the OS_* variables, use --os-cloud envvars` : file, details: { cloud: name } },
  );
}

/**
 * The cloud of a clouds.yaml that has only one, as openstacksdk takes it; undefined without any file.
 * @throws AppError usage.missing when there are several
 */
export async function soleCloud(ports: CloudPorts): Promise<NamedCloud | undefined> {
  const set = await ownCloudSet(ports);
  if (set === undefined) return undefined;
  const names = [...set.clouds.keys()];
  const [name] = names;
  if (name === undefined) return undefined;
  if (names.length > 1) {
    throw new AppError('usage.missing', `choosing a cloud: ${pathOf(name, set)} defines several`, {
      hint: `name one with --os-cloud or OS_CLOUD: ${listNames(names)}`,
    });
  }
  return assembled(name, set, ports);
}

async function ownCloudSet(ports: CloudPorts): Promise<CloudSet | undefined> {
  return cloudSet(cloudDirectories(ports), false, ports);
}

async function cloudSet(
  directories: readonly string[],
  isolated: boolean,
  ports: CloudPorts,
): Promise<CloudSet | undefined> {
  const find = async (kind: 'clouds' | 'secure', variable: string): Promise<CloudFile | undefined> => {
    const path = isolated ? undefined : ports.env.get(variable);
    return path === undefined ? findCloudFile(kind, directories, ports) : readNamedFile(variable, path, ports);
  };
  const found = [await find('clouds', 'OS_CLIENT_CONFIG_FILE'), await find('secure', 'OS_CLIENT_SECURE_FILE')];
  const files = found.flatMap((file) =>
    file === undefined ? [] : [{ path: file.path, clouds: mappingIn(file.tree, 'clouds', escapeControls(file.path)) }],
  );
  // What lies in the current directory by chance is not looked for: a clouds.yaml is.
  if (files.length === 0 || (isolated && found[0] === undefined)) return undefined;
  return {
    clouds: files.map(({ clouds }) => clouds).reduce((base, over) => merged(base, over, 2)),
    files,
    vendors: await findCloudFile('clouds-public', directories, ports),
    isolated,
  };
}

/**
 * As openstacksdk lays secure.yaml over clouds.yaml: mappings key by key, all else as a whole. What is not set takes
 * nothing away.
 * @param depth of mappings in these that are merged, too: a cloud and its `auth`. Beyond it aliases would have no end.
 */
function merged(base: TreeMap, over: TreeMap, depth: number): TreeMap {
  const both = new Map(base);
  for (const [key, value] of over) {
    const [below, above] = [mapOf(base.get(key)), mapOf(value)];
    if (depth > 0 && below !== undefined && above !== undefined) both.set(key, merged(below, above, depth - 1));
    else if (value !== undefined || !base.has(key)) both.set(key, value);
  }
  return both;
}

/** Profile, then the cloud with its part of secure.yaml, then the values of its region: the later wins. */
function assembled(name: string, set: CloudSet, ports: CloudPorts): NamedCloud {
  const where = of(name, set);
  const cloud = mappingIn(set.clouds, name, where);
  const own = flatValues(cloud, where);
  requireSingle(own, where);
  const named = text(own, 'profile') ?? text(own, 'cloud');
  const profile = named === undefined ? undefined : profileOf(named, name, set, ports);
  const values = layered(profile?.values ?? new Map(), own);
  requireSingle(values, where);
  const regions = listedRegions(cloud, where) ?? profile?.regions;
  const chosen = inRegion(values, regions, ports.settings.get(OS_REGION), where);
  requireSingle(chosen.values, where);
  return { name, path: filesOf(name, set)[0] ?? '', ...chosen, isolated: set.isolated };
}

interface Profile {
  readonly values: CloudValues;
  readonly regions: readonly Tree[] | undefined;
}

/** Of a clouds-public.yaml, or else one that openstacksdk ships. It can also ask a URL for one: we ask nobody. */
function profileOf(profile: string, name: string, set: CloudSet, ports: CloudPorts): Profile | undefined {
  const { tree, path = '' } = set.vendors ?? {};
  const vendors = tree === undefined ? new Map() : mappingIn(tree, 'public-clouds', escapeControls(path));
  if (vendors.has(profile)) {
    const where = `profile ${quoteForeign(profile)} of ${escapeControls(path)}`;
    const vendor = mappingIn(vendors, profile, where);
    return { values: flatValues(vendor, where), regions: listedRegions(vendor, where) };
  }
  const known = vendorProfile(profile);
  if (known !== undefined) return known;
  ports.warn({
    code: 'openstack.profile',
    message: `${of(name, set)}: its profile ${quoteForeign(profile)} is neither in a clouds-public.yaml nor known to imgdl, so it is ignored`,
  });
  return undefined;
}

function of(name: string, set: CloudSet): string {
  return `cloud ${quoteForeign(name)} of ${pathOf(name, set)}`;
}

function pathOf(name: string, set: CloudSet): string {
  return filesOf(name, set).map(escapeControls).join(' and ');
}

function filesOf(name: string, { files }: CloudSet): readonly string[] {
  return files.flatMap(({ path, clouds }) => (clouds.has(name) ? [path] : []));
}
