import { AppError } from '../core/errors.js';
import { type AnswerProof, compareAnswer } from '../core/identity.js';
import type { Identity } from '../core/source.js';
import { createOpener } from './fetch/opener.js';
import { objectRequest, revalidationOf, unconditional } from './fetch/request.js';
import { withRetries } from './retry-budget.js';
import type { Transfer } from './transfer.js';

/**
 * Asks a server whether its object is still the one of the receipt, and takes no byte of it.
 * @throws AppError of the connection, or of an answer that does not say: exactly what a download would end with
 */
export async function isStill(transfer: Transfer, known: Identity, signal: AbortSignal): Promise<AnswerProof> {
  const opener = createOpener(transfer);
  const {
    remote,
    request: { options },
  } = transfer;
  let revalidation = revalidationOf(known);
  const ask = async (): Promise<AnswerProof> => {
    for (;;) {
      const object = { identity: {}, digests: options.checksums };
      const request = objectRequest({ held: 0, known: object, remote, mayRange: false, revalidation });
      const { exchange, verdict } = await opener.open(request, signal);
      exchange.cancel();
      switch (verdict.kind) {
        case 'unchanged':
          return { kind: 'proven' };
        case 'part':
        case 'whole':
          return compareAnswer(known, verdict.learned);
        case 'unnamed':
          revalidation = unconditional(revalidation);
          break;
        case 'complete':
        case 'changed':
        case 'no-range':
          throw new AppError('bug', `asking the server: ${verdict.kind} answers no question`);
      }
    }
  };
  return await withRetries(ask, transfer.retries, signal);
}
