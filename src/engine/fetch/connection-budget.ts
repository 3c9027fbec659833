import type { ConnectionBudget } from '../../core/limits.js';

/** @param most connections beside the first of each image, over all images */
export function createConnectionBudget(most: number): ConnectionBudget {
  let taken = 0;
  return {
    take() {
      if (taken >= most) return false;
      taken += 1;
      return true;
    },
    giveBack() {
      taken -= 1;
    },
  };
}
