import { AppError } from '../../core/errors.js';
import type { Reply, Transport } from '../../core/http.js';
import { ListBudget, StreamedReply } from '../streamed-reply.js';
import { requireDocument, requireNoError, requireOk } from './answer.js';
import { parseDocument } from './document.js';
import { type ImageFacts, readImage, readPublished } from './image.js';
import { PUBLISHED, readListAnswer } from './list-answer.js';
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
  const request = { url, headers: { ...METADATA, ...headers } };
  const context: RefusalContext = {
    what,
    authorised: credentials === undefined ? 'nothing' : 'credentials',
    endpoint: resource.base.endpoint,
    ...(credentials === undefined ? { cure } : {}),
  };
  if (resource.kind === 'pimage') {
    return await publishedIn(await StreamedReply.open(transport, request, what, signal), resource, context);
  }
  return imageIn(await transport.call({ method: 'GET', ...request }, signal), resource, context);
}

function imageIn(reply: Reply, resource: Resource, context: RefusalContext): ImageFacts {
  requireOk(reply, context);
  requireDocument(reply.text, reply, context, "the image's description");
  const document = parseDocument(reply.text, context.what);
  requireNoError(document, context);
  return readImage(document, imageId(resource), context.what);
}

/** One of many: an appliance may have more of them than fit in the memory. */
async function publishedIn(reply: StreamedReply, resource: Resource, context: RefusalContext): Promise<ImageFacts> {
  const id = imageId(resource);
  let image: ImageFacts | undefined;
  await readListAnswer(reply, PUBLISHED, context, new ListBudget(), (entry) => {
    image ??= readPublished(entry, id, context.what);
    return image === undefined ? undefined : 'enough';
  });
  if (image === undefined) {
    throw new AppError('not-found.image', `${context.what}: the appliance has no published image with this id`, {
      hint: 'check the ids; the id of a published image is not that of the image it was made from',
    });
  }
  return image;
}
