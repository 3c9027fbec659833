/**
 * Makes a thing once for each owner and keeps it as long as that lives: all images of a run, which have the same ports,
 * share one reading of the configuration and one log-in. A promise that is rejected is kept like any other.
 */
export function oncePer<Owner extends WeakKey, Thing>(make: (owner: Owner) => Thing): (owner: Owner) => Thing {
  const made = new WeakMap<Owner, { readonly thing: Thing }>();
  return (owner) => {
    const known = made.get(owner) ?? { thing: make(owner) };
    made.set(owner, known);
    return known.thing;
  };
}
