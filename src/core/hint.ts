import { CODES, type Code } from './error-codes.js';

/**
 * The cure of a code in the one style of all hints: it begins with a small letter and has no full stop at its end.
 * The table has sentences, since docs/errors.md is made of it.
 */
export function hintOf(code: Code): string {
  const { cure } = CODES[code];
  return `${cure.charAt(0).toLowerCase()}${cure.slice(1).replace(/\.$/, '')}`;
}
