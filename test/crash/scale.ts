/** `npm run crash` is the long version: 5,000 kills, 1,000 power cuts, every error number at every call. */
export const LONG = process.env['IMGDL_CRASH'] === 'long';

/** The long version stops after this many minutes of each part, and says how far it came. */
const MINUTES = Number(process.env['IMGDL_MINUTES'] ?? Number.POSITIVE_INFINITY);
export const IS_CUT_SHORT = Number.isFinite(MINUTES);

/** Value of performance.now() at which a part that begins now has to end. */
export function endOfPart(): number {
  return performance.now() + MINUTES * 60_000;
}

/** From IMGDL_SEED, so that a failure can be had again. */
export const SEED = Number(process.env['IMGDL_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

/** The same numbers for the same seed, everywhere. */
export function randomOf(seed: number): () => number {
  let state = Math.abs(Math.trunc(seed)) % 2147483647 || 1;
  return () => {
    // Park and Miller's minimal standard generator.
    state = (state * 48271) % 2147483647;
    return (state - 1) / 2147483646;
  };
}
