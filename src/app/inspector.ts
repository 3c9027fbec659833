import { createRequire } from 'node:module';
import { FORMAT } from '../core/choice-options.js';
import { formatOfWord } from '../core/image-format.js';
import type { Inspect } from '../core/inspection.js';
import type { Run } from './run.js';

const require = createRequire(import.meta.url);

/** Looks into images. Its parsers are loaded when the first image is complete: until then nobody needs them. */
export function inspector({ settings }: Run): Inspect {
  return async (image, remote) => {
    const { inspectImage } = await loadParsers();
    return await inspectImage(image, remote.format ?? formatOfWord(settings.get(FORMAT)));
  };
}

/** By itself import() has the files of all parsers open at once, just when every image has most of its own open. */
async function loadParsers(): Promise<typeof import('../inspect/inspect.js')> {
  try {
    require('../inspect/inspect.js');
  } catch {
    // --no-experimental-require-module, for one. Whatever else goes wrong is left to import().
  }
  return await import('../inspect/inspect.js');
}
