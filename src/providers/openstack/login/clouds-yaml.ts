import { AppError } from '../../../core/errors.js';
import { escapeControls, quoteForeign } from '../../../core/redact.js';
import { listOf, mapOf, type Tree, type TreeMap } from '../../foreign-yaml.js';
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
import { type InRegion, inRegion } from './cloud-regions.js';
import { type CloudValues, flatValues, keyed, layered, requireSingle, text } from './cloud-values.js';
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
  readonly clouds: CloudFile;
  readonly secure: CloudFile | undefined;
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
  const known = sets.flatMap((set) => [...cloudsOf(set).keys()]);
  const set = sets.find((each) => cloudsOf(each).has(name));
  if (set === undefined) {
    const bare = sets.find((each) => cloudsOf(each).size === 0)?.clouds.path;
    return { cloud: undefined, known, ...(bare === undefined ? {} : { bare }) };
  }
  if (set.isolated) {
    ports.warn({
      code: 'openstack.cloud-here',
      message: `using cloud ${quoteForeign(name)} from ${escapeControls(set.clouds.path)}, in the current directory`,
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
  const names = [...cloudsOf(set).keys()];
  const [name] = names;
  if (name === undefined) return undefined;
  if (names.length > 1) {
    throw new AppError('usage.missing', `choosing a cloud: ${escapeControls(set.clouds.path)} defines several`, {
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
  const clouds = await find('clouds', 'OS_CLIENT_CONFIG_FILE');
  if (clouds === undefined) return undefined;
  return {
    clouds,
    secure: await find('secure', 'OS_CLIENT_SECURE_FILE'),
    vendors: await findCloudFile('clouds-public', directories, ports),
    isolated,
  };
}

function cloudsOf(set: CloudSet): TreeMap {
  return mapOf(set.clouds.tree.get('clouds')) ?? new Map();
}

/** Profile, then the cloud, then its part of secure.yaml, then the values of its region: the later wins. */
function assembled(name: string, set: CloudSet, ports: CloudPorts): NamedCloud {
  const cloud = mapOf(cloudsOf(set).get(name));
  if (cloud === undefined) {
    throw new AppError(OPENSTACK_CODES['config.cloud'], `${of(name, set)}: it is not a mapping`, {
      hint: 'correct the file',
    });
  }
  const own = flatValues(cloud);
  requireSingle(own, of(name, set));
  const named = text(own, 'profile') ?? text(own, 'cloud');
  const profile = named === undefined ? undefined : profileOf(named, name, set, ports);
  const secrets = mapOf(mapOf(set.secure?.tree.get('clouds'))?.get(name)) ?? new Map();
  const values = [own, flatValues(secrets)].reduce(layered, profile?.values ?? new Map());
  requireSingle(values, of(name, set));
  const regions = listOf(keyed(cloud).get('regions')) ?? profile?.regions;
  const chosen = inRegion(values, regions, ports.settings.get(OS_REGION), of(name, set));
  requireSingle(chosen.values, of(name, set));
  return { name, path: set.clouds.path, ...chosen, isolated: set.isolated };
}

interface Profile {
  readonly values: CloudValues;
  readonly regions: readonly Tree[] | undefined;
}

/** Of a clouds-public.yaml, or else one that openstacksdk ships. It can also ask a URL for one: we ask nobody. */
function profileOf(profile: string, name: string, set: CloudSet, ports: CloudPorts): Profile | undefined {
  const vendor = mapOf(mapOf(set.vendors?.tree.get('public-clouds'))?.get(profile));
  if (vendor !== undefined) return { values: flatValues(vendor), regions: listOf(keyed(vendor).get('regions')) };
  const known = vendorProfile(profile);
  if (known !== undefined) return known;
  ports.warn({
    code: 'openstack.profile',
    message: `${of(name, set)}: its profile ${quoteForeign(profile)} is neither in a clouds-public.yaml nor known to imgdl, so it is ignored`,
  });
  return undefined;
}

function of(name: string, set: CloudSet): string {
  return `cloud ${quoteForeign(name)} of ${escapeControls(set.clouds.path)}`;
}
