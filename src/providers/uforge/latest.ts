import type { Code } from '../../core/error-codes.js';
import { AppError } from '../../core/errors.js';
import { quoteForeign } from '../../core/redact.js';
import { isWanted } from '../../core/selection.js';
import { listImages, parentLevels } from './image-lists.js';
import { type Kind, LEVELS, SHAPES } from './kinds.js';
import type { Search } from './list-reading.js';
import type { ListedImage } from './listed-image.js';
import { byAge } from './newest.js';
import { nameOfParent } from './parents.js';
import type { Reason } from './readiness.js';

/** Which images count. */
export interface Choice {
  readonly format?: string;
  readonly revision?: string;
  /** Those that are still being generated count, too: somebody waits for them. */
  readonly wait: boolean;
}

const WHY: Readonly<Record<Reason, readonly [code: Code, words: string, hint: string]>> = {
  generating: ['not-ready.generating', 'is still being generated', 'run the same command again when it is complete'],
  error: ['not-ready.failed', 'could not be generated', 'generate the image again'],
  cancelled: ['not-ready.failed', 'was canceled while it was generated', 'generate the image again'],
  simulated: ['not-ready.simulated', 'is a simulation without a file', 'generate the image for real'],
  registry: ['not-ready.registry', 'lives in the container registry', 'pull it; the AppCenter shows its name'],
  'not-compressed': [
    'not-ready.not-compressed',
    'was generated for publishing (not compressed)',
    'generate it again with compress turned on (compress: true in the hammr template)',
  ],
};

/** Formats or revisions that are told. */
const SHOWN = 20;

/**
 * The newest image of an appliance, a template or a scan that can be downloaded.
 * @param parents ids of what it is made from
 * @param what `looking for appliance image web latest`, for messages
 * @throws AppError not-found.image where there is none, not-ready.* where none is ready, and as listImages()
 */
export async function latestImage(
  search: Search,
  kind: Kind,
  parents: readonly string[],
  choice: Choice,
  what: string,
): Promise<ListedImage> {
  const { format, revision } = choice;
  const all = await listImages(search, kind, parents);
  const fitting = all
    .filter(({ item }) => isWanted(item, { ready: false, ...(format === undefined ? {} : { format }) }))
    .filter(({ item }) => revision === undefined || item.revision === revision)
    .sort((a, b) => byAge(a.item, b.item));
  const chosen = fitting.find(({ item }) => item.ready || (choice.wait && item.reason === 'generating'));
  if (chosen !== undefined) return chosen;
  const { noun } = LEVELS[SHAPES[kind].levels.at(-1) ?? 'image'];
  const parent = nameOfParent(search, parentLevels(kind), parents);
  if (fitting.length > 0) throw noneReady(what, fitting, `${noun}s of ${parent}`);
  if (all.length > 0) throw noneFits(what, all, `${noun} of ${parent}`, choice);
  throw new AppError('not-found.image', `${what}: ${parent} has no ${noun}`, {
    hint: 'generate an image first, or check the id',
  });
}

/** What may still become ready is told first. @param which `images of appliance 747` */
function noneReady(what: string, images: readonly ListedImage[], which: string): AppError {
  const shown = images.find(({ item }) => item.reason === 'generating') ?? images[0];
  const reason = (shown?.item.reason ?? 'error') as Reason;
  const percent = shown?.item.percent ?? null;
  const [code, words, hint] = WHY[reason];
  const far = percent === null ? '' : ` (${percent} %)`;
  const count =
    images.length === 1
      ? `the only one of the ${which} that fits is not ready`
      : `none of the ${images.length} ${which} that fit is ready`;
  const pending = percent === null ? {} : { percent };
  return new AppError(code, `${what}: ${count}: ${shown?.item.id} ${words}${far}`, {
    hint,
    ...(reason === 'generating' ? { pending } : {}),
  });
}

function noneFits(what: string, all: readonly ListedImage[], which: string, { format, revision }: Choice): AppError {
  const wanted = [
    ...(format === undefined ? [] : [`format ${quoteForeign(format)}`]),
    ...(revision === undefined ? [] : [`revision ${revision}`]),
  ].join(' and ');
  const formats = known(all.map(({ item }) => item.format));
  const revisions = known(all.map(({ item }) => item.revision));
  return new AppError('not-found.image', `${what}: no ${which} has ${wanted}`, {
    hint: `there are these formats: ${formats}; these revisions: ${revisions}`,
  });
}

function known(values: readonly (string | null)[]): string {
  const told = [...new Set(values)].flatMap((value) => (value === null ? [] : [quoteForeign(value).slice(1, -1)]));
  const more = told.length > SHOWN ? ', …' : '';
  return told.length === 0 ? 'none' : `${told.slice(0, SHOWN).join(', ')}${more}`;
}
