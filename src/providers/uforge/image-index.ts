import { AppError, isAppError } from '../../core/errors.js';
import { oncePer } from '../../core/once.js';
import type { AppCenter } from './app-center.js';
import { listImages } from './image-lists.js';
import { KINDS, type Kind, LEVELS, SHAPES } from './kinds.js';
import { startSearch } from './list-reading.js';

/** Where the images of a user are, by their own ids: hammr asks for no other. Read once for all images of a run. */
type Index = ReadonlyMap<string, readonly string[]>;

const indexesOf = oncePer((_center: AppCenter): Map<Kind, Promise<Index>> => new Map());

/**
 * All ids of the path of an image, its own included.
 * @throws AppError not-found.image, and as listImages()
 */
export async function pathOfImage(
  center: AppCenter,
  kind: Kind,
  id: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const found = (await indexOf(center, kind, signal)).get(id);
  if (found !== undefined) return found;
  const { noun } = LEVELS[SHAPES[kind].levels.at(-1) ?? 'image'];
  const command = SHAPES[kind].command.path.join(' ');
  const elsewhere = await kindOfImage(center, kind, id, signal);
  throw new AppError('not-found.image', `looking for ${command} ${id}: ${center.uid} has no ${noun} with this id`, {
    hint:
      elsewhere === undefined
        ? `check the id (imgdl ${command.split(' ')[0]} list), and the user (--uid) it belongs to`
        : `use imgdl ${SHAPES[elsewhere].command.path.join(' ')} ${id}`,
  });
}

async function indexOf(center: AppCenter, kind: Kind, signal: AbortSignal): Promise<Index> {
  const indexes = indexesOf(center);
  const index = indexes.get(kind) ?? readIndex(center, kind, signal);
  indexes.set(kind, index);
  try {
    return await index;
  } catch (error) {
    // Whoever tries again asks again.
    if (indexes.get(kind) === index) indexes.delete(kind);
    throw error;
  }
}

async function readIndex(center: AppCenter, kind: Kind, signal: AbortSignal): Promise<Index> {
  const images = await listImages(startSearch(center, signal), kind, []);
  return new Map(images.map(({ ids }) => [ids.at(-1) ?? '', ids]));
}

/** hammr's ids do not say what they are images of. For a hint: that it cannot be told is no error. */
async function kindOfImage(center: AppCenter, kind: Kind, id: string, signal: AbortSignal): Promise<Kind | undefined> {
  for (const other of KINDS.filter((one) => one !== kind)) {
    try {
      if ((await indexOf(center, other, signal)).has(id)) return other;
    } catch (error) {
      if (!isAppError(error)) throw error;
    }
  }
  return undefined;
}
