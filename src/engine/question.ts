import { AppError } from '../core/errors.js';
import type { Identity } from '../core/source.js';
import type { BodyVerdict } from './fetch/known-object.js';
import { createOpener } from './fetch/opener.js';
import { objectRequest, PLAIN, revalidationOf } from './fetch/request.js';
import { withRetries } from './retry-budget.js';
import type { Transfer } from './transfer.js';

/** What a server says of its object to a request that takes no byte of it. */
export type Reply =
  /** It is the known one. */
  | { readonly kind: 'unchanged' }
  /** `url`: what answered, after all redirects; undefined where nobody says it. */
  | { readonly kind: 'described'; readonly answer: BodyVerdict; readonly url: URL | undefined };

/**
 * One plain GET, whose answer is closed as soon as its headers are there.
 * @param known asks whether the object is still this one, where it has an entity tag
 * @throws AppError of the connection, or of an answer that does not say: exactly what a download would end with
 */
export async function askServer(transfer: Transfer, known: Identity, signal: AbortSignal): Promise<Reply> {
  const opener = createOpener(transfer);
  const { remote, request, retries } = transfer;
  const asked = objectRequest({
    held: 0,
    known: { identity: {}, digests: request.options.checksums },
    remote,
    manner: { ...PLAIN, condition: true },
    overlapBytes: 0,
    revalidation: revalidationOf(known),
  });
  const ask = async (): Promise<Reply> => {
    const { exchange, verdict } = await opener.open(asked, signal);
    exchange.cancel();
    switch (verdict.kind) {
      case 'unchanged':
        return { kind: 'unchanged' };
      case 'part':
      case 'whole':
        return { kind: 'described', answer: verdict, url: exchange.url };
      case 'complete':
      case 'changed':
        throw new AppError('bug', `asking the server: ${verdict.kind} answers no question`);
    }
  };
  return await withRetries(ask, retries, signal);
}
