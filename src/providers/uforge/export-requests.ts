import * as v from 'valibot';
import { AppError, isAppError } from '../../core/errors.js';
import type { Call, Reply } from '../../core/http.js';
import type { Refusal } from '../../core/source.js';
import { jsonObject } from '../json-object.js';
import { requireDocument, requireNoError, requireOk } from './answer.js';
import { parseDocument } from './document.js';
import { UFORGE_CODES } from './error-codes.js';
import { EXPORTS } from './export-kinds.js';
import { contextOf, type ExportSubject, exportPath, nounOf, subjectPath, urlOf } from './export-subject.js';
import { authorise } from './login/credentials.js';
import { METADATA } from './metadata.js';
import { type Named, namedEntry } from './named.js';
import type { OutputFormat } from './options.js';
import { type RefusalContext, refusalError } from './refusal.js';
import { type OpStatus, STATUS } from './status.js';
import { text } from './wire-values.js';
import { isId } from './words.js';

/** Nobody can take these for an answer to a request that was carried out (RFC 9110, RFC 6585, RFC 8470). */
const NOT_TAKEN: ReadonlySet<number> = new Set([408, 425, 429, 503]);

const MADE = jsonObject({ dbId: text(20), uri: text(4096) });

/** @throws AppError auth.*, not-found.image, http.unavailable, proto.*, net.* */
export async function readSubject(subject: ExportSubject, signal: AbortSignal): Promise<Named> {
  const noun = nounOf(subject);
  const context = contextOf(subject, `reading ${noun}`, `there is no ${noun} on the server`);
  const reply = await send(subject, { method: 'GET', path: subjectPath(subject) }, signal);
  const reading = namedEntry(okValue(reply, EXPORTS[subject.kind].root, context));
  if (reading.kind !== 'row' || reading.row.id !== subject.id) {
    throw unusable(context, `it does not describe ${noun}`);
  }
  return reading.row;
}

/**
 * Asks for an export. Never again by itself where it may have been heard: that would make two.
 * @returns its id
 * @throws AppError uforge.export-unknown where it may be made or not; any other: it is not made
 */
export async function makeExport(subject: ExportSubject, format: OutputFormat, signal: AbortSignal): Promise<string> {
  const noun = nounOf(subject);
  const context = contextOf(subject, `exporting ${noun}`, `there is no ${noun} on the server`);
  const path = `${exportPath(subject)}?outputFormat=${format}`;
  const reply = await send(subject, { method: 'POST', path }, signal).catch((error: unknown) => {
    throw isAppError(error) && mayBeHeard(error) ? unknownOutcome(context, error.message, error) : error;
  });
  const { status } = reply;
  if (status >= 200 && status < 300) {
    const id = idOf(reply, subject, context);
    if (id === undefined)
      throw unknownOutcome(context, `the server's answer (HTTP ${status}) does not name the export`);
    return id;
  }
  const refused = refusalError(reply, status === 403 ? { ...context, cure: entitlementCure(subject) } : context);
  if (refused?.transient === true && !NOT_TAKEN.has(status)) throw unknownOutcome(context, refused.message, refused);
  throw refused ?? unusable(context, `the server returned ${status}`);
}

/** @throws AppError as readSubject() */
export async function readExportStatus(subject: ExportSubject, id: string, signal: AbortSignal): Promise<OpStatus> {
  const context = contextOf(subject, `exporting ${nounOf(subject)}`, 'the export is not on the server any more');
  const reply = await send(subject, { method: 'GET', path: exportPath(subject, id, '/status') }, signal);
  const status = v.safeParse(STATUS, okValue(reply, 'status', context));
  if (!status.success) throw unusable(context, 'it is not a status');
  return status.output;
}

/** @param tail `/status`: ends the making of it @throws AppError; net.* */
export async function deleteExport(
  subject: ExportSubject,
  id: string,
  tail: '' | '/status',
  signal: AbortSignal,
): Promise<void> {
  const context = contextOf(subject, `deleting export ${id} of ${nounOf(subject)}`, 'it is not there');
  const reply = await send(subject, { method: 'DELETE', path: exportPath(subject, id, tail) }, signal);
  // Gone is gone.
  if ((reply.status >= 200 && reply.status < 300) || reply.status === 404 || reply.status === 410) return;
  throw refusalError(reply, context) ?? unusable(context, `the server returned ${reply.status}`);
}

async function send(
  subject: ExportSubject,
  { method, path }: { readonly method: Call['method']; readonly path: string },
  signal: AbortSignal,
): Promise<Reply> {
  const { base, credentials, ports } = subject.center;
  const { url, headers } = authorise(base, urlOf(subject, path), credentials);
  return await ports.transport.call({ method, url, headers: { ...METADATA, ...headers } }, signal);
}

/** @throws AppError proto.*, and for every status but 200 */
function okValue(reply: Refusal, root: string, context: RefusalContext): unknown {
  requireOk(reply, context);
  return documentValue(reply, root, context);
}

function documentValue(reply: Refusal, root: string, context: RefusalContext): unknown {
  requireDocument(reply.text, reply, context, 'its description');
  const document = parseDocument(reply.text, context.what);
  requireNoError(document, context);
  if (document.root !== root) throw unusable(context, `it is not of the kind ${root}`);
  return document.value;
}

/** Of the export in the answer to a POST, else of where the answer says that it is. */
function idOf(reply: Reply, subject: ExportSubject, context: RefusalContext): string | undefined {
  const places = [lastSegment(reply.headers.get('location'))];
  try {
    const made = v.safeParse(MADE, documentValue(reply, EXPORTS[subject.kind].exportRoot, context));
    if (made.success) places.unshift(made.output.dbId, lastSegment(made.output.uri));
  } catch {
    // The header may say it all the same.
  }
  return places.find((id) => id !== undefined && isId(id));
}

function lastSegment(uri: string | undefined): string | undefined {
  return uri
    ?.replace(/[?#].*$/s, '')
    .replace(/\/$/, '')
    .split('/')
    .at(-1);
}

/** Everything but a failure to connect comes after the request was sent, or may. */
function mayBeHeard(error: AppError): boolean {
  const { kind, code, details } = error;
  if (kind.exit !== 'network' && kind.exit !== 'protocol') return false;
  return details['step'] !== 'connect' && code !== 'net.connect-timeout' && code !== 'net.proxy';
}

function unknownOutcome({ what }: RefusalContext, why: string, cause?: AppError): AppError {
  const happened = cause === undefined ? `${what}: ${why}` : why;
  return new AppError(
    UFORGE_CODES['uforge.export-unknown'],
    `${happened}; the server may be making the export all the same`,
    {
      hint: 'look for it in the AppCenter and delete it there, then run the command again',
      details: cause?.details ?? {},
      cause,
      transient: false,
    },
  );
}

function entitlementCure({ kind }: ExportSubject): string {
  return `ask the administrator of the AppCenter for the entitlement ${EXPORTS[kind].entitlement}`;
}

function unusable({ what }: RefusalContext, why: string): AppError {
  return new AppError('proto.answer', `${what}: the response cannot be used: ${why}`, {
    hint: 'check the base URL (--url) and the version of the server',
  });
}
