import { quoteForeign } from './redact.js';

/** A key that stands twice in one mapping of a file. Parsers disagree on which of the two counts. */
export interface RepeatedKey {
  readonly key: string;
  /** Of both, from 1. */
  readonly lines: readonly [first: number, second: number];
}

/** For a message: `the key "url" appears twice, in lines 3 and 9`. */
export function repeatedText({ key, lines: [first, second] }: RepeatedKey): string {
  const where = first === second ? `in line ${first}` : `in lines ${first} and ${second}`;
  return `the key ${quoteForeign(key)} appears twice, ${where}`;
}
