import { createHash } from 'node:crypto';

/** Bytes [start, end) that a journal says are on the disk. */
export interface Claim {
  readonly start: number;
  readonly end: number;
}

/**
 * The claims of a journal as its format says, read without the product's own code; none when it is torn at the head.
 * @param text in latin1
 */
export function claimsIn(text: string): readonly Claim[] {
  const claims: Claim[] = [];
  let chain = '';
  for (const line of text.split('\n').slice(0, -1)) {
    const json = Buffer.from(line.slice(17), 'latin1');
    const sum = createHash('sha256').update(chain).update(json).digest('hex').slice(0, 16);
    if (line.slice(0, 17) !== `${sum}\t`) break;
    chain = sum;
    const record = JSON.parse(json.toString()) as { readonly t: string } & Claim;
    if (record.t === 'have') claims.push({ start: record.start, end: record.end });
  }
  return claims;
}
