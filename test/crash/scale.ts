/**
 * How much is tried. `npm run crash` sets IMGDL_CRASH=10: ten times the kills, every error number at every call, more
 * power cuts. Seeds come from IMGDL_SEED, so that a failure can be had again.
 */
export const SCALE = Math.max(1, Number(process.env['IMGDL_CRASH'] ?? '1'));

export const SEED = Number(process.env['IMGDL_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

/** mulberry32 in plain arithmetic: the same numbers for the same seed, everywhere. */
export function randomOf(seed: number): () => number {
  let state = Math.abs(Math.trunc(seed)) % 2147483647 || 1;
  return () => {
    // Park and Miller's minimal standard generator.
    state = (state * 48271) % 2147483647;
    return (state - 1) / 2147483646;
  };
}
