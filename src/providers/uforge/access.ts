import type { Transport } from '../../core/http.js';
import type { ImageFacts } from './image.js';
import type { GivenKey } from './image-url.js';
import type { Credentials } from './login/credentials.js';
import { readMetadata } from './metadata.js';
import type { Via } from './options.js';
import { requireReady } from './readiness.js';
import type { RefusalContext } from './refusal.js';
import { describeResource, type Resource } from './resource.js';

/** An image, and all there is to get at it. */
export interface ImageAccess {
  readonly resource: Resource;
  readonly credentials?: Credentials;
  /** The user's own one-time id. */
  readonly given?: GivenKey;
  readonly via: Via;
  /** How to log in, as a hint for where there are no credentials. */
  readonly cure: string;
  readonly transport: Transport;
  note(message: string): void;
}

/** The beginning of a message about the data. */
export function doing({ resource }: ImageAccess): string {
  return `downloading ${describeResource(resource)}`;
}

/** @throws AppError not-ready.*, and as readMetadata() */
export async function readReady(access: ImageAccess, signal: AbortSignal): Promise<ImageFacts> {
  const { resource, credentials, transport, cure } = access;
  const image = await readMetadata(resource, credentials, transport, cure, signal);
  requireReady(image, doing(access));
  return image;
}

/** @param authorised what the request went with that was refused */
export function refusalContext(access: ImageAccess, authorised: RefusalContext['authorised']): RefusalContext {
  const { resource, cure } = access;
  return {
    what: doing(access),
    authorised,
    endpoint: resource.base.endpoint,
    ...(authorised === 'nothing' ? { cure } : {}),
  };
}
