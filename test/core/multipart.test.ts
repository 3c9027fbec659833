import { describe, expect, it } from 'vitest';
import { boundaryOf, HEAD_LIMIT, headersOfPart, parsePartHead } from '#imgdl/core/multipart.js';

describe('the boundary', () => {
  it.each([
    ['multipart/byteranges; boundary=abc', 'abc'],
    ['multipart/byteranges;boundary="a b c"', 'a b c'],
    ['Multipart/ByteRanges ; charset=x; BOUNDARY=abc ; x=y', 'abc'],
    [`multipart/byteranges; boundary=${'x'.repeat(70)}`, 'x'.repeat(70)],
    [`multipart/byteranges; boundary=${'x'.repeat(71)}`, undefined],
    ['multipart/byteranges; boundary=', undefined],
    ['multipart/byteranges', undefined],
    ['multipart/mixed; boundary=abc', undefined],
    ['text/plain; x=multipart/byteranges; boundary=abc', undefined],
    [undefined, undefined],
  ])('of %j is %j', (type, boundary) => {
    expect(boundaryOf(type)).toBe(boundary);
  });
});

describe('the head of the first part', () => {
  const parse = (text: string) => parsePartHead(Buffer.from(text), 'b');
  const range = 'Content-Range: bytes 0-4/9';
  it.each([
    ['as the RFC has it', `--b\r\nContent-Type: x\r\n${range}\r\n\r\n`],
    ['behind a line break', `\r\n--b\r\nContent-Type: x\r\n${range}\r\n\r\n`],
    ['with blanks and small letters', `--b \t\r\ncontent-type:x \r\nCONTENT-RANGE:  bytes 0-4/9\r\n\r\n`],
    ['with bare line feeds', `--b\nContent-Type: x\n${range}\n\n`],
  ])('%s', (_, text) => {
    const fields = new Map([
      ['content-type', 'x'],
      ['content-range', 'bytes 0-4/9'],
    ]);
    expect(parse(`${text}12345`)).toEqual({ kind: 'head', headers: fields, bodyAt: text.length });
    for (let end = 0; end < text.length - 1; end += 1) expect(parse(text.slice(0, end)).kind).toBe('more');
  });

  it.each([
    ['of another boundary', '--bb\r\nContent-Type: x\r\n\r\n'],
    ['that is the last delimiter', '--b--\r\n\r\n'],
    ['with a line that is no field', '--b\r\nno field\r\n\r\n'],
    ['that does not come', 'x'.repeat(HEAD_LIMIT)],
    ['that does not end', `--b\r\nx: ${'x'.repeat(HEAD_LIMIT)}`],
  ])('is none: one %s', (_, text) => {
    expect(parse(text)).toEqual({ kind: 'invalid' });
  });

  it('without fields says nothing', () => {
    expect(parse('--b\r\n\r\n')).toEqual({ kind: 'head', headers: new Map(), bodyAt: 7 });
  });

  it('says what its bytes are, and the answer what the object is', () => {
    const answer = new Map([
      ['etag', '"1"'],
      ['content-type', 'multipart/byteranges; boundary=b'],
      ['content-length', '999'],
      ['transfer-encoding', 'chunked'],
    ]);
    const part = new Map([
      ['content-range', 'bytes 0-4/9'],
      ['content-type', 'x'],
      ['etag', '"2"'],
    ]);
    expect([...headersOfPart(answer, part)]).toEqual([
      ['etag', '"1"'],
      ['content-range', 'bytes 0-4/9'],
      ['content-type', 'x'],
    ]);
  });
});
