import { AppError } from '../../core/errors.js';
import { quoteForeign } from '../../core/redact.js';
import type { ImageRecord } from './answers.js';
import { OPENSTACK_CODES } from './error-codes.js';
import { gone } from './refusal.js';

const BEING_MADE: ReadonlySet<string> = new Set(['queued', 'saving', 'uploading', 'importing']);

/** Why there are no bytes to be had, in the words of lists: a status of Glance, or `empty`. Undefined when there are. */
export function reasonOf(image: ImageRecord): string | undefined {
  if (image.status !== 'active') return image.status;
  return isVolumeSnapshot(image) ? 'empty' : undefined;
}

/** It will have data, if nothing goes wrong. */
export function isBeingMade({ status }: ImageRecord): boolean {
  return BEING_MADE.has(status);
}

/** @throws AppError not-ready.*, not-found.image */
export function requireReady(image: ImageRecord): void {
  const reason = reasonOf(image);
  if (reason !== undefined) throw notReady(image, reason);
}

function notReady(image: ImageRecord, reason: string): AppError {
  const doing = `downloading image ${image.id}`;
  const details = { status: image.status };
  switch (reason) {
    case 'empty':
      return noOwnData(image);
    case 'queued':
    case 'saving':
    case 'uploading':
    case 'importing': {
      const why = reason === 'queued' ? 'nothing has been uploaded yet' : 'its data is still being uploaded';
      return new AppError('not-ready.queued', `${doing}: it is ${reason}: ${why}`, {
        hint: 'run again when it is active',
        details,
        pending: {},
      });
    }
    case 'deactivated':
      return new AppError('not-ready.deactivated', `${doing}: an administrator has deactivated it`, {
        hint: 'ask an administrator of the cloud to reactivate it',
        details,
      });
    case 'killed':
      return new AppError('not-ready.no-data', `${doing}: its upload failed, it has no data`, {
        hint: 'ask the owner of the image to upload it again',
        details,
      });
    case 'deleted':
    case 'pending_delete':
      return gone(image.id);
    default:
      return new AppError('not-ready.queued', `${doing}: its status is ${quoteForeign(reason)}, not active`, {
        hint: 'run again when it is active',
      });
  }
}

/**
 * Nova makes such an image of a server that boots from a volume: no bytes, and the names of the snapshots that have
 * them (nova, `snapshot_volume_backed`). An image without bytes that does not say so is just empty.
 */
function isVolumeSnapshot({ size, block_device_mapping }: ImageRecord): boolean {
  return (size ?? 0) === 0 && !['', '[]', '{}'].includes((block_device_mapping ?? '').trim());
}

function noOwnData(image: ImageRecord): AppError {
  const [id, ...others] = snapshotsOf(image);
  const where = id === undefined ? 'in volume snapshots' : `in volume snapshot ${[id, ...others].join(', ')}`;
  return new AppError(
    OPENSTACK_CODES['not-ready.volume-snapshot'],
    `downloading image ${image.id}: it has no data of its own: it was made from a server that boots from a volume, and its data is ${where}`,
    {
      hint: `make a volume of the snapshot (openstack volume create --snapshot ${id ?? 'SNAPSHOT'} NAME), make an image of the volume (openstack image create --volume NAME IMAGE), then download that image`,
      details: { status: image.status, snapshots: snapshotsOf(image) },
    },
  );
}

function snapshotsOf({ block_device_mapping }: ImageRecord): readonly string[] {
  const ids = (block_device_mapping ?? '').matchAll(/"snapshot_id"\s*:\s*"([0-9a-f-]{36})"/gi);
  return [...new Set([...ids].map((match) => match[1] ?? ''))].slice(0, 20);
}
