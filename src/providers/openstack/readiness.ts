import { AppError } from '../../core/errors.js';
import { quoteForeign } from '../../core/redact.js';
import type { ImageRecord } from './answers.js';
import { gone } from './refusal.js';

/** Are there bytes to be had? @throws AppError not-ready.*, not-found.image */
export function requireReady(image: ImageRecord): void {
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
        pending: {},
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
