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
