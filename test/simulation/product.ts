/** Copies of the product in miniature, whose system calls are simulated. Two, so that two processes can run at once. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AppError } from '#imgdl/core/errors.js';
import type { createReadAheadPool } from '#imgdl/engine/digest/read-ahead-buffer.js';
import type { download } from '#imgdl/engine/download.js';
import type { createConnectionBudget } from '#imgdl/engine/fetch/connection-budget.js';
import type { openWorkspace } from '#imgdl/fs/workspace.js';

export interface Product {
  /** Of the process that makes its calls: see slots.ts. */
  readonly slot: string;
  readonly AppError: typeof AppError;
  readonly download: typeof download;
  readonly openWorkspace: typeof openWorkspace;
  readonly createConnectionBudget: typeof createConnectionBudget;
  readonly createReadAheadPool: typeof createReadAheadPool;
}

/** @param directory what copyMiniature() made, with its modules replaced by those of this slot */
export async function loadProduct(directory: string, slot: string): Promise<Product> {
  const load = async (file: string): Promise<Record<string, unknown>> =>
    (await import(pathToFileURL(join(directory, 'dist', file)).href)) as Record<string, unknown>;
  const found = Object.assign(
    { slot },
    await load('core/errors.js'),
    await load('engine/download.js'),
    await load('fs/workspace.js'),
    await load('engine/fetch/connection-budget.js'),
    await load('engine/digest/read-ahead-buffer.js'),
  );
  return found as unknown as Product;
}
