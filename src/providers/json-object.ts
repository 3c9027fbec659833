import * as v from 'valibot';

/** An object with these keys; other keys are dropped. valibot's own object takes an array for one without keys. */
export function jsonObject<const Entries extends v.ObjectEntries>(entries: Entries) {
  return v.pipe(
    v.unknown(),
    v.check((value) => !Array.isArray(value)),
    v.object(entries),
  );
}
