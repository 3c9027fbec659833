import type { Code } from '../../core/error-codes.js';
import { AppError } from '../../core/errors.js';
import { quoteForeign } from '../../core/redact.js';
import { isWanted } from '../../core/selection.js';
import { listImages, thingLevels } from './image-lists.js';
import { type Kind, LEVELS, SHAPES } from './kinds.js';
import type { Search } from './list-reading.js';
import type { ListedImage } from './listed-image.js';
import { byAge } from './newest.js';
import type { Reason } from './readiness.js';
import { nameOfParent } from './things.js';

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

/**
 * The newest image of an appliance, a template or a scan that can be downloaded.
 * @param parents ids of what it is made from
 * @throws AppError not-found.image where there is none, not-ready.* where none is ready, and as listImages()
 */
export async function latestImage(
  search: Search,
  kind: Kind,
  parents: readonly string[],
  choice: Choice,
): Promise<ListedImage> {
  const { format, revision } = choice;
  const parent = nameOfParent(search, thingLevels(kind), parents);
  const noun = LEVELS[SHAPES[kind].levels.at(-1) ?? 'image'].noun;
  const all = await listImages(search, kind, parents);
  const fitting = all
    .filter(({ item }) => isWanted(item, { ready: false, ...(format === undefined ? {} : { format }) }))
    .filter(({ item }) => revision === undefined || item.revision === revision)
    .sort((a, b) => byAge(a.item, b.item));
  const chosen = fitting.find(({ item }) => item.ready || (choice.wait && item.reason === 'generating'));
  if (chosen !== undefined) return chosen;
  const what = `looking for the latest ${noun} of ${parent}`;
  if (fitting.length > 0) throw noneReady(what, fitting);
  throw noneFits(what, all, choice);
}

/** What may still become ready is told first. */
function noneReady(what: string, images: readonly ListedImage[]): AppError {
  const shown = images.find(({ item }) => item.reason === 'generating') ?? images[0];
  const reason = (shown?.item.reason ?? 'error') as Reason;
  const percent = shown?.item.percent ?? null;
  const [code, words, hint] = WHY[reason];
  const far = percent === null ? '' : ` (${percent} %)`;
  const id = shown?.item.id ?? '';
  const which = images.length === 1 ? `the only one, ${id},` : `none of ${images.length} is ready; ${id}`;
  const pending = percent === null ? {} : { percent };
  return new AppError(code, `${what}: ${which} ${words}${far}`, {
    hint,
    ...(reason === 'generating' ? { pending } : {}),
  });
}

function noneFits(what: string, all: readonly ListedImage[], { format, revision }: Choice): AppError {
  if (all.length === 0) {
    return new AppError('not-found.image', `${what}: it has none`, {
      hint: 'generate an image first, or check the id',
    });
  }
  const wanted = [
    ...(format === undefined ? [] : [`format ${quoteForeign(format)}`]),
    ...(revision === undefined ? [] : [`revision ${revision}`]),
  ];
  const known = (values: readonly (string | null)[]): string =>
    [...new Set(values)].flatMap((value) => (value === null ? [] : [quoteForeign(value).slice(1, -1)])).join(', ');
  const formats = known(all.map(({ item }) => item.format));
  const revisions = known(all.map(({ item }) => item.revision));
  return new AppError('not-found.image', `${what}: none of ${all.length} has ${wanted.join(' and ')}`, {
    hint: `there are these formats: ${formats || 'none'}; these revisions: ${revisions || 'none'}`,
  });
}
