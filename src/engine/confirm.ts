import { AppError } from '../core/errors.js';
import { type AnswerProof, compareAnswer } from '../core/identity.js';
import type { Identity } from '../core/source.js';
import { createOpener } from './fetch/opener.js';
import { plainly, questionOf, wishFor } from './fetch/request.js';
import type { Run } from './outcome.js';
import { withAttempts } from './retry-budget.js';

/**
 * Asks a server whether its object is still the one of the receipt, and takes no byte of it.
 * @throws AppError of the connection, or of an answer that does not say: exactly what a download would end with
 */
export async function isStill(run: Run, known: Identity, signal: AbortSignal): Promise<AnswerProof> {
  const { request, ports, remote, attempts, tally } = run;
  const opener = createOpener(request.source, ports, tally);
  let question = questionOf(known);
  return await withAttempts(
    async () => {
      for (;;) {
        const { exchange, verdict } = await opener.open(wishFor(0, {}, remote, true, question), signal);
        exchange.cancel();
        switch (verdict.kind) {
          case 'unchanged':
            return { kind: 'proven' };
          case 'part':
          case 'whole':
            return compareAnswer(question.known, verdict.learned);
          case 'unnamed':
            question = plainly(question);
            break;
          case 'complete':
          case 'changed':
          case 'no-range':
            throw new AppError('bug', `asking the server: ${verdict.kind} answers no question`);
        }
      }
    },
    attempts,
    signal,
  );
}
