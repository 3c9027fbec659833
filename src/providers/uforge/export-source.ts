import { whenAborted } from '../../core/abort.js';
import type { Clock } from '../../core/clock.js';
import { AppError, isAppError } from '../../core/errors.js';
import type { Refusal, Remote, Source, SourceRef, Ticket, TicketNeed, Warning } from '../../core/source.js';
import { ExportArchive, remoteOfExport } from './export-archive.js';
import { deleteExport, makeExport, readSubject } from './export-requests.js';
import { type ExportSubject, exportPath, nounOf } from './export-subject.js';
import type { Named } from './named.js';
import type { OutputFormat } from './options.js';

const DEFAULT_WAIT_MS = 60 * 60_000;
/** After a signal the answer that names the new export is still waited for: it can be deleted then. */
const GRACE_MS = 10_000;
/** For deleting it, in all. Whoever has pressed ^C waits for this. */
const CLOSE_MS = 10_000;
const CLOSE_TRIES = 3;
const CLOSE_PAUSE_MS = 1_000;

/** An export that is made for one run, and deleted afterwards. */
export class ExportSource implements Source {
  readonly ref: SourceRef;
  readonly defaultWaitMs = DEFAULT_WAIT_MS;
  readonly #find: (signal: AbortSignal) => Promise<ExportSubject>;
  readonly #format: OutputFormat;
  readonly #clock: Clock;
  #found: { readonly subject: ExportSubject; readonly named: Named } | undefined;
  #made: { readonly id: string; readonly archive: ExportArchive } | undefined;
  /** The run ended before the server said whether it makes one. */
  #unanswered = false;

  /**
   * @param ref what is asked for
   * @param find looks up what is to be exported
   */
  constructor(
    ref: SourceRef,
    find: (signal: AbortSignal) => Promise<ExportSubject>,
    format: OutputFormat,
    clock: Clock,
  ) {
    this.ref = ref;
    this.#find = find;
    this.#format = format;
    this.#clock = clock;
  }

  async open(signal: AbortSignal): Promise<void> {
    const { subject } = await this.#subject(signal);
    signal.throwIfAborted();
    const id = await this.#withGrace(signal, (patient) => makeExport(subject, this.#format, patient));
    this.#made = { id, archive: new ExportArchive(subject, id) };
    subject.center.ports.note(`the server is making export ${id} of ${nounOf(subject)}`);
    signal.throwIfAborted();
  }

  async describe(signal: AbortSignal): Promise<Remote> {
    const { subject, named } = await this.#subject(signal);
    await this.#made?.archive.requireReady(signal);
    // Without the export's id: the part of one that a killed run has left must not be in the way of the next.
    return remoteOfExport(subject, named, exportPath(subject), this.#made?.id);
  }

  async ticket(need: TicketNeed): Promise<Ticket> {
    if (this.#made === undefined) throw new AppError('bug', 'downloading an export that was not made');
    return this.#made.archive.ticket(need);
  }

  explain(refusal: Refusal): AppError | undefined {
    return this.#made?.archive.explain(refusal);
  }

  async close(): Promise<readonly Warning[]> {
    if (this.#found === undefined) return [];
    const { subject } = this.#found;
    if (this.#made === undefined) return this.#unanswered ? [left(subject, undefined, 'the run ended too early')] : [];
    const { id, archive } = this.#made;
    const limit = new AbortController();
    const over = new AbortController();
    void this.#clock.sleep(CLOSE_MS, over.signal).then(
      () => limit.abort(new AppError('net.deadline', `deleting export ${id}: the server does not answer`)),
      () => {},
    );
    try {
      // The making of it ends first. A server that says no may delete it all the same.
      if (!archive.isOver) await deleteExport(subject, id, '/status', limit.signal).catch(() => {});
      await this.#delete(subject, id, limit.signal);
      return [];
    } catch (error) {
      return [left(subject, id, isAppError(error) ? error.message : 'an unknown reason')];
    } finally {
      over.abort();
    }
  }

  async #delete(subject: ExportSubject, id: string, signal: AbortSignal): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        await deleteExport(subject, id, '', signal);
        return;
      } catch (error) {
        if (signal.aborted || !isAppError(error) || !error.transient || tries === CLOSE_TRIES) throw error;
        await this.#clock.sleep(CLOSE_PAUSE_MS, signal);
      }
    }
  }

  /** Stays what it is once it is known. */
  async #subject(signal: AbortSignal) {
    if (this.#found === undefined) {
      const subject = await this.#find(signal);
      this.#found = { subject, named: await readSubject(subject, signal) };
    }
    return this.#found;
  }

  async #withGrace<T>(signal: AbortSignal, work: (patient: AbortSignal) => Promise<T>): Promise<T> {
    const patient = new AbortController();
    const over = new AbortController();
    const unlisten = whenAborted(signal, () => {
      void this.#clock.sleep(GRACE_MS, over.signal).then(
        () => patient.abort(signal.reason),
        () => {},
      );
    });
    try {
      return await work(patient.signal);
    } catch (error) {
      // What the run ends with says nothing of it then.
      this.#unanswered =
        patient.signal.aborted || (signal.aborted && isAppError(error) && error.code === 'uforge.export-unknown');
      throw error;
    } finally {
      unlisten();
      over.abort();
    }
  }
}

/** An export that somebody else has made, by its URL: it stays. */
export class ExistingExport implements Source {
  readonly ref: SourceRef;
  readonly #subject: ExportSubject;
  readonly #id: string;
  readonly #archive: ExportArchive;

  constructor(subject: ExportSubject, id: string) {
    this.ref = { provider: 'uforge', endpoint: subject.center.base.endpoint, ref: exportPath(subject, id) };
    this.#subject = subject;
    this.#id = id;
    this.#archive = new ExportArchive(subject, id);
  }

  async describe(signal: AbortSignal): Promise<Remote> {
    const named = await readSubject(this.#subject, signal);
    await this.#archive.requireReady(signal);
    return remoteOfExport(this.#subject, named, this.ref.ref, this.#id);
  }

  async ticket(need: TicketNeed): Promise<Ticket> {
    return this.#archive.ticket(need);
  }

  explain(refusal: Refusal): AppError | undefined {
    return this.#archive.explain(refusal);
  }
}

function left(subject: ExportSubject, id: string | undefined, why: string): Warning {
  const what = id === undefined ? `an export of ${nounOf(subject)} may be` : `export ${id} of ${nounOf(subject)} is`;
  return { code: 'uforge.export-left', message: `${what} left on the server: ${why}; delete it in the AppCenter` };
}
