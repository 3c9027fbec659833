import * as v from 'valibot';

/** Values as UForge writes them: XML has text only, JSON has its own types. */

/** An empty element means the same as an absent one. */
export function perhaps<Output>(schema: v.GenericSchema<unknown, Output>) {
  const present = v.transform((value: unknown) => (value === '' || value === null ? undefined : value));
  return v.optional(v.pipe(v.unknown(), present, v.optional(schema)));
}

const scalar = v.pipe(v.union([v.string(), v.pipe(v.number(), v.finite())]), v.transform(String));

export const text = (limit: number) => perhaps(v.pipe(scalar, v.maxLength(limit)));

/** Facts that only make the result nicer: a strange one is as good as none. */
export const nicety = v.fallback(text(4096), undefined);

export const flag = perhaps(
  v.union([
    v.boolean(),
    // XML Schema part 2, section 3.2.2: the lexical forms of boolean.
    v.pipe(
      v.picklist(['true', 'false', '1', '0']),
      v.transform((word) => word === 'true' || word === '1'),
    ),
  ]),
);

/** exactOptionalPropertyTypes: an unknown fact is an absent property. */
export function defined<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]?: V });
}
