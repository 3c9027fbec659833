import { AppError } from '../../core/errors.js';
import { quoteForeign } from '../../core/redact.js';
import { type Kind, LEVELS, type Level, SHAPES } from './kinds.js';

/** What an argument says, before anybody is asked. */
export type Word =
  | { readonly kind: 'id'; readonly id: string }
  | { readonly kind: 'name'; readonly text: string }
  | { readonly kind: 'latest' };

/** An image as the arguments name it. */
export interface Wanted {
  readonly kind: Kind;
  /** One for each level; or the id of the image alone. */
  readonly words: readonly Word[];
  /** The arguments, safe to be shown. */
  readonly typed: string;
}

/** Longer than any name of the schema. */
const NAME_LIMIT = 1024;

/** Ids are decimals of a Java long. */
export function isId(text: string): boolean {
  return /^(?:0|[1-9][0-9]{0,18})$/.test(text);
}

/**
 * Anything but a decimal would let an argument choose the path.
 * @param what `<image>`, for the message
 * @throws AppError usage.id
 */
export function requireId(given: string, what: string, hint = 'use a number such as 1095'): string {
  if (isId(given)) return given;
  throw new AppError('usage.id', `${what} ${quoteForeign(given)}: not a decimal id`, { hint });
}

/**
 * Digits are always an id, `id:` and `name:` force one. What has no name takes `latest` beside its id.
 * @throws AppError usage.id
 */
export function parseWord(level: Level, given: string): Word {
  const { doc, word } = LEVELS[level];
  const what = `<${level}>`;
  if (given.startsWith('id:')) return { kind: 'id', id: requireId(given.slice('id:'.length), what) };
  if (isId(given)) return { kind: 'id', id: given };
  if (word === 'latest') {
    if (given === 'latest') return { kind: 'latest' };
    throw new AppError('usage.id', `${what} ${quoteForeign(given)}: neither a decimal id nor latest`, {
      hint: `use the ${doc}; an id is a number such as 1095`,
    });
  }
  if (/^[0-9]+$/.test(given)) requireId(given, what, `use an id such as 747, or name:${given} if that is a name`);
  const text = given.startsWith('name:') ? given.slice('name:'.length) : given;
  if (text.trim() === '' || text.length > NAME_LIMIT || /[\u0000-\u001f\u007f]|\p{Surrogate}/u.test(text)) {
    throw new AppError('usage.id', `${what} ${quoteForeign(given)}: neither an id nor a name`, {
      hint: `use the ${doc}`,
    });
  }
  return { kind: 'name', text };
}

/** @throws AppError usage.* */
export function parseWanted(kind: Kind, args: readonly string[]): Wanted {
  const { command, levels } = SHAPES[kind];
  const typed = args.map(shownWord).join(' ');
  if (args.length === 1 && levels.length > 1) return { kind, words: [parseAlone(kind, args[0] ?? '')], typed };
  if (args.length === levels.length) {
    return { kind, words: levels.map((level, at) => parseWord(level, args[at] ?? '')), typed };
  }
  const all = levels.map((level) => level.toUpperCase()).join(' ');
  throw new AppError(
    'usage.arguments',
    `${command.path.join(' ')}: ${args.length} arguments instead of 1 or ${levels.length}`,
    {
      hint: `use ${all}, or the id of the image alone`,
    },
  );
}

/** The image by its id, as hammr has it. */
function parseAlone(kind: Kind, given: string): Word {
  const { command, levels } = SHAPES[kind];
  const others = levels.slice(0, -1).map((level) => level.toUpperCase());
  const id = given.startsWith('id:') ? given.slice('id:'.length) : given;
  const image = levels.at(-1) ?? 'image';
  const hint = `use the id of the image, or name all: imgdl ${command.path.join(' ')} ${others.join(' ')} latest`;
  return { kind: 'id', id: requireId(id, `<${image}>`, hint) };
}

/** An argument in a message: as it was typed, quoted where that would not be clear. */
export function shownWord(given: string): string {
  return /^[\w.@:+/-]+$/.test(given) ? given : quoteForeign(given);
}

/** The ids where nothing has to be looked up. */
export function idsOf({ kind, words }: Wanted): readonly string[] | undefined {
  const ids = words.flatMap((word) => (word.kind === 'id' ? [word.id] : []));
  return ids.length === SHAPES[kind].levels.length ? ids : undefined;
}

/** What is asked for, as a reference: `users/alice/appliances/web@1.2/images/latest`, or `users/alice/images/1095`. */
export function pathOfWords({ kind, words }: Wanted, uid: string): string {
  const levels = SHAPES[kind].levels.slice(-words.length);
  const pairs = levels.map((level, at) => `${LEVELS[level].segment}/${encodeURIComponent(textOf(words[at]))}`);
  return `users/${encodeURIComponent(uid)}/${pairs.join('/')}`;
}

function textOf(word: Word | undefined): string {
  if (word?.kind === 'id') return word.id;
  // A name is never taken for what has no name.
  return word?.kind === 'name' ? `name:${word.text}` : 'latest';
}
