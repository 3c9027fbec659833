import { AppError } from '../../core/errors.js';
import type { Reply, Transport } from '../../core/http.js';
import { requireDocument, requireNoError, requireOk } from './answer.js';
import { parseDocument } from './document.js';
import { findPublished, type ImageFacts, readImage } from './image.js';
import { authorise, type Credentials } from './login/credentials.js';
import type { RefusalContext } from './refusal.js';
import { describeResource, imageId, metadataUrl, type Resource } from './resource.js';

/** XML is what every client of the vendor speaks; the JSON form of some objects was never seen. */
export const METADATA = { accept: 'application/xml' };

/**
 * GETs the image's object. Free of charge: it shows a one-time key and spends none.
 * @param cure how to log in, where there are no credentials
 * @throws AppError auth.*, not-found.image, http.unavailable, proto.*, net.*
 */
export async function readMetadata(
  resource: Resource,
  credentials: Credentials | undefined,
  transport: Transport,
  cure: string,
  signal: AbortSignal,
): Promise<ImageFacts> {
  const what = `reading the metadata of ${describeResource(resource)}`;
  const { url, headers } = authorise(resource.base, metadataUrl(resource), credentials);
  const reply = await transport.call({ method: 'GET', url, headers: { ...METADATA, ...headers } }, signal);
  const context: RefusalContext = {
    what,
    authorised: credentials === undefined ? 'nothing' : 'credentials',
    endpoint: resource.base.endpoint,
    ...(credentials === undefined ? { cure } : {}),
  };
  return imageIn(reply, resource, context);
}

function imageIn(reply: Reply, resource: Resource, context: RefusalContext): ImageFacts {
  const { what } = context;
  requireOk(reply, context);
  requireDocument(reply.text, reply.headers, context, "the image's description");
  const document = parseDocument(reply.text, what);
  requireNoError(document, context);
  const id = imageId(resource);
  if (resource.kind !== 'pimage') return readImage(document, id, what);
  const image = findPublished(document, id, what);
  if (image === undefined) {
    throw new AppError('not-found.image', `${what}: the appliance has no published image with this id`, {
      hint: 'check the ids; the id of a published image is not that of the image it was made from',
    });
  }
  return image;
}
