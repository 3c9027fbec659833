import { listOf, mapOf, type TreeMap } from '../../foreign-yaml.js';

/** Settings of one cloud by key, `auth:` laid flat; `-` in keys is `_`. */
export type CloudValues = ReadonlyMap<string, string | readonly string[]>;

/** Keys of `auth:` may also stand beside it; inside wins. Empty values count as absent. */
export function flatValues(map: TreeMap): CloudValues {
  const values = new Map<string, string | readonly string[]>();
  const auth = mapOf(map.get('auth'));
  for (const [key, value] of [...keyed(map), ...(auth === undefined ? [] : keyed(auth))]) {
    if (typeof value === 'string' && value !== '') values.set(key, value);
    const list = listOf(value)?.filter((item) => typeof item === 'string');
    if (list !== undefined) values.set(key, list);
  }
  return values;
}

/** The same with the spelling of keys that openstacksdk settles on. */
export function keyed(map: TreeMap): TreeMap {
  return new Map([...map].map(([key, value]) => [key.replaceAll('-', '_'), value]));
}

export function layered(base: CloudValues, over: CloudValues): CloudValues {
  return new Map([...base, ...over]);
}

/** A value that is one text; undefined when absent, empty or a list. */
export function text(values: CloudValues, key: string): string | undefined {
  const value = values.get(key);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Spellings of other times and tools. The modern name wins where both stand. */
const ALIASES: Readonly<Record<string, string>> = {
  tenant_name: 'project_name',
  tenant_id: 'project_id',
  endpoint_type: 'interface',
  image_interface: 'interface',
  image_endpoint: 'image_endpoint_override',
  auth_token: 'token',
  auth_plugin: 'auth_type',
  url: 'endpoint',
};

/** One spelling per key. `image_interface` is the more special one and wins over `interface`. */
export function normalValues(raw: CloudValues): CloudValues {
  const values = new Map(raw);
  for (const [alias, name] of Object.entries(ALIASES)) {
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
