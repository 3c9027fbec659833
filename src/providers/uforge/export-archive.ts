import { AppError } from '../../core/errors.js';
import { quoteForeign } from '../../core/redact.js';
import type { Refusal, Remote, Ticket, TicketNeed } from '../../core/source.js';
import { readExportStatus } from './export-requests.js';
import {
  archiveName,
  contextOf,
  type ExportSubject,
  exportPath,
  labelOfSubject,
  nounOf,
  urlOf,
} from './export-subject.js';
import { authorise } from './login/credentials.js';
import type { Named } from './named.js';
import { refusalError } from './refusal.js';
import { type OpStatus, percentOfStatus } from './status.js';

/** One export on the server, as something to download. It has no one-time id: its data want credentials. */
export class ExportArchive {
  readonly #subject: ExportSubject;
  readonly #id: string;
  #isOver = false;

  /** @param id of the export */
  constructor(subject: ExportSubject, id: string) {
    this.#subject = subject;
    this.#id = id;
  }

  /** The server makes it no longer, whatever became of it. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** @throws AppError not-ready.*, one that is pending while it is being made, and as readExportStatus() */
  async requireReady(signal: AbortSignal): Promise<void> {
    const status = await readExportStatus(this.#subject, this.#id, signal);
    this.#isOver = status.complete || status.error || status.cancelled;
    const failure = notReady(status, `exporting ${nounOf(this.#subject)}`);
    if (failure !== undefined) throw failure;
  }

  ticket(need: TicketNeed): Ticket {
    if (need.reason === 'denied') throw this.explain(need.refusal) ?? this.#refused(need.refusal);
    const { base, credentials } = this.#subject.center;
    const data = urlOf(this.#subject, exportPath(this.#subject, this.#id, '/downloads'));
    const { url, headers, by } = authorise(base, data, credentials);
    return { url, headers: { accept: '*/*', ...headers }, by, singleUse: false };
  }

  explain(refusal: Refusal): AppError | undefined {
    return refusalError(refusal, this.#context());
  }

  #refused({ status }: Refusal): AppError {
    return new AppError('auth.refused', `${this.#context().what}: the server refused access (HTTP ${status})`);
  }

  #context() {
    const what = `downloading the export of ${nounOf(this.#subject)}`;
    return contextOf(this.#subject, what, 'the export is not on the server any more');
  }
}

/**
 * What is known of an export from what it is of.
 * @param ref below the endpoint
 * @param id of the export, once there is one: its bytes never change
 */
export function remoteOfExport(subject: ExportSubject, named: Named, ref: string, id: string | undefined): Remote {
  const name = archiveName(named);
  const label = labelOfSubject(named);
  return {
    ref: { provider: 'uforge', endpoint: subject.center.base.endpoint, ref },
    ...(name === undefined ? {} : { name }),
    ...(label === undefined ? {} : { label }),
    fallbackName: `${subject.kind}-${subject.id}-export.tar.gz`,
    identity: id === undefined ? {} : { revision: `export ${id}` },
    digests: [],
    opener: 'range',
    headerDigest: 'body',
    validator: 'provider',
    warnings: [],
  };
}

function notReady(status: OpStatus, what: string): AppError | undefined {
  if (status.error) {
    const said = status.message === undefined ? '' : `: ${quoteForeign(status.message)}`;
    return new AppError('not-ready.failed', `${what}: the server failed to make the export${said}`, {
      hint: 'run the same command again; if it fails again, ask the administrator of the AppCenter',
    });
  }
  if (status.cancelled) {
    return new AppError('not-ready.failed', `${what}: the export was canceled on the server`, {
      hint: 'run the same command again',
    });
  }
  if (status.complete) return undefined;
  const percent = percentOfStatus(status);
  return new AppError(
    'not-ready.generating',
    `${what}: the export is not ready yet${percent === undefined ? '' : ` (${percent} %)`}`,
    {
      hint: 'run the same command again when it is complete',
      pending: percent === undefined ? {} : { percent },
    },
  );
}
