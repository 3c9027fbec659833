import type { AppCenter } from './app-center.js';
import { below } from './base.js';
import type { ExportKind } from './export-kinds.js';
import { LEVELS } from './kinds.js';
import type { Named } from './named.js';
import type { RefusalContext } from './refusal.js';

/** An appliance or a software bundle that is exported, on its AppCenter. */
export interface ExportSubject {
  readonly center: Pick<AppCenter, 'base' | 'uid' | 'credentials' | 'cure' | 'ports'>;
  readonly kind: ExportKind;
  /** Decimal. */
  readonly id: string;
}

/** `appliance 747`, for messages. */
export function nounOf({ kind, id }: ExportSubject): string {
  return `${LEVELS[kind].noun} ${id}`;
}

export function subjectPath({ center, kind, id }: ExportSubject): string {
  return `users/${encodeURIComponent(center.uid)}/${LEVELS[kind].segment}/${id}`;
}

/**
 * `users/alice/appliances/747/exports/7`, or what is below it; without an id where exports are asked for.
 * @param tail `/status`
 */
export function exportPath(subject: ExportSubject, id?: string, tail = ''): string {
  return `${subjectPath(subject)}/exports${id === undefined ? '' : `/${id}`}${tail}`;
}

export function urlOf({ center }: ExportSubject, path: string): URL {
  return below(center.base, path);
}

/** @param missing what a 404 means */
export function contextOf({ center }: ExportSubject, what: string, missing: string): RefusalContext {
  const { credentials, base, cure } = center;
  return {
    what,
    missing,
    authorised: credentials === undefined ? 'nothing' : 'credentials',
    endpoint: base.endpoint,
    ...(credentials === undefined ? { cure } : {}),
  };
}

/** `web-server_1.2rev3_export.tar.gz`: as the server's own names of images are made. */
export function archiveName({ name, version, revision }: Named): string | undefined {
  if (name === null) return undefined;
  const rev = revision === null ? '' : `rev${revision}`;
  const exact = version === null && rev === '' ? '' : `_${version ?? ''}${rev}`;
  return `${name}${exact}_export.tar.gz`;
}

/** `web-server 1.2 rev 3` */
export function labelOfSubject({ name, version, revision }: Named): string | undefined {
  if (name === null) return undefined;
  return [name, version, revision === null ? null : `rev ${revision}`].filter((part) => part !== null).join(' ');
}
