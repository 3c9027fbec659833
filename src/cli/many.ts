import { resolve } from 'node:path';
import { refuseForSeveral, sourcesOf, type Wanted } from '../app/images.js';
import { bring, type Equipment, type Errand, equip } from '../app/run.js';
import type { Place } from '../app/target-path.js';
import { whenAborted } from '../core/abort.js';
import { AppError, isAppError } from '../core/errors.js';
import type { Report } from '../core/events.js';
import type { Outcome } from '../core/outcome.js';
import { escapeControls } from '../core/redact.js';
import { runQueue } from '../engine/queue.js';
import { ownerOf } from '../providers/registry.js';
import { createBatch } from './batch.js';
import type { Voice } from './voice.js';

/** Images on their way at once. Each has a part, a journal and a connection or more open. */
const IMAGES_AT_ONCE = 8;

/**
 * Several images in one run: one transport, one log-in, one display, one result, one exit code.
 *
 * @param images the arguments of each
 * @returns the exit code: 0, or 14 when an image failed
 * @throws AppError what is wrong before the first image starts, and when the result cannot be written
 */
export async function runMany(
  errand: Errand,
  images: readonly (readonly string[])[],
  voice: Voice,
  notes: readonly string[],
): Promise<number> {
  const { spec, io, settings, providers, allOptions, abort } = errand;
  await refuseForSeveral(settings, allOptions, io.cwd);
  const batch = createBatch({ count: images.length, voice, io, abort });
  try {
    for (const message of notes) batch.report({ type: 'note', message });
    const equipment = await equip(errand, batch.report);
    try {
      const wanted = await sourcesOf(providers, spec, images, equipment.ports);
      const claims = claimsIn(io.cwd);
      const oneAccount = ownerOf(providers, spec)?.sharesAccount === true;
      let refused: AppError | undefined;
      const one = async (image: Wanted, at: number): Promise<void> => {
        const item = batch.start(at, image);
        try {
          if (refused !== undefined) throw refused;
          item.succeed(await bringOne(errand, equipment, image, item.report, claims));
        } catch (error) {
          item.fail(error);
          if (oneAccount && isAppError(error) && error.code === 'auth.refused' && batch.succeeded === 0)
            refused ??= error;
        }
      };
      const jobs = wanted.map((image, at) => () => one(image, at));
      await runQueue(jobs, IMAGES_AT_ONCE, abort.signal);
      return await batch.finish(wanted);
    } finally {
      await equipment.close();
    }
  } finally {
    batch.close();
  }
}

async function bringOne(
  errand: Errand,
  equipment: Equipment,
  { source, name }: Wanted,
  report: Report,
  claim: (place: Place, name: string) => void,
): Promise<Outcome> {
  const { signal } = errand.abort;
  // A signal of its own: what listens to it is gone with the image, a thousand images leave nothing behind.
  const own = new AbortController();
  const unlisten = whenAborted(signal, () => own.abort(signal.reason));
  try {
    return await bring(source, errand, equipment, report, own.signal, (place) => claim(place, name));
  } finally {
    unlisten();
  }
}

/** A name belongs to the first image of the run that gets it: the next must not replace it, nor pass for it. */
function claimsIn(cwd: string): (place: Place, name: string) => void {
  const owners = new Map<string, string>();
  return ({ path, shown }, name) => {
    const key = resolve(cwd, path);
    const owner = owners.get(key);
    if (owner !== undefined) {
      throw new AppError(
        'fs.exists',
        `saving ${escapeControls(name)} as ${escapeControls(shown)}: another image in this run has that name`,
        {
          hint: 'download it separately with -o FILE',
          details: { path: shown, other: owner },
        },
      );
    }
    owners.set(key, name);
  };
}
