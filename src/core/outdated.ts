/** Why `--update` replaces a file that is there: a sentence for the user, who would else wonder every night. */

import type { Algorithm, Digest } from './digest.js';
import { type AnswerProof, lackOfProof, type Proof, sameSource } from './identity.js';
import type { Remote } from './source.js';
import type { Receipt } from './storage.js';

export interface Outdated {
  readonly why: string;
  /** It may well be current, but nothing can prove that, now or at the next run. */
  readonly unprovable: boolean;
}

/** What is known of the file and of the remote object. The first of these that speaks against the file is the reason. */
export interface Doubts {
  readonly remote: Remote;
  readonly receipt: Receipt | undefined;
  /** Bytes of the file. */
  readonly size: number;
  /** The receipt's identity against the remote one; undefined when the receipt is of something else. */
  readonly proof: Proof | undefined;
  /** Digests that the file should have, and those it has. */
  readonly wanted: readonly Digest[];
  readonly found: ReadonlyMap<Algorithm, string> | undefined;
}

export function outdatedBy({ remote, receipt, size, proof, wanted, found }: Doubts): Outdated {
  const because = (why: string): Outdated => ({ why, unprovable: false });
  if (remote.identity.size !== undefined && remote.identity.size !== size) {
    return because(`the file has ${size} bytes, but the remote image has ${remote.identity.size}`);
  }
  const differing = wanted.find((digest) => found?.get(digest.algorithm) !== digest.hex);
  if (differing !== undefined) {
    return because(
      differing.from === 'receipt'
        ? 'the file no longer matches its receipt'
        : `the ${differing.algorithm} of the file does not match`,
    );
  }
  if (receipt === undefined) return because('the file has no receipt');
  if (!sameSource(receipt.source, remote.ref)) return because('the receipt is for another source');
  if (receipt.bytes !== size) return because(`the file has ${size} bytes, but its receipt says ${receipt.bytes}`);
  if (proof?.kind === 'changed') return because(`the remote image changed (${proof.field})`);
  const lack = remote.validator === 'http' ? lackOfProof(receipt.identity) : undefined;
  return { why: lack ?? 'the server sends nothing that proves the file is current', unprovable: true };
}

/** The same of a server's answer to the question. */
export function outdatedByAnswer(proof: Exclude<AnswerProof, { kind: 'proven' }>): Outdated {
  return proof.kind === 'changed'
    ? { why: `the remote image changed (${proof.field})`, unprovable: false }
    : { why: proof.why, unprovable: true };
}
