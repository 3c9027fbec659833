import { type AnswerProof, compareAnswer, withPromised } from '../core/identity.js';
import type { Identity } from '../core/source.js';
import { askServer } from './question.js';
import type { Transfer } from './transfer.js';

/**
 * Asks a server whether its object is still the one of the receipt, and takes no byte of it.
 * @throws AppError of the connection, or of an answer that does not say: exactly what a download would end with
 */
export async function isStill(transfer: Transfer, known: Identity, signal: AbortSignal): Promise<AnswerProof> {
  const reply = await askServer(transfer, known, signal);
  if (reply.kind === 'unchanged') return { kind: 'proven' };
  const { learned, digests } = reply.answer;
  return compareAnswer(known, withPromised(learned, digests));
}
