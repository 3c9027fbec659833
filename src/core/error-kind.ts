import type { ExitName } from './exit.js';

/** One kind of failure: what scripts, people and docs/errors.md know it by. */
export interface ErrorKind {
  /** Dotted and stable: scripts match on it. */
  readonly code: string;
  readonly exit: ExitName;
  /** One sentence: what happened. */
  readonly cause: string;
  /** One sentence in the imperative: what to do. */
  readonly cure: string;
}

/** A table of kinds by their codes, each of which is written down once. */
export function errorKinds<Code extends string>(
  rows: Readonly<Record<Code, Omit<ErrorKind, 'code'>>>,
): Readonly<Record<Code, ErrorKind>> {
  const named = Object.entries<Omit<ErrorKind, 'code'>>(rows).map(([code, facts]) => [code, { code, ...facts }]);
  return Object.fromEntries(named) as Record<Code, ErrorKind>;
}
