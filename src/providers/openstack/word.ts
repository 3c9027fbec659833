import { AppError } from '../../core/errors.js';
import { fitsGlob } from '../../core/glob.js';
import { quoteForeign } from '../../core/redact.js';
import type { ImageRecord } from './answers.js';
import { imageIdOf } from './urls.js';

/** What an argument says, before anybody is asked. */
export type Word =
  | { readonly kind: 'id'; readonly id: string }
  | { readonly kind: 'name'; readonly name: string }
  /** An image may be named like an id: the id goes first. */
  | { readonly kind: 'id-or-name'; readonly id: string; readonly name: string }
  | { readonly kind: 'pattern'; readonly pattern: string };

/** Longest name Glance keeps (glance/schema: `name`, maxLength). */
const NAME_LIMIT = 255;

/**
 * An id, an exact name, or a pattern with `*` or `?`. `id:` and `name:` force what they say; all characters of a forced
 * name stand for themselves.
 * @throws AppError usage.id
 */
export function parseWord(given: string): Word {
  if (given.startsWith('id:')) return { kind: 'id', id: requireId(given) };
  if (given.startsWith('name:')) return { kind: 'name', name: requireName(given.slice('name:'.length), given) };
  const name = requireName(given, given);
  if (/[*?]/.test(name)) return { kind: 'pattern', pattern: name };
  const id = imageIdOf(name);
  return id === undefined ? { kind: 'name', name } : { kind: 'id-or-name', id, name };
}

/** Is this image meant? Whoever looks through a list takes an image of that id and one of that name. */
export function fitsWord({ id, name }: Pick<ImageRecord, 'id' | 'name'>, word: Word): boolean {
  if (word.kind === 'pattern') return fitsGlob(name ?? '', word.pattern);
  if (word.kind !== 'name' && word.id === id) return true;
  return word.kind !== 'id' && name === word.name;
}

function requireId(given: string): string {
  const id = imageIdOf(given.slice('id:'.length));
  if (id !== undefined) return id;
  throw new AppError('usage.id', `reading the image ${quoteForeign(given)}: what follows id: is not an id`, {
    hint: 'use an id such as 3f1c2a9e-7a51-4f3e-9c67-0a3e5e6f1b22; a name that begins like this is name:id:…',
  });
}

function requireName(name: string, given: string): string {
  if (name.trim() !== '' && [...name].length <= NAME_LIMIT) return name;
  const why = name.trim() === '' ? 'it is empty' : `it has more than ${NAME_LIMIT} characters`;
  throw new AppError('usage.id', `reading the image ${quoteForeign(given)}: ${why}`, {
    hint: 'use the id of the image, or its exact name',
  });
}
