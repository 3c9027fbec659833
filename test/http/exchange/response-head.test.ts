import { describe, expect, it } from 'vitest';
import { isAppError } from '#imgdl/core/errors.js';
import { keptFor, responseHead } from '#imgdl/http/exchange/response-head.js';
import { bodyLength } from '#imgdl/http/framing.js';

const trust = { context: () => ({ context: {} }), insecure: false };
const proxy = { to: { url: new URL('http://proxy.example'), authorization: undefined, from: '--proxy' }, trust };
const direct = { url: new URL('http://a.example/x'), trust, proxy: undefined };
const relayed = { ...direct, proxy };
const tunnelled = { ...relayed, url: new URL('https://a.example/x') };

const head = (status: number, ...fields: string[]) => responseHead(status, fields, direct, 'GET http://a.example/x');

describe('the head of an answer', () => {
  it.each<[string, number, readonly string[], typeof direct | typeof relayed, string]>([
    ['with an exact length', 200, ['Content-Length', '5'], direct, 'taken'],
    ['without length', 200, [], direct, 'taken'],
    ['with a length beyond 2^53', 200, ['Content-Length', '9007199254740993'], direct, 'proto.framing'],
    ['with a length in words', 200, ['Content-Length', 'five'], direct, 'proto.framing'],
    ['407 of the server', 407, [], direct, 'taken'],
    ['407 through a tunnel', 407, [], tunnelled, 'taken'],
    ['407 of a relaying proxy', 407, [], relayed, 'auth.proxy'],
  ])('%s', (_name, status, fields, route, wanted) => {
    let outcome = 'taken';
    try {
      responseHead(status, fields, route, 'GET http://a.example/x');
    } catch (error) {
      outcome = isAppError(error) ? error.code : String(error);
    }
    expect(outcome).toBe(wanted);
  });
});

describe('the length of a body', () => {
  it.each<[string, number, readonly string[], number | undefined]>([
    ['is what the head says', 200, ['Content-Length', '5'], 5],
    ['may be nothing', 200, ['Content-Length', '0'], 0],
    ['is open without a field', 200, [], undefined],
    ['is told by the chunks', 200, ['Transfer-Encoding', 'chunked'], undefined],
    ['is none with 204', 204, ['Content-Length', '5'], undefined],
    ['is none with 304', 304, ['Content-Length', '5'], undefined],
  ])('%s', (_name, status, fields, wanted) => {
    expect(bodyLength(status, head(status, ...fields).headers)).toBe(wanted);
  });
});

describe('after its answer a connection waits for another request', () => {
  it.each<[string, readonly string[], number]>([
    ['as long as we keep any', [], 4000],
    ['not at all when the server closes it', ['Connection', 'close'], 0],
    ['not at all when close stands in a list', ['Connection', 'x, Close'], 0],
    ['not at all when the proxy closes it', ['Proxy-Connection', 'close'], 0],
    ['a second less than the server', ['Keep-Alive', 'timeout=3, max=100'], 2000],
    ['not at all when the server gives it a second', ['Keep-Alive', 'timeout=1'], 0],
    ['no longer than we keep any', ['Keep-Alive', 'timeout=75'], 4000],
  ])('%s', (_name, fields, wanted) => {
    expect(keptFor(head(200, ...fields).headers, 4000)).toBe(wanted);
  });
});
