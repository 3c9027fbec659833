import { AppError } from '../../core/errors.js';
import type { Base } from './base.js';
import type { ExportKind } from './export-kinds.js';
import { uidOfUrl } from './image-url.js';
import { requireId } from './words.js';

/** What the URL of an export names. */
export interface ExportPlace {
  readonly base: Base;
  /** Not encoded. */
  readonly uid: string;
  readonly kind: ExportKind;
  /** Of what is exported. */
  readonly id: string;
  readonly exportId: string;
}

const PATTERN =
  /^(.*)\/users\/([^/]+)\/(appliances|mysoftware)\/([0-9]+)\/exports\/([0-9]+)(?:\/(?:downloads|status))?\/?$/;

export function looksLikeExport(url: URL): boolean {
  return PATTERN.test(url.pathname);
}

/** @throws AppError usage.url, usage.id, usage.option */
export function exportOfUrl(url: URL): ExportPlace {
  const [, prefix = '', uid = '', segment, id = '', exportId = ''] = PATTERN.exec(url.pathname) ?? [];
  if (segment === undefined) throw new AppError('bug', 'this is not the URL of an export');
  return {
    base: { endpoint: url.origin + prefix.replace(/\/+$/, '') },
    uid: uidOfUrl(uid),
    kind: segment === 'appliances' ? 'appliance' : 'bundle',
    id: requireId(id, 'the URL'),
    exportId: requireId(exportId, 'the URL'),
  };
}
