import { AppError } from '../../core/errors.js';
import { quoteForeign, redactUrl } from '../../core/redact.js';
import type { Refusal, Remote, Source, SourceRef, Ticket, TicketNeed, Warning } from '../../core/source.js';
import { isUnavailable } from '../../core/unavailable.js';
import type { ImageRecord } from './answers.js';
import { below } from './catalog.js';
import { fallbackNameOf, fileNameOf } from './file-name.js';
import { digestsOf } from './image-digests.js';
import { findImage, type ImageService, readImage, tokenHeader } from './images.js';
import { requestIdOf, said, strange, unavailable } from './replies.js';
import type { Grant } from './session.js';

/** What is known before the first request, and how the service is found. */
export interface ImageTarget {
  /** Id or exact name; `id` when only the id is meant (a URL). */
  readonly wanted: string;
  readonly only?: 'id';
  /** Where the request will go as far as the configuration says; replaced by the truth in describe(). */
  readonly presumed: SourceRef;
  /** Logs in when that is needed to know it. */
  service(signal: AbortSignal): Promise<ImageService>;
}

interface Resolved {
  readonly service: ImageService;
  readonly id: string;
}

/**
 * The source of one image. `ref` names endpoint and id only after describe(): a name and a catalog say neither.
 * The id stays what it was once it is known, so that a second describe() cannot slip to another image.
 */
export function imageSource(target: ImageTarget): Source {
  let resolved: Resolved | undefined;
  const grants = new WeakMap<Ticket, Grant>();

  async function resolve(signal: AbortSignal): Promise<{ readonly at: Resolved; readonly image: ImageRecord }> {
    if (resolved !== undefined) {
      const image = await readImage(resolved.service, resolved.id, signal);
      if (image === undefined) throw gone(resolved.id);
      return { at: resolved, image };
    }
    const service = await target.service(signal);
    const image =
      target.only === 'id'
        ? await readImage(service, target.wanted, signal)
        : await findImage(service, target.wanted, signal);
    if (image === undefined) throw gone(target.wanted);
    resolved = { service, id: image.id };
    return { at: resolved, image };
  }

  async function issue(at: Resolved, grant: Grant): Promise<Ticket> {
    const ticket: Ticket = {
      url: below(at.service.base, `v2/images/${at.id}/file`),
      // Errors come in the form that Accept names; with this one they are plain text.
      headers: { accept: 'application/octet-stream', ...tokenHeader(grant) },
      singleUse: false,
      by: at.service.session.by,
    };
    grants.set(ticket, grant);
    return ticket;
  }

  async function afterDenial(at: Resolved, failed: Ticket, refusal: Refusal, signal: AbortSignal): Promise<Ticket> {
    const { session } = at.service;
    if (refusal.status === 401) {
      const grant = grants.get(failed);
      return issue(at, grant === undefined ? await session.grant(signal) : await session.renewed(grant, signal));
    }
    if (refusal.status === 403) {
      // Deactivated images and policies are both a 403; the record tells which.
      const image = await readImage(at.service, at.id, signal);
      if (image === undefined) throw gone(at.id, refusal);
      requireReady(image);
      throw forbidden(at.id, refusal);
    }
    throw explained(at.id, refusal) ?? strange(`downloading image ${at.id}`, refusal, 'ask the operator of the cloud');
  }

  return {
    get ref() {
      if (resolved === undefined) return target.presumed;
      return { provider: 'glance', endpoint: endpointText(resolved.service.base), ref: resolved.id };
    },
    async describe(signal) {
      const { image } = await resolve(signal);
      requireReady(image);
      return remoteOf(image);
    },
    async ticket(need: TicketNeed, signal) {
      const at = resolved ?? (await resolve(signal)).at;
      if (need.reason === 'denied') return afterDenial(at, need.failed, need.refusal, signal);
      return issue(at, await at.service.session.grant(signal));
    },
    explain(refusal) {
      return explained(resolved?.id ?? target.wanted, refusal);
    },
  };
}

