import { AppError } from '../../core/errors.js';
import type { Reply, Transport } from '../../core/http.js';
import { isWebPage, parseDocument } from './document.js';
import { findPublished, type ImageFacts, readImage } from './image.js';
import { authorise, type Credentials } from './login/credentials.js';
import { type RefusalContext, refusalError, serverSentence } from './refusal.js';
import { describeResource, imageId, metadataUrl, type Resource } from './resource.js';

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
  // XML is what every client of the vendor speaks; the JSON form of some objects was never seen.
  const reply = await transport.call(
    { method: 'GET', url, headers: { accept: 'application/xml', ...headers } },
    signal,
  );
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
  const hint = `check that ${resource.base.endpoint} is the base URL of the API (usually https://HOST/api)`;
  if (reply.status !== 200) {
    const error = reply.status === 204 ? undefined : refusalError(reply, context);
    throw error ?? new AppError('proto.status', `${what}: the server returned ${reply.status}`, { hint });
  }
  if (isWebPage(reply.text, reply.headers)) {
    throw new AppError('proto.not-image', `${what}: the server sent a web page instead of the image's description`, {
      hint: `${hint}, and that no login page or proxy is in between`,
    });
  }
  if (reply.text.trim() === '') throw new AppError('proto.answer', `${what}: the response is empty`, { hint });
  const document = parseDocument(reply.text, what);
  if (document.root === 'uforgeError') {
    const said = serverSentence(reply) ?? 'no message';
    throw new AppError('proto.answer', `${what}: the server returned 200, but with an error: ${said}`, { hint });
  }
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
