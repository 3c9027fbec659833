import { AppError } from '../../../core/errors.js';
import { escapeControls } from '../../../core/redact.js';
import { listOf, mapOf, type TreeMap } from '../../foreign-yaml.js';
import { OPENSTACK_CODES } from '../error-codes.js';
import { CLOUD_KEYS } from './cloud-keys.js';

/** Settings of one cloud by key, `auth:` laid flat; `-` in keys is `_`. */
export type CloudValues = ReadonlyMap<string, string | readonly string[]>;

/**
 * Keys of `auth:` may also stand beside it; inside wins. Empty values count as absent.
 * @param where for a message
 * @throws AppError config.cloud
 */
export function flatValues(map: TreeMap, where: string): CloudValues {
  const values = new Map<string, string | readonly string[]>();
  for (const [key, value] of [...keyed(map), ...keyed(mappingIn(map, 'auth', where))]) {
    if (typeof value === 'string' && value !== '') values.set(key, value);
    const list = listOf(value)?.filter((item) => typeof item === 'string');
    if (list !== undefined) values.set(key, list);
    // Something is there: requireSingle() refuses it where it counts.
    if (mapOf(value) !== undefined) values.set(key, []);
  }
  return values;
}

/** Those that may be lists: openstacksdk takes interfaces in order of preference, keystoneauth several methods. */
const LISTS: ReadonlySet<string> = new Set(['interface', 'image_interface', 'endpoint_type', 'auth_methods']);
const SINGLE = [...CLOUD_KEYS, 'verify', 'profile', 'image_endpoint', 'auth_plugin'].filter((key) => !LISTS.has(key));

/**
 * A region in a list is not no region, and a password in a list not no password: what is written another way than it is
 * read must not pass for what is not there. Nor for what Keystone refuses without saying why: a block of YAML (`|`) ends
 * with a line break.
 * @throws AppError config.cloud
 */
export function requireSingle(values: CloudValues, where: string): void {
  const odd = SINGLE.find((key) => typeof (values.get(key) ?? '') !== 'string');
  if (odd !== undefined) {
    throw new AppError(OPENSTACK_CODES['config.cloud'], `${where}: ${odd} is a list or a mapping`, {
      hint: `write one value for ${odd}, in quotes if it has braces or brackets`,
    });
  }
  const broken = SINGLE.find((key) => /[\r\n]/.test(text(values, key) ?? ''));
  if (broken === undefined) return;
  throw new AppError(OPENSTACK_CODES['config.cloud'], `${where}: ${broken} contains a line break`, {
    hint: 'write the value on the line of its key, or use |- instead of |',
  });
}

/** The mapping below a key; none when that is not set. @throws AppError config.cloud for what is no mapping */
export function mappingIn(map: TreeMap, key: string, where: string): TreeMap {
  const value = map.get(key);
  if (value === undefined || value === '') return new Map();
  const mapping = mapOf(value);
  if (mapping !== undefined) return mapping;
  throw new AppError(OPENSTACK_CODES['config.cloud'], `${where}: ${escapeControls(key)} is not a mapping`, {
    hint: `write ${escapeControls(key)}: on a line, and its keys below it, indented`,
  });
}

/** The same with the spelling of keys that openstacksdk settles on. */
export function keyed(map: TreeMap): TreeMap {
  return new Map([...map].map(([key, value]) => [key.replaceAll('-', '_'), value]));
}

/** What the upper layer says in one spelling, the lower one may say in another. */
export function layered(base: CloudValues, over: CloudValues): CloudValues {
  const said = new Set([...over.keys()].map(modern));
  return new Map([...[...base].filter(([key]) => !said.has(modern(key))), ...over]);
}

/** `image_interface` stays: it is another setting, and goes before `interface` in any layer. */
function modern(key: string): string {
  return key === 'image_interface' ? key : (ALIASES.get(key) ?? key);
}

/** A value that is one text; undefined when absent, empty or a list. */
export function text(values: CloudValues, key: string): string | undefined {
  const value = values.get(key);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Spellings of other times and tools. The modern name wins where both stand. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['tenant_name', 'project_name'],
  ['tenant_id', 'project_id'],
  ['endpoint_type', 'interface'],
  ['image_interface', 'interface'],
  ['image_endpoint', 'image_endpoint_override'],
  ['auth_token', 'token'],
  ['auth_plugin', 'auth_type'],
  ['url', 'endpoint'],
]);

/** One spelling per key. `image_interface` is the more special one and wins over `interface`. */
export function normalValues(raw: CloudValues): CloudValues {
  const values = new Map(raw);
  for (const [alias, name] of ALIASES) {
    const value = raw.get(alias);
    if (value === undefined) continue;
    values.delete(alias);
    if (!values.has(name) || alias === 'image_interface') values.set(name, value);
  }
  return values;
}

/** Endpoints are Python format strings in openstacksdk: `https://{region_name}.example.com`. Never fed a secret. */
export function formatted(values: CloudValues, key: string): string | undefined {
  return text(values, key)?.replace(/\{(region_name|project_id|project_name|username)\}/g, (whole, name: string) => {
    return text(values, name) ?? whole;
  });
}
