import type { Inspect } from '#imgdl/core/inspection.js';
import { createReadAheadPool } from '#imgdl/engine/digest/read-ahead-buffer.js';
import { createConnectionBudget } from '#imgdl/engine/fetch/connection-budget.js';

const nothingFound: Inspect = async () => ({ format: undefined, findings: [] });

/** What the images of one run share, for a run of one image that may have as many connections as it asks for. */
export function runResources(inspect = nothingFound) {
  return { budget: createConnectionBudget(16), readAheadPool: createReadAheadPool(), inspect };
}
