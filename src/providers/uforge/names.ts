import { AppError } from '../../core/errors.js';
import { quoteForeign } from '../../core/redact.js';
import { nearest } from '../../core/suggest.js';
import { LEVELS } from './kinds.js';
import type { Search } from './list-reading.js';
import { candidateOf, type Named } from './named.js';
import { byAge } from './newest.js';
import { listParents, nameOfParent, type ParentLevel } from './parents.js';
import type { Word } from './words.js';

/** Names are no keys here: two appliances may have the same one, and a third one that looks like NAME@VERSION. */

/** Candidates and similar names that are told. */
const CANDIDATES = 20;
const SIMILAR = 5;

/** Where a word stands: below those with these ids. */
export interface Where {
  /** Of a kind of images, outermost first. */
  readonly levels: readonly ParentLevel[];
  readonly above: readonly string[];
}

/**
 * The id that a word means.
 * @param newest where a name fits several, take the one that was made last
 * @throws AppError not-found.image, not-found.ambiguous, and as listParents()
 */
export async function idOfWord(search: Search, where: Where, word: Word, newest: boolean): Promise<string> {
  if (word.kind === 'id') return word.id;
  const found = await parentsOfWord(search, where, word);
  const [first, ...others] = [...found].sort(byAge);
  if (first === undefined || (others.length > 0 && !newest)) throw ambiguous(search, where, word, found);
  return first.id;
}

/**
 * The ids of all that a word may mean: one at least.
 * @throws AppError not-found.image, and as listParents()
 */
export async function idsOfWord(search: Search, where: Where, word: Word): Promise<readonly string[]> {
  if (word.kind === 'id') return [word.id];
  return (await parentsOfWord(search, where, word)).map(({ id }) => id);
}

type Sought = Exclude<Word, { readonly kind: 'id' }>;

async function parentsOfWord(search: Search, { levels, above }: Where, word: Sought): Promise<readonly Named[]> {
  if (word.kind === 'latest') {
    const [newest] = [...(await listParents(search, levels, above))].sort(byAge);
    if (newest === undefined) throw nothing(search, { levels, above });
    return [newest];
  }
  const chosen = fitting(await listParents(search, levels, above, word.text), word.text);
  if (chosen.length > 0) return chosen;
  // A server that chooses by itself may know the name in another form: all of them are looked at before it is missing.
  const all = await listParents(search, levels, above);
  const found = fitting(all, word.text);
  if (found.length === 0) throw missing(search, { levels, above }, word.text, all);
  return found;
}

/** Those whose name this is; else as NAME@VERSION; else as NAME@VERSION:REVISION. The last `@` and `:` part it. */
export function fitting(all: readonly Named[], text: string): readonly Named[] {
  const whole = all.filter(({ name }) => name === text);
  const at = text.lastIndexOf('@');
  if (whole.length > 0 || at < 0) return whole;
  const versions = all.filter(({ name }) => name === text.slice(0, at));
  const wanted = text.slice(at + 1);
  const exact = versions.filter(({ version }) => version === wanted);
  const colon = wanted.lastIndexOf(':');
  if (exact.length > 0 || colon < 0) return exact;
  const [version, revision] = [wanted.slice(0, colon), wanted.slice(colon + 1)];
  return versions.filter((one) => one.version === version && one.revision === revision);
}

/** What to type for it, as exactly as a name can say it. */
function fullName({ name, version, revision }: Named): string {
  const exact = version === null ? '' : `@${version}${revision === null ? '' : `:${revision}`}`;
  return `${name ?? ''}${exact}`;
}

function nounOf({ levels, above }: Where): string {
  return LEVELS[levels[above.length] ?? 'appliance'].noun;
}

function nothing(search: Search, where: Where): AppError {
  const parent = nameOfParent(search, where.levels, where.above);
  return new AppError('not-found.image', `looking for the latest ${nounOf(where)}: ${parent} has none`, {
    hint: 'check the id',
  });
}

function missing(search: Search, where: Where, text: string, all: readonly Named[]): AppError {
  const noun = nounOf(where);
  const parent = nameOfParent(search, where.levels, where.above);
  const what = `looking for the ${noun} ${quoteForeign(text)}`;
  if (all.length === 0) {
    return new AppError('not-found.image', `${what}: ${parent} has no ${noun} at all`, {
      hint: where.above.length === 0 ? 'check the user (--uid)' : 'check the id',
    });
  }
  const at = text.lastIndexOf('@');
  const versions = at < 0 ? [] : all.filter(({ name }) => name === text.slice(0, at)).map(fullName);
  const names = all.flatMap(({ name }) => (name === null ? [] : [name]));
  const similar = versions.length > 0 ? versions.slice(0, CANDIDATES) : nearest(text, names, SIMILAR);
  return new AppError('not-found.image', `${what}: ${parent} has none of that name`, {
    hint:
      similar.length === 0
        ? `check the name, and the user (--uid): names must match exactly`
        : `names must match exactly; there ${similar.length === 1 ? 'is' : 'are'} ${similar.map(quoteForeign).join(', ')}`,
  });
}

function ambiguous(search: Search, where: Where, word: Sought, found: readonly Named[]): AppError {
  const text = word.kind === 'name' ? quoteForeign(word.text) : word.kind;
  const newestFirst = [...found].sort(byAge);
  const shown = newestFirst.slice(0, CANDIDATES).map(inWords);
  const more = found.length > shown.length ? ` and ${found.length - shown.length} more` : '';
  const noun = nounOf(where);
  const exact = new Set(found.map(fullName)).size === found.length && found.some(({ version }) => version !== null);
  return new AppError(
    'not-found.ambiguous',
    `looking for the ${noun} ${text}: ${found.length} ${noun}s have this name: ${shown.join(', ')}${more}`,
    {
      hint: exact ? 'use an id, the exact NAME@VERSION:REVISION, or --newest' : 'use an id, or --newest',
      details: {
        ids: newestFirst.map(({ id }) => id),
        candidates: newestFirst.map((one) => candidateOf(one, search.center.uid)),
      },
    },
  );
}

/** `748 (web@2.0:1, 2019-05-01)` */
function inWords(one: Named): string {
  const made = one.created === null ? '' : `, ${one.created.slice(0, 10)}`;
  return `${one.id} (${quoteForeign(`${fullName(one)}${made}`).slice(1, -1)})`;
}
