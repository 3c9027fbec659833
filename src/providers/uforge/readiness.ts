import { AppError } from '../../core/errors.js';
import { quoteForeign } from '../../core/redact.js';
import type { ImageFacts } from './image.js';

/** Formats whose images live in a registry on the AppCenter's host since 3.8.fp11. */
const REGISTRY_FORMATS = new Set(['docker', 'openshift']);

/**
 * Are there bytes to be had? The server's own answer to a premature download is undocumented, so its status is read
 * first, as hammr does: complete, no error, compressed.
 * @throws AppError not-ready.*
 */
export function requireReady(image: ImageFacts, what: string): void {
  const { status } = image;
  if (status?.error === true) {
    const said = status.message === undefined ? '' : `: ${quoteForeign(status.message)}`;
    throw new AppError('not-ready.failed', `${what}: the generation of the image failed${said}`, {
      hint: 'generate the image again, then run the command with its new id',
    });
  }
  if (status?.cancelled === true) {
    throw new AppError('not-ready.failed', `${what}: the generation of the image was cancelled`, {
      hint: 'generate the image again, then run the command with its new id',
    });
  }
  if (image.simulated === true) {
    throw new AppError('not-ready.simulated', `${what}: the image is a simulation, so there is no file to download`, {
      hint: 'generate the image for real, without the option simulated',
    });
  }
  if (status === undefined ? image.downloadUri === undefined : !status.complete) {
    const percent = /^[0-9]{1,3}$/.test(status?.percentage ?? '') ? ` (${status?.percentage} %)` : '';
    throw new AppError('not-ready.generating', `${what}: the image is still being generated${percent}`, {
      hint: 'run the same command again when it is complete',
    });
  }
  if (inRegistry(image)) throw registryError(image, what);
  if (image.compress !== true && (image.compress === false || image.downloadUri === undefined)) {
    throw new AppError(
      'not-ready.not-compressed',
      `${what}: the image was generated for publishing (not compressed), so there is no file to download`,
      { hint: 'generate it again with compress turned on (compress: true in the hammr template)' },
    );
  }
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
