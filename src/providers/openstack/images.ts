import { safeParse } from 'valibot';
import { AppError } from '../../core/errors.js';
import type { Reply } from '../../core/http.js';
import type { ProviderPorts } from '../../core/provider.js';
import { redactUrl } from '../../core/redact.js';
import type { SecretHeaders } from '../../core/secret.js';
import { isUnavailable } from '../../core/unavailable.js';
import { type ImageRecord, imageAnswer } from './answers.js';
import { below } from './catalog.js';
import type { Grant, Session } from './login/session.js';
import { jsonOf, requestIdOf, said, strange, unavailable } from './replies.js';

/** One image service. */
export interface ImageService {
  readonly base: URL;
  readonly session: Session;
  readonly ports: Pick<ProviderPorts, 'transport'>;
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
  const reply = await get(service, url, doing, signal);
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

/** Undefined for what is no record. */
export function recordOf(value: unknown): ImageRecord | undefined {
  const parsed = safeParse(imageAnswer, value);
  return parsed.success ? { ...parsed.output, id: parsed.output.id.toLowerCase() } : undefined;
}

/**
 * GET with the session's token; a refused token is renewed once.
 * @returns an answer of 200 or 404, or of 400 where that is expected
 * @throws AppError auth.*, http.unavailable, proto.*, net.*
 */
export async function get(
  service: ImageService,
  url: URL,
  doing: string,
  signal: AbortSignal,
  mayBeUnknown = false,
): Promise<Reply> {
  const { session } = service;
  let grant = await session.grant(signal);
  let reply = await ask(service, url, grant, signal);
  if (reply.status === 401) {
    grant = await session.renewed(grant, signal);
    reply = await ask(service, url, grant, signal);
  }
  if (reply.status === 200 || reply.status === 404) return reply;
  if (reply.status === 400 && mayBeUnknown) return reply;
  if (reply.status === 401) {
    await session.renewed(grant, signal);
    throw unavailable(doing, reply.status, reply.headers, reply.text);
  }
  if (reply.status === 403) {
    throw new AppError('auth.forbidden', `${doing}: the image service denies access${said(reply.text)}`, {
      hint: 'ask an administrator of the cloud',
      details: requestIdOf(reply.headers),
    });
  }
  if (isUnavailable(reply.status)) throw unavailable(doing, reply.status, reply.headers, reply.text);
  throw strange(doing, reply, 'check the image endpoint: it must be an Image API v2 endpoint');
}

async function ask(service: ImageService, url: URL, grant: Grant, signal: AbortSignal): Promise<Reply> {
  const headers = { accept: 'application/json', ...tokenHeader(grant) };
  return await service.ports.transport.call({ method: 'GET', url, headers }, signal);
}

export function tokenHeader(grant: Grant): SecretHeaders {
  return grant.token === undefined ? {} : { 'x-auth-token': grant.token };
}