/** `https://host:9292`, `https://host/image`: without a slash at the end, as a reference is compared by its text. */
export function endpointText(base: URL): string {
  return redactUrl(base).replace(/\/$/, '');
}

/** @throws AppError not-ready.*, not-found.image */
function requireReady(image: ImageRecord): void {
  const doing = `downloading image ${image.id}`;
  switch (image.status) {
    case 'active':
      return;
    case 'queued':
    case 'saving':
    case 'uploading':
    case 'importing': {
      const why = image.status === 'queued' ? 'nothing has been uploaded yet' : 'its data is still being uploaded';
      throw new AppError('not-ready.queued', `${doing}: it is ${image.status}: ${why}`, {
        hint: 'run again when it is active',
        details: { status: image.status },
      });
    }
    case 'deactivated':
      throw new AppError('not-ready.deactivated', `${doing}: an administrator has deactivated it`, {
        hint: 'ask an administrator of the cloud to reactivate it',
        details: { status: image.status },
      });
    case 'killed':
      throw new AppError('not-ready.no-data', `${doing}: its upload failed, it has no data`, {
        hint: 'ask the owner of the image to upload it again',
        details: { status: image.status },
      });
    case 'deleted':
    case 'pending_delete':
      throw gone(image.id);
    default:
      throw new AppError('not-ready.queued', `${doing}: its status is ${quoteForeign(image.status)}, not active`, {
        hint: 'run again when it is active',
      });
  }
}

function remoteOf(image: ImageRecord): Remote {
  const warnings: Warning[] = [];
  const digests = digestsOf(image, warnings);
  const name = fileNameOf(image);
  const size = image.size ?? undefined;
  if (size === undefined) {
    warnings.push({ code: 'glance.no-size', message: `image ${image.id} is active, but its record has no size` });
  }
  return {
    ...(name === undefined ? {} : { name }),
    ...(image.name ? { label: image.name } : {}),
    fallbackName: fallbackNameOf(image),
    // Data of an image never change by contract: id, size and digests are the identity; there is no ETag.
    identity: {
      ...(size === undefined ? {} : { size }),
      ...(digests.length === 0 ? {} : { digests: digests.map(({ algorithm, hex }) => `${algorithm}:${hex}`).sort() }),
    },
    digests,
    opener: 'plain',
    headerDigest: 'whole',
    validator: 'provider',
    warnings,
  };
}

/** What the engine cannot know of Glance's answers to the data request. */
function explained(id: string, refusal: Refusal): AppError | undefined {
  const { status, headers, text } = refusal;
  const doing = `downloading image ${quoteForeign(id).slice(1, -1)}`;
  if (status === 204) {
    return new AppError('not-ready.no-data', `${doing}: the service has no data for it (204)`, {
      hint: 'the data was lost or never uploaded: ask the owner or the operator of the cloud',
      details: requestIdOf(headers),
    });
  }
  if (status === 300) return strange(doing, refusal, 'check the image endpoint: this is the list of its API versions');
  if (status === 403) return forbidden(id, refusal);
  if (status === 404 || status === 410) return gone(id, refusal);
  if (isUnavailable(status)) return unavailable(doing, status, headers, text);
  if (status === 400 || status === 405) return strange(doing, refusal, 'ask the operator of the cloud');
  return undefined;
}

function gone(id: string, refusal?: Refusal): AppError {
  return new AppError('not-found.image', `reading image ${id}: it does not exist, or these credentials cannot see it`, {
    hint: 'it may have been deleted, or it may be private to another project',
    details: refusal === undefined ? {} : requestIdOf(refusal.headers),
  });
}

function forbidden(id: string, refusal: Refusal): AppError {
  return new AppError('auth.forbidden', `downloading image ${id}: the service denies access${said(refusal.text)}`, {
    hint: 'a policy of the cloud restricts this image (licensed images often are): ask its operator',
    details: requestIdOf(refusal.headers),
  });
}
