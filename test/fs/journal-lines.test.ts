import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JournalContent, JournalRecord } from '#imgdl/core/storage.js';
import { CHAIN_START, decodeJournal, encodeLine } from '#imgdl/fs/journal-lines.js';
import { HEAD, have } from './set-up.js';

function linesOf(records: readonly unknown[]): Uint8Array[] {
  let chain = CHAIN_START;
  return records.map((record) => {
    const line = encodeLine(chain, record as JournalRecord);
    chain = line.chain;
    return line.bytes;
  });
}

function contentOf(bytes: Uint8Array): JournalContent | 'torn' | 'newer' {
  const decoded = decodeJournal(bytes);
  return decoded.kind === 'content' ? decoded.content : decoded.why;
}

const CLAIMS = [have(0, 100), have(100, 250), have(250, 900)];
const LINES = linesOf([HEAD, ...CLAIMS]);
const JOURNAL = Buffer.concat(LINES);

describe('a journal', () => {
  it('is read as it was written', () => {
    expect(decodeJournal(JOURNAL)).toMatchObject({
      kind: 'content',
      content: { head: HEAD, have: CLAIMS },
      end: JOURNAL.length,
    });
  });

  it('has the documented form: 16 hex of SHA-256 over the previous checksum and the JSON, tab, JSON', () => {
    const [first = '', second = ''] = JOURNAL.toString().split('\n');
    const sum = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);
    expect(first).toBe(`${sum(JSON.stringify(HEAD))}\t${JSON.stringify(HEAD)}`);
    expect(second.slice(0, 16)).toBe(sum(first.slice(0, 16) + JSON.stringify(CLAIMS[0])));
  });

  it('cut at any byte says what its whole lines say, or nothing', () => {
    for (let length = 0; length < JOURNAL.length; length += 1) {
      let whole = 0;
      let end = 0;
      for (const line of LINES) {
        if (end + line.length > length) break;
        end += line.length;
        whole += 1;
      }
      const expected = whole === 0 ? 'torn' : { head: HEAD, have: CLAIMS.slice(0, whole - 1) };
      expect(contentOf(JOURNAL.subarray(0, length)), `cut at ${length}`).toEqual(expected);
    }
  });

  it('with any byte changed never claims what was not written', () => {
    fc.assert(
      fc.property(fc.nat(JOURNAL.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const changed = Buffer.from(JOURNAL);
        changed[at] = ((changed[at] ?? 0) + by) % 256;
        const content = contentOf(changed);
        if (typeof content === 'string') return content === 'torn';
        const honest = CLAIMS.slice(0, content.have.length);
        return (
          JSON.stringify(content) === JSON.stringify({ head: HEAD, have: honest }) && honest.length < CLAIMS.length
        );
      }),
      { numRuns: 3000 },
    );
  });

  it('never throws on any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => contentOf(bytes) === 'torn'));
  });

  const other = { ...HEAD, source: { ...HEAD.source, ref: 'other.img' } };
  const foreign = linesOf([other, have(0, 999)]);
  const [l0, l1, l2, l3] = LINES as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  const moved: readonly (readonly [sentence: string, lines: readonly Uint8Array[], believed: number])[] = [
    ['a line moved before another', [l0, l2, l1, l3], 0],
    ['a line left out', [l0, l1, l3], 1],
    ['a line twice', [l0, l1, l1, l2], 1],
    ["a line of another object's journal", [l0, l1, foreign[1] as Uint8Array], 1],
    ['an empty line', [l0, l1, Buffer.from('\n'), l2], 1],
  ];
  it.each(moved)('with %s is believed up to there', (_, lines, believed) => {
    expect(contentOf(Buffer.concat(lines))).toEqual({ head: HEAD, have: CLAIMS.slice(0, believed) });
  });

  it('whose last line ends in another byte than a newline is believed up to that line', () => {
    const bytes = Buffer.from(JOURNAL);
    bytes[bytes.length - 1] = 0x20;
    expect(contentOf(bytes)).toEqual({ head: HEAD, have: CLAIMS.slice(0, -1) });
  });

  it('says for which name the download was', () => {
    const head = { ...HEAD, target: 'disk.img' };
    expect(contentOf(Buffer.concat(linesOf([head, have(0, 1)])))).toEqual({ head, have: [have(0, 1)] });
  });

  it('may claim no bytes, as of an empty image', () => {
    expect(contentOf(Buffer.concat(linesOf([HEAD, have(0, 0)])))).toEqual({ head: HEAD, have: [have(0, 0)] });
  });

  const heads: readonly (readonly [sentence: string, head: unknown, why: 'torn' | 'newer'])[] = [
    ['version 2', { ...HEAD, v: 2 }, 'newer'],
    ['version 2 of another shape', { v: 2, everything: 'else' }, 'newer'],
    ['version 0', { ...HEAD, v: 0 }, 'torn'],
    ['a version that is text', { ...HEAD, v: '1' }, 'torn'],
    ['no source', { t: 'head', v: 1, identity: {} }, 'torn'],
    ['a source that is no object', { ...HEAD, source: 'x' }, 'torn'],
    ['an unknown field', { ...HEAD, extra: 1 }, 'torn'],
    ['an identity with an unknown field', { ...HEAD, identity: { size: 1, generation: 7 } }, 'torn'],
    ['an identity with a negative size', { ...HEAD, identity: { size: -1 } }, 'torn'],
    ['an identity with digests that are no texts', { ...HEAD, identity: { digests: [1] } }, 'torn'],
    ['a name that is no text', { ...HEAD, target: 1 }, 'torn'],
    ['a claim in place of the head', have(0, 1), 'torn'],
    ['a list', [HEAD], 'torn'],
    ['null', null, 'torn'],
  ];
  it.each(heads)('that begins with %s is %3$s', (_, head, why) => {
    expect(decodeJournal(Buffer.concat(linesOf([head, have(0, 1)])))).toEqual({ kind: 'unusable', why });
  });

  const claims: readonly (readonly [sentence: string, claim: unknown])[] = [
    ['a negative start', { ...have(0, 1), start: -1 }],
    ['an end before its start', { ...have(5, 9), end: 4 }],
    ['an end beyond 2^53', { ...have(0, 1), end: 2 ** 53 }],
    ['a broken number', { ...have(0, 1), end: 1.5 }],
    ['a start that is text', { ...have(0, 1), start: '0' }],
    ['no digests', { t: 'have', start: 0, end: 1 }],
    ['a digest of an unknown algorithm', { ...have(0, 1), digests: { crc32: '00000000' } }],
    ['a digest that is too short', { ...have(0, 1), digests: { md5: 'abc' } }],
    ['a digest in upper case', { ...have(0, 1), digests: { md5: 'A'.repeat(32) } }],
    ['an unknown field', { ...have(0, 1), extra: true }],
    ['another head', HEAD],
  ];
  it.each(claims)('ends before a claim with %s', (_, claim) => {
    expect(contentOf(Buffer.concat(linesOf([HEAD, have(0, 1), claim, have(1, 2)])))).toEqual({
      head: HEAD,
      have: [have(0, 1)],
    });
  });
});
