import type { AppError } from '../../core/errors.js';
import type { Refusal, Remote, Source, SourceRef, Ticket, TicketNeed } from '../../core/source.js';
import type { ImageRecord } from './answers.js';
import { below } from './catalog.js';
import { type ImageService, readImage, tokenHeader } from './images.js';
import type { Grant } from './login/session.js';
import { requireReady } from './readiness.js';
import { forbidden, gone, refusalError } from './refusal.js';
import { remoteOf } from './remote.js';
import { strange } from './replies.js';

/** What is known before the first request, and how the service and the image are found. */
export interface ImageTarget {
  /** Where the request will go as far as the configuration says: a name and a catalog say neither endpoint nor id. */
  readonly presumed: SourceRef;
  /** Logs in when that is needed to know it. */
  service(signal: AbortSignal): Promise<ImageService>;
  /** Asked once. @throws AppError not-found.*, and as readImage() */
  find(service: ImageService, signal: AbortSignal): Promise<ImageRecord>;
}

/** Where an image was found. */
interface Place {
  readonly service: ImageService;
  readonly id: string;
}

/** One image of Glance. */
export class ImageSource implements Source {
  readonly ref: SourceRef;
  readonly #target: ImageTarget;
  readonly #grants = new WeakMap<Ticket, Grant>();
  /** Stays what it is once it is known, so that a second describe() cannot slip to another image. */
  #place: Place | undefined;

  constructor(target: ImageTarget) {
    this.ref = target.presumed;
    this.#target = target;
  }

  async describe(signal: AbortSignal): Promise<Remote> {
    const { place, image } = await this.#read(signal);
    requireReady(image);
    return remoteOf(image, place.service.base);
  }

  async ticket(need: TicketNeed, signal: AbortSignal): Promise<Ticket> {
    const place = this.#place ?? (await this.#read(signal)).place;
    const grant =
      need.reason === 'denied'
        ? await this.#afterDenial(place, need.failed, need.refusal, signal)
        : await place.service.session.grant(signal);
    const ticket = ticketFor(place, grant);
    this.#grants.set(ticket, grant);
    return ticket;
  }

  explain(refusal: Refusal): AppError | undefined {
    return refusalError(this.#place?.id ?? this.#target.presumed.ref, refusal);
  }

  async #read(signal: AbortSignal): Promise<{ readonly place: Place; readonly image: ImageRecord }> {
    const known = this.#place;
    if (known !== undefined) {
      const image = await readImage(known.service, known.id, signal);
      if (image === undefined) throw gone(known.id);
      return { place: known, image };
    }
    const service = await this.#target.service(signal);
    const image = await this.#target.find(service, signal);
    this.#place ??= { service, id: image.id };
    return { place: this.#place, image };
  }

  /** @throws AppError the reason why there is no other grant */
  async #afterDenial(place: Place, failed: Ticket, refusal: Refusal, signal: AbortSignal): Promise<Grant> {
    const { service, id } = place;
    if (refusal.status === 401) {
      const grant = this.#grants.get(failed);
      return grant === undefined ? await service.session.grant(signal) : await service.session.renewed(grant, signal);
    }
    if (refusal.status === 403) {
      // Deactivated images and policies are both a 403; the record tells which.
      const image = await readImage(service, id, signal);
      if (image === undefined) throw gone(id, refusal);
      requireReady(image);
      throw forbidden(id, refusal);
    }
    throw refusalError(id, refusal) ?? strange(`downloading image ${id}`, refusal, 'ask the operator of the cloud');
  }
}

function ticketFor({ service, id }: Place, grant: Grant): Ticket {
  return {
    url: below(service.base, `v2/images/${id}/file`),
    // Errors come in the form that Accept names; with this one they are plain text.
    headers: { accept: 'application/octet-stream', ...tokenHeader(grant) },
    singleUse: false,
    by: service.session.by,
  };
}
