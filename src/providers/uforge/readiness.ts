import { AppError } from '../../core/errors.js';
import { quoteForeign } from '../../core/redact.js';
import type { ImageFacts } from './image.js';
import { percentOfStatus } from './status.js';

/** Why there are no bytes to be had, in the words of lists. */
export type Reason = 'error' | 'cancelled' | 'simulated' | 'generating' | 'registry' | 'not-compressed';

/** Formats whose images live in a registry on the AppCenter's host since 3.8.fp11. */
const REGISTRY_FORMATS = new Set(['docker', 'openshift']);

/**
 * Undefined when there are bytes to be had. The server's own answer to a premature download is undocumented, so its
 * status is read first, as hammr does: complete, no error, compressed.
 */
export function reasonOf(image: ImageFacts): Reason | undefined {
  const { status } = image;
  if (status?.error === true) return 'error';
  if (status?.cancelled === true) return 'cancelled';
  if (image.simulated === true) return 'simulated';
  if (status === undefined ? image.downloadUri === undefined : !status.complete) return 'generating';
  if (inRegistry(image)) return 'registry';
  if (image.compress !== true && (image.compress === false || image.downloadUri === undefined)) return 'not-compressed';
  // The generation is over, but the file is not there yet: what is said to be complete may be published first.
  return image.imageCreated === false ? 'generating' : undefined;
}

/** How far its making is, 0 to 100; undefined when the server does not say. */
export function percentOf({ status }: ImageFacts): number | undefined {
  return percentOfStatus(status);
}

/** @throws AppError not-ready.* */
export function requireReady(image: ImageFacts, what: string): void {
  const reason = reasonOf(image);
  if (reason !== undefined) throw notReady(reason, image, what);
}

function notReady(reason: Reason, image: ImageFacts, what: string): AppError {
  const again = { hint: 'generate the image again, then run the command with its new id' };
  switch (reason) {
    case 'error':
      return new AppError('not-ready.failed', `${what}: ${failure(image)}`, again);
    case 'cancelled':
      return new AppError('not-ready.failed', `${what}: the generation of the image was canceled`, again);
    case 'simulated':
      return new AppError(
        'not-ready.simulated',
        `${what}: the image is a simulation, so there is no file to download`,
        { hint: 'generate the image for real, without the option simulated' },
      );
    case 'generating': {
      const percent = percentOf(image);
      const far = percent === undefined ? '' : ` (${percent} %)`;
      return new AppError('not-ready.generating', `${what}: the image is still being generated${far}`, {
        hint: 'run the same command again when it is complete',
        pending: percent === undefined ? {} : { percent },
      });
    }
    case 'registry':
      return registryError(image, what);
    case 'not-compressed':
      return new AppError(
        'not-ready.not-compressed',
        `${what}: the image was generated for publishing (not compressed), so there is no file to download`,
        { hint: 'generate it again with compress turned on (compress: true in the hammr template)' },
      );
  }
}

function failure({ status }: ImageFacts): string {
  const said = status?.message === undefined ? '' : `: ${quoteForeign(status.message)}`;
  return `the generation of the image failed${said}`;
}

/** Servers before 3.8.fp11 have Docker images as files: a link and no name in a registry. */
function inRegistry(image: ImageFacts): boolean {
  if (!REGISTRY_FORMATS.has(image.format?.toLowerCase() ?? '')) return false;
  return image.registeringName !== undefined || image.downloadUri === undefined;
}

function registryError(image: ImageFacts, what: string): AppError {
  // The name is to be copied into a shell: anything that is not the name of a registry image is not shown as one.
  const name = image.registeringName;
  const safe = name !== undefined && /^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,254}$/.test(name);
  return new AppError('not-ready.registry', `${what}: the image lives in the container registry of the AppCenter`, {
    hint: safe ? `pull it: docker pull ${name}` : 'pull it from the registry; the AppCenter shows its name',
  });
}
