import { BadQuery } from './glance-errors.js';
import { type GlanceImage, hasData } from './glance-image.js';

/** Negative when `a` comes first. */
export type Order = (a: GlanceImage, b: GlanceImage) => number;

const VALUES: Readonly<Record<string, (image: GlanceImage) => string | number | null>> = {
  name: ({ name }) => name,
  status: ({ status }) => status,
  container_format: ({ diskFormat }) => (diskFormat === null ? null : 'bare'),
  disk_format: ({ diskFormat }) => diskFormat,
  size: (image) => (hasData(image) ? image.object.size : null),
  id: ({ id }) => id,
  created_at: ({ createdMs }) => createdMs,
  updated_at: ({ object }) => object.modifiedMs,
};

/** As a database without a collation compares: by code, and nothing before everything. */
function compare(a: string | number | null, b: string | number | null): number {
  if (a === b) return 0;
  if (a === null || b === null) return a === null ? -1 : 1;
  return a < b ? -1 : 1;
}

interface Key {
  readonly name: string;
  readonly direction: string;
}

function checked({ name, direction }: Key): Key {
  if (VALUES[name] === undefined) {
    const keys = Object.keys(VALUES).join(', ');
    throw new BadQuery(`Invalid sort key: ${name}. It must be one of the following: ${keys}.`);
  }
  if (direction !== 'asc' && direction !== 'desc') throw new BadQuery(`Invalid sort direction: ${direction}`);
  return { name, direction };
}

/** `sort=name:asc,size`, or `sort_key` and `sort_dir`, once or for each key. */
function keysOf(query: URLSearchParams): readonly Key[] {
  const names = query.getAll('sort_key');
  const directions = query.getAll('sort_dir');
  const sort = query.getAll('sort').at(-1);
  if (sort !== undefined) {
    if (names.length + directions.length > 0) throw new BadQuery('Old and new sorting syntax cannot be combined');
    return sort.split(',').map((part) => {
      const [name = '', direction = 'desc'] = part.trim().split(':');
      return checked({ name, direction });
    });
  }
  const keys = names.length === 0 ? ['created_at'] : names;
  if (directions.length > 1 && directions.length !== names.length) {
    throw new BadQuery('Number of sort dirs does not match the number of sort keys');
  }
  return keys.map((name, index) => checked({ name, direction: directions[index] ?? directions[0] ?? 'desc' }));
}

/** The order that a list's query asks for; where it says nothing: the newest first, then by id. @throws BadQuery */
export function orderOf(query: URLSearchParams): Order {
  const asked = keysOf(query);
  const last = asked.length === 1 ? (asked[0]?.direction ?? 'desc') : 'desc';
  const rest = ['created_at', 'id'].filter((name) => asked.every((key) => key.name !== name));
  const keys = [...asked, ...rest.map((name) => ({ name, direction: last }))];
  return (a, b) => {
    for (const { name, direction } of keys) {
      const value = VALUES[name] ?? (() => null);
      const result = compare(value(a), value(b));
      if (result !== 0) return direction === 'asc' ? result : -result;
    }
    return 0;
  };
}
