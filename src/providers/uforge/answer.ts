import { AppError } from '../../core/errors.js';
import { quoteForeign } from '../../core/redact.js';
import { redirectedWords } from '../../core/redirected-words.js';
import type { Refusal } from '../../core/source.js';
import { type Document, isWebPage } from './document.js';
import { baseHint, messageOf, type RefusalContext, refusalError } from './refusal.js';

/** What an answer about images must be before it is read, one or a list. */

/** @throws AppError for every status but 200 */
export function requireOk(reply: Refusal, context: RefusalContext): void {
  if (reply.status === 200) return;
  const error = reply.status === 204 ? undefined : refusalError(reply, context);
  throw (
    error ??
    new AppError('proto.status', `${context.what}${redirectedWords(reply)}: the server returned ${reply.status}`, {
      hint: baseHint(context.endpoint),
    })
  );
}

/**
 * @param text or its beginning
 * @param wanted what it was to be
 * @throws AppError proto.not-image, proto.answer
 */
export function requireDocument(
  text: string,
  reply: Pick<Refusal, 'headers' | 'redirected'>,
  { what, endpoint }: RefusalContext,
  wanted: string,
): void {
  const doing = `${what}${redirectedWords(reply)}`;
  const hint = baseHint(endpoint);
  if (isWebPage(text, reply.headers)) {
    throw new AppError('proto.not-image', `${doing}: the server sent a web page instead of ${wanted}`, {
      hint: `${hint}, and check that no login page or proxy is in between`,
    });
  }
  if (text.trim() === '') throw new AppError('proto.answer', `${doing}: the response is empty`, { hint });
}

/** @throws AppError proto.answer for an error in spite of a 200 */
export function requireNoError({ root, value }: Document, { what, endpoint }: RefusalContext): void {
  if (root !== 'uforgeError') return;
  const message = messageOf(value);
  const said = message === undefined ? 'no message' : quoteForeign(message);
  throw new AppError('proto.answer', `${what}: the server returned 200, but with an error: ${said}`, {
    hint: baseHint(endpoint),
  });
}
