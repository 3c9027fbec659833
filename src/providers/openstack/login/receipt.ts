import { safeParse } from 'valibot';
import type { Reply } from '../../../core/http.js';
import { Secret } from '../../../core/secret.js';
import { receiptAnswer } from '../answers.js';
import type { Factor, KeystoneLogIn } from './cloud.js';
import { factorsOf, reserveOf } from './factors.js';
import { isSendable } from './sendable.js';

/** What Keystone gives for some factors of several: with it the others may follow (Identity API v3, "Auth receipts"). */
export interface Receipt {
  readonly value: Secret;
  /** Sets of methods of which one must be complete. */
  readonly required: readonly (readonly string[])[];
}

/** Of a 401 that asks for more; undefined where nothing can be made of it. */
export function receiptOf(reply: Reply): Receipt | undefined {
  const value = reply.headers.get('openstack-auth-receipt');
  if (reply.status !== 401 || value === undefined || !isSendable(value)) return undefined;
  const parsed = safeParse(receiptAnswer, parsedJson(reply.text));
  return { value: new Secret(value), required: parsed.success ? parsed.output.required_auth_methods : [] };
}

/** What is still to be sent; undefined where not all of it is there. */
export function missingFactors(login: KeystoneLogIn, receipt: Receipt): readonly Factor[] | undefined {
  const reserve = reserveOf(login);
  for (const methods of missingMethods(login, receipt)) {
    const factors = reserve.filter(({ method }) => methods.includes(method));
    if (factors.length === methods.length) return factors;
  }
  return undefined;
}

/** What each set of methods lacks, the smallest first. */
export function missingMethods(login: KeystoneLogIn, { required }: Receipt): readonly (readonly string[])[] {
  const sent = factorsOf(login).map(({ method }) => method as string);
  return required
    .map((methods) => methods.filter((method) => !sent.includes(method)))
    .filter((methods) => methods.length > 0)
    .sort((a, b) => a.length - b.length);
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
