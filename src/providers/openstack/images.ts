import { safeParse } from 'valibot';
import { AppError } from '../../core/errors.js';
import type { ProviderPorts } from '../../core/provider.js';
import { redactUrl } from '../../core/redact.js';
import { redirectedWords } from '../../core/redirected-words.js';
import type { SecretHeaders } from '../../core/secret.js';
import { isUnavailable } from '../../core/unavailable.js';
import { StreamedReply } from '../streamed-reply.js';
import { type ImageRecord, imageAnswer, memberAnswer } from './answers.js';
import { below } from './catalog.js';
import type { Grant, Session } from './login/session.js';
import { jsonOf, requestIdOf, said, strange, unavailable } from './replies.js';

/** One image service. */
export interface ImageService {
  readonly base: URL;
  readonly session: Session;
  readonly ports: Pick<ProviderPorts, 'transport' | 'note' | 'warn'>;
}

/**
 * The record of an image, or undefined when there is none that these credentials may see.
 * @throws AppError auth.*, http.unavailable, proto.*, net.*
 */
export async function readImage(
  service: ImageService,
  id: string,
  signal: AbortSignal,
): Promise<ImageRecord | undefined> {
  const url = below(service.base, `v2/images/${id}`);
  const doing = `reading image ${id}`;
  const reply = await (await get(service, url, doing, signal, [404])).whole();
  if (reply.status === 404) return undefined;
  const image = recordOf(jsonOf(doing, url, reply));
  if (image === undefined || image.id.toLowerCase() !== id) {
    throw new AppError('proto.answer', `${doing}: ${redactUrl(url)} returned something that is not an image record`, {
      hint: 'check that this is an Image API v2 endpoint',
      details: requestIdOf(reply.headers),
    });
  }
  return image;
}

/**
 * How a project stands to an image that another one shares: `accepted`, `pending`, `rejected`. Undefined when it is not
 * shared with that project.
 * @throws AppError as readImage()
 */
export async function readMembership(
  service: ImageService,
  id: string,
  projectId: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const url = below(service.base, `v2/images/${id}/members/${encodeURIComponent(projectId)}`);
  const doing = `asking with whom image ${id} is shared`;
  const reply = await (await get(service, url, doing, signal, [403, 404])).whole();
  if (reply.status !== 200) return undefined;
  const parsed = safeParse(memberAnswer, jsonOf(doing, url, reply));
  return parsed.success ? parsed.output.status : undefined;
}

/** Undefined for what is no record. */
export function recordOf(value: unknown): ImageRecord | undefined {
  const parsed = safeParse(imageAnswer, value);
  return parsed.success ? { ...parsed.output, id: parsed.output.id.toLowerCase() } : undefined;
}

/**
 * GET with the session's token; a refused token is renewed once.
 * @param expected statuses besides 200 that the caller knows how to take
 * @returns an answer of one of these statuses, whose body is still to be read
 * @throws AppError auth.*, http.unavailable, proto.*, net.*
 */
export async function get(
  service: ImageService,
  url: URL,
  doing: string,
  signal: AbortSignal,
  expected: readonly number[] = [],
): Promise<StreamedReply> {
  const { session } = service;
  let grant = await session.grant(signal);
  let answer = await ask(service, url, grant, doing, signal);
  if (answer.status === 401) {
    await answer.whole();
    grant = await session.renewed(grant, signal);
    answer = await ask(service, url, grant, doing, signal);
  }
  if (answer.status === 200 || expected.includes(answer.status)) return answer;
  const reply = await answer.whole();
  const attempted = `${doing}${redirectedWords(reply)}`;
  if (reply.status === 401) {
    await session.renewed(grant, signal);
    throw unavailable(attempted, reply.status, reply.headers, reply.text);
  }
  if (reply.status === 403) {
    throw new AppError('auth.forbidden', `${attempted}: the image service denies access${said(reply.text)}`, {
      hint: 'ask an administrator of the cloud',
      details: requestIdOf(reply.headers),
    });
  }
  if (isUnavailable(reply.status)) throw unavailable(attempted, reply.status, reply.headers, reply.text);
  throw strange(attempted, reply, 'check the image endpoint: it must be an Image API v2 endpoint');
}

async function ask(
  service: ImageService,
  url: URL,
  grant: Grant,
  doing: string,
  signal: AbortSignal,
): Promise<StreamedReply> {
  const headers = { accept: 'application/json', ...tokenHeader(grant) };
  return await StreamedReply.open(service.ports.transport, { url, headers, openQuery: true }, doing, signal);
}

export function tokenHeader(grant: Grant): SecretHeaders {
  if (grant.authorization !== undefined) return { authorization: grant.authorization };
  return grant.token === undefined ? {} : { 'x-auth-token': grant.token };
}
