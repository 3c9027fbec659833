import { type ErrorName, kindOf } from './error-codes.js';

/**
 * The cure of an error in the one style of all hints: it begins with a small letter and has no full stop at its end.
 * The tables have sentences, since docs/errors.md is made of them.
 */
export function hintOf(name: ErrorName): string {
  const { cure } = kindOf(name);
  return `${cure.charAt(0).toLowerCase()}${cure.slice(1).replace(/\.$/, '')}`;
}
