/**
 * The text of a journal: lines `<checksum>⇥<json>`. The checksum is the first 16 hex digits of SHA-256 over the
 * previous line's checksum and this line's JSON, so a line counts only where it was written: one that is torn,
 * changed, moved or taken from another journal ends what is believed.
 */
import { createHash } from 'node:crypto';
import type { Algorithm } from '../core/digest.js';
import type { JournalContent, JournalHave, JournalHead, JournalRecord } from '../core/storage.js';
import {
  asAlgorithm,
  asFields,
  asIdentity,
  asSourceRef,
  type Fields,
  hasOnly,
  isHexOf,
  isSize,
  parseJson,
} from './untrusted-json.js';

const CHECKSUM_LENGTH = 16;
const TAB = 0x09;
const NEWLINE = 0x0a;

/** What the next line's checksum is chained to; empty before the first. */
export type Chain = string;
export const CHAIN_START: Chain = '';

export interface Line {
  readonly bytes: Uint8Array;
  readonly chain: Chain;
}

export function encodeLine(chain: Chain, record: JournalRecord): Line {
  const json = Buffer.from(JSON.stringify(record));
  const next = checksum(chain, json);
  return { bytes: Buffer.concat([Buffer.from(`${next}\t`), json, Buffer.from('\n')]), chain: next };
}

export type Decoded =
  | {
      readonly kind: 'content';
      readonly content: JournalContent;
      /** Length in bytes of the lines that count: appending goes on there. */
      readonly end: number;
      readonly chain: Chain;
    }
  | { readonly kind: 'unusable'; readonly why: 'torn' | 'newer' };

/** Never throws, whatever the bytes. */
export function decodeJournal(bytes: Uint8Array): Decoded {
  const first = nextLine(bytes, 0, CHAIN_START);
  const fields = first === undefined ? undefined : asFields(first.value);
  if (first === undefined || fields === undefined) return { kind: 'unusable', why: 'torn' };
  // This much every later version keeps: a first line with this checksum and a number called `v`.
  if (isSize(fields['v']) && fields['v'] > 1) return { kind: 'unusable', why: 'newer' };
  const head = asHead(fields);
  if (head === undefined) return { kind: 'unusable', why: 'torn' };

  const have: JournalHave[] = [];
  let { end, chain } = first;
  for (;;) {
    const line = nextLine(bytes, end, chain);
    const claim = line === undefined ? undefined : asHave(line.value);
    if (line === undefined || claim === undefined) break;
    have.push(claim);
    ({ end, chain } = line);
  }
  return { kind: 'content', content: { head, have }, end, chain };
}

interface ReadLine {
  readonly value: unknown;
  readonly end: number;
  readonly chain: Chain;
}

function nextLine(bytes: Uint8Array, start: number, chain: Chain): ReadLine | undefined {
  const newline = bytes.indexOf(NEWLINE, start);
  if (newline === -1 || bytes[start + CHECKSUM_LENGTH] !== TAB) return undefined;
  const json = Buffer.from(bytes.subarray(start + CHECKSUM_LENGTH + 1, newline));
  const expected = checksum(chain, json);
  if (Buffer.from(bytes.subarray(start, start + CHECKSUM_LENGTH)).toString('latin1') !== expected) return undefined;
  return { value: parseJson(json.toString('utf8')), end: newline + 1, chain: expected };
}

function checksum(chain: Chain, json: Uint8Array): string {
  return createHash('sha256').update(chain).update(json).digest('hex').slice(0, CHECKSUM_LENGTH);
}

function asHead(fields: Fields): JournalHead | undefined {
  const source = asSourceRef(fields['source']);
  const identity = asIdentity(fields['identity']);
  const { t, v, target } = fields;
  if (t !== 'head' || v !== 1 || source === undefined || identity === undefined) return undefined;
  if (!hasOnly(fields, ['t', 'v', 'source', 'identity', 'target'])) return undefined;
  if (target !== undefined && typeof target !== 'string') return undefined;
  return { t, v, source, identity, ...(target === undefined ? {} : { target }) };
}

function asHave(value: unknown): JournalHave | undefined {
  const fields = asFields(value);
  if (fields === undefined || !hasOnly(fields, ['t', 'start', 'end', 'digests'])) return undefined;
  const { t, start, end } = fields;
  const digests = asDigests(fields['digests']);
  if (t !== 'have' || !isSize(start) || !isSize(end) || end < start || digests === undefined) return undefined;
  return { t, start, end, digests };
}

function asDigests(value: unknown): Partial<Record<Algorithm, string>> | undefined {
  const fields = asFields(value);
  if (fields === undefined) return undefined;
  const digests: Partial<Record<Algorithm, string>> = {};
  for (const [name, hex] of Object.entries(fields)) {
    const algorithm = asAlgorithm(name);
    if (algorithm === undefined || !isHexOf(algorithm, hex)) return undefined;
    digests[algorithm] = hex;
  }
  return digests;
}
