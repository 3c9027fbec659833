import { FORMAT, NEWEST, WAIT } from '../../core/choice-options.js';
import { oncePer } from '../../core/once.js';
import type { AppCenter } from './app-center.js';
import { pathOfImage } from './image-index.js';
import { parentLevels } from './image-lists.js';
import { SHAPES } from './kinds.js';
import { latestImage } from './latest.js';
import { startSearch } from './list-reading.js';
import { idOfWord } from './names.js';
import { REVISION } from './options.js';
import type { ParentLevel } from './parents.js';
import type { Resource } from './resource.js';
import type { Wanted, Word } from './words.js';

/**
 * What the words of an image mean now. For those that need no looking up see {@link idsOf}.
 * @throws AppError not-found.*, not-ready.*, auth.*, http.unavailable, proto.*, net.*
 */
export async function resolve(center: AppCenter, wanted: Wanted, signal: AbortSignal): Promise<Resource> {
  const { base, uid, ports } = center;
  const { kind, typed } = wanted;
  const ids = await pathOfWanted(center, wanted, signal);
  const command = SHAPES[kind].command.path.join(' ');
  ports.note(`${command} ${typed} is ${command} ${ids.join(' ')}`);
  return { base, kind, uid, ids, typed };
}

async function pathOfWanted(
  center: AppCenter,
  { kind, words, typed }: Wanted,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const levels = parentLevels(kind);
  const image = words.at(-1);
  if (words.length === 1 && levels.length > 0) {
    return await pathOfImage(center, kind, image?.kind === 'id' ? image.id : '', signal);
  }
  const parents: string[] = [];
  for (const word of words.slice(0, -1)) parents.push(await idOf(center, levels, parents, word, signal));
  if (image?.kind === 'id') return [...parents, image.id];
  const { settings } = center.ports;
  const format = settings.get(FORMAT);
  const revision = settings.get(REVISION);
  const choice = {
    wait: settings.get(WAIT) !== undefined,
    ...(format === undefined ? {} : { format }),
    ...(revision === undefined ? {} : { revision: String(revision) }),
  };
  const what = `looking for ${SHAPES[kind].command.path.join(' ')} ${typed}`;
  return (await latestImage(startSearch(center, signal), kind, parents, choice, what)).ids;
}

/** What a run has looked up: all images of an appliance name the same one. */
const lookedUp = oncePer((_center: AppCenter): Map<string, Promise<string>> => new Map());

async function idOf(
  center: AppCenter,
  levels: readonly ParentLevel[],
  above: readonly string[],
  word: Word,
  signal: AbortSignal,
): Promise<string> {
  const known = lookedUp(center);
  const key = JSON.stringify([levels[above.length], ...above, word]);
  const newest = center.ports.settings.get(NEWEST);
  const id = known.get(key) ?? idOfWord(startSearch(center, signal), { levels, above: [...above] }, word, newest);
  known.set(key, id);
  try {
    return await id;
  } catch (error) {
    // Whoever tries again asks again.
    if (known.get(key) === id) known.delete(key);
    throw error;
  }
}
