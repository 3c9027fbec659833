import { describe, expect, test } from 'vitest';
import { AnswerHeads, headFlaw } from '#imgdl/http/exchange/answer-heads.js';

const FINAL = 'HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n';
const BODY = 'HTTP/1.1 100 is in the body\r\n\r\n';
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
const MASKED = CONTINUE.replace('100', '102');
const HINTS = 'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n';

/** What the parser is given, when the bytes come in two reads, cut there. */
function passed(text: string, cut: number): string {
  const heads = new AnswerHeads();
  const reads = [Buffer.from(text.slice(0, cut), 'latin1'), Buffer.from(text.slice(cut), 'latin1')];
  for (const read of reads) heads.pass(read);
  return Buffer.concat(reads).toString('latin1');
}

describe('the heads of an answer', () => {
  test.each([
    ['a final one alone', FINAL + BODY, FINAL + BODY],
    ['an unasked 100 Continue', CONTINUE + FINAL + BODY, MASKED + FINAL + BODY],
    ['one with fields', `HTTP/1.1 100 Go on\r\nX: 100\r\n\r\n${FINAL}`, `HTTP/1.1 102 Go on\r\nX: 100\r\n\r\n${FINAL}`],
    ['one without a reason', `HTTP/1.1 100\r\n\r\n${FINAL}`, `HTTP/1.1 102\r\n\r\n${FINAL}`],
    ['two of them', CONTINUE + CONTINUE + FINAL, MASKED + MASKED + FINAL],
    ['one behind another interim answer', HINTS + CONTINUE + FINAL + BODY, HINTS + MASKED + FINAL + BODY],
    [
      'a switch of protocols, and then no HTTP',
      `HTTP/1.1 101 S\r\n\r\n${CONTINUE}`,
      `HTTP/1.1 101 S\r\n\r\n${CONTINUE}`,
    ],
    ['a status that only begins so', `HTTP/1.1 1000\r\n\r\n${FINAL}`, `HTTP/1.1 1020\r\n\r\n${FINAL}`],
    ['what is no HTTP', 'SSH-2.0-OpenSSH 100 \r\n\r\n', 'SSH-2.0-OpenSSH 100 \r\n\r\n'],
  ])('%s, cut anywhere', (_, sent, expected) => {
    for (let cut = 0; cut <= sent.length; cut += 1) expect(passed(sent, cut), String(cut)).toBe(expected);
  });

  test('one that never ends is not kept', () => {
    const heads = new AnswerHeads();
    for (let read = 0; read < 100; read += 1) heads.pass(Buffer.alloc(1000, 'HTTP/1.1 100 '));
    expect(heads.flaw).toBeUndefined();
  });
});

describe('what is wrong with a head', () => {
  const head = (...lines: readonly string[]): string => ['HTTP/1.1 200 OK', ...lines, '', ''].join('\r\n');
  const LENGTH = 'Content-Length: 5';

  test.each<[string, string | undefined]>([
    [head(LENGTH), undefined],
    [head(LENGTH, 'X-Text: caf\xe9\tx'), undefined],
    [head('X Y: 1', LENGTH), undefined],
    ['', undefined],
    [head(LENGTH, 'X-Bell: a\x07b'), 'has a control character in its headers'],
    [head(LENGTH, 'X-Nul: a\0b'), 'has a control character in its headers'],
    [head(LENGTH, 'X-Delete: a\x7f'), 'has a control character in its headers'],
    [head(LENGTH, 'X-Line: a\nb'), 'has a control character in its headers'],
    [head(LENGTH, 'X-Return: a\rb'), 'has a control character in its headers'],
    [`HTTP/1.1 200 O\x1bK\r\n${LENGTH}`, 'has a control character in its headers'],
    [head(LENGTH, 'X-Cut: a\x01').slice(0, -4), 'has a control character in its headers'],
    [head(LENGTH, 'X-Folded: a', ' b'), 'has a header that is folded over several lines'],
    [head('Content-Length: +5'), 'has a Content-Length that is not a number'],
    [head('content-length:'), 'has a Content-Length that is not a number'],
    [head(LENGTH, LENGTH), 'has contradictory lengths'],
    [head(LENGTH, 'Transfer-Encoding: chunked'), 'has contradictory lengths'],
  ])('%j: %s', (text, expected) => {
    expect(headFlaw(text)).toBe(expected);
    // A body is no head.
    if (text.endsWith('\r\n\r\n')) expect(headFlaw(`${text}body \0`)).toBe(expected);
  });
});
