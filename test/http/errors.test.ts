import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { AppError } from '#imgdl/core/errors.js';
import { Secret } from '#imgdl/core/secret.js';
import { type Step, transportError } from '#imgdl/http/errors.js';

const coded = (code: string, more: object = {}): Error => Object.assign(new Error(`canary ${code}`), { code, ...more });
const parserError = (data: Uint8Array): Error =>
  Object.assign(new Error('canary'), { name: 'HTTPParserError', code: undefined, data });
const map = (error: unknown, step: Step = 'headers'): AppError =>
  transportError(error, { attempted: 'GET https://a.example/x', step });

describe('errors of Node and undici', () => {
  it.each<[string, Step, unknown, string]>([
    ['ENOTFOUND', 'connect', coded('ENOTFOUND'), 'net.dns'],
    ['EAI_AGAIN', 'connect', coded('EAI_AGAIN'), 'net.dns'],
    ['no address at all', 'connect', coded('ENODATA'), 'net.dns'],
    ['ECONNREFUSED', 'connect', coded('ECONNREFUSED'), 'net.refused'],
    ['refused on all addresses', 'connect', new AggregateError([coded('ECONNREFUSED')], ''), 'net.refused'],
    ['a cause', 'connect', new Error('fetch failed', { cause: coded('EHOSTUNREACH') }), 'net.unreachable'],
    [
      'a cause in an aggregate',
      'connect',
      new AggregateError([new Error('x', { cause: coded('ENETUNREACH') })]),
      'net.unreachable',
    ],
    ['ETIMEDOUT', 'connect', coded('ETIMEDOUT'), 'net.connect-timeout'],
    ['ETIMEDOUT', 'body', coded('ETIMEDOUT'), 'net.reset'],
    ['undici connect timeout', 'connect', coded('UND_ERR_CONNECT_TIMEOUT'), 'net.connect-timeout'],
    ['undici headers timeout', 'headers', coded('UND_ERR_HEADERS_TIMEOUT'), 'net.header-timeout'],
    ['undici body timeout', 'body', coded('UND_ERR_BODY_TIMEOUT'), 'net.stall'],
    ['ECONNRESET', 'headers', coded('ECONNRESET'), 'net.reset'],
    ['EPIPE', 'headers', coded('EPIPE'), 'net.reset'],
    ['socket error', 'headers', coded('UND_ERR_SOCKET', { message: 'other side closed' }), 'net.reset'],
    ['socket error', 'body', coded('UND_ERR_SOCKET', { message: 'other side closed' }), 'net.truncated'],
    ['unasked answer', 'headers', coded('UND_ERR_SOCKET', { message: 'bad response' }), 'proto.framing'],
    ['unasked 101', 'headers', coded('UND_ERR_SOCKET', { message: 'bad upgrade' }), 'proto.framing'],
    ['length mismatch', 'headers', coded('UND_ERR_RES_CONTENT_LENGTH_MISMATCH'), 'proto.framing'],
    ['length mismatch', 'body', coded('UND_ERR_RES_CONTENT_LENGTH_MISMATCH'), 'net.truncated'],
    ['header overflow', 'headers', coded('UND_ERR_HEADERS_OVERFLOW'), 'proto.headers'],
    ['parser error', 'headers', parserError(Buffer.from('canary')), 'proto.framing'],
    ['parser error with bytes', 'body', parserError(Buffer.from('canary')), 'proto.framing'],
    ['parser error at the end', 'body', parserError(Buffer.alloc(0)), 'net.truncated'],
    ['parser error of version 6', 'body', coded('HPE_INVALID_EOF_STATE'), 'net.truncated'],
    ['EMFILE', 'connect', coded('EMFILE'), 'fs.fd-limit'],
    ['self-signed', 'connect', coded('DEPTH_ZERO_SELF_SIGNED_CERT'), 'tls.certificate'],
    ['self-signed in the chain', 'connect', coded('SELF_SIGNED_CERT_IN_CHAIN'), 'tls.certificate'],
    ['unknown issuer', 'connect', coded('UNABLE_TO_GET_ISSUER_CERT_LOCALLY'), 'tls.certificate'],
    ['unverifiable leaf', 'connect', coded('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), 'tls.certificate'],
    ['expired', 'connect', coded('CERT_HAS_EXPIRED'), 'tls.certificate'],
    ['wrong name', 'connect', coded('ERR_TLS_CERT_ALTNAME_INVALID'), 'tls.certificate'],
    ['not TLS', 'connect', coded('ERR_SSL_WRONG_VERSION_NUMBER'), 'tls.protocol'],
    ['EPROTO', 'connect', coded('EPROTO'), 'tls.protocol'],
    ['damaged record', 'body', coded('ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC'), 'net.reset'],
    ['a check of undici', 'headers', coded('ERR_ASSERTION'), 'proto.framing'],
    ['no buffers', 'connect', coded('ENOBUFS', { syscall: 'connect' }), 'net.unreachable'],
    ['no memory for a socket', 'connect', coded('ENOMEM', { syscall: 'socket' }), 'net.unreachable'],
    ['a device that is gone', 'body', coded('ENODEV', { syscall: 'read' }), 'net.reset'],
    ['a TLS error of a system call', 'connect', coded('EPROTO', { syscall: 'write' }), 'tls.protocol'],
    [
      'ulimit -v',
      'connect',
      new RangeError('WebAssembly.Instance(): Out of memory: Cannot allocate Wasm memory for new instance'),
      'usage.memory',
    ],
    ['ulimit -v, for a buffer', 'body', new RangeError('Array buffer allocation failed'), 'usage.memory'],
    ['what no system call says', 'body', coded('EWHAT'), 'bug'],
    ['anything else', 'body', new RangeError('canary'), 'bug'],
    ['a string', 'body', 'canary', 'bug'],
    ['undefined', 'body', undefined, 'bug'],
  ])('%s at step %s', (_name, step, error, code) => {
    const mapped = map(error, step);
    expect(mapped.code).toBe(code);
    expect(mapped.message.startsWith('GET https://a.example/x: ')).toBe(true);
    // Foreign messages and raw bytes stay out, also of what a crash dump shows.
    expect(inspect(mapped, { depth: 9 })).not.toContain('canary');
  });

  it('a certificate error always says how to give an authority, and never to look away', () => {
    const codes = ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID', 'CERT_UNTRUSTED', 'INVALID_CA', 'HOSTNAME_MISMATCH'];
    for (const code of [...codes, 'DEPTH_ZERO_SELF_SIGNED_CERT', 'ERR_TLS_CERT_ALTNAME_INVALID', 'CERT_REVOKED']) {
      const { hint } = map(coded(code), 'connect');
      expect(hint, code).toContain('--cacert');
      expect(hint, code).not.toContain('--insecure');
    }
  });

  it('a secret in the names of a certificate is masked', () => {
    new Secret('canary-san.example');
    const cert = { subjectaltname: 'DNS:canary-san.example, DNS:other.example' };
    const { message } = map(coded('ERR_TLS_CERT_ALTNAME_INVALID', { cert }), 'connect');
    expect(message).toContain('"DNS:***, DNS:other.example"');
  });

  it('an AppError passes untouched, also as a cause', () => {
    const own = new AppError('net.proxy', 'x');
    expect(map(own)).toBe(own);
    expect(map(new Error('y', { cause: own }))).toBe(own);
  });

  it('ends with a chain that bites its own tail', () => {
    const error = new Error('canary') as Error & { cause?: unknown };
    error.cause = error;
    expect(map(error).code).toBe('bug');
  });

  const to = (code: string, address: string, more: object = {}): Error => coded(code, { address, port: 81, ...more });
  it.each<[string, readonly Error[], string, string]>([
    ['one', [to('ECONNREFUSED', '::1')], 'net.refused', 'connection refused ([::1]:81)'],
    [
      'all that refuse',
      [to('ECONNREFUSED', '::1'), to('ECONNREFUSED', '10.0.0.1')],
      'net.refused',
      'connection refused ([::1]:81, 10.0.0.1:81)',
    ],
    [
      'the one that refuses before one that has no route',
      [to('ENETUNREACH', 'fd00::1'), to('ECONNREFUSED', '10.0.0.1')],
      'net.refused',
      'connection refused (10.0.0.1:81); no route to the network ([fd00::1]:81)',
    ],
    [
      'those that kept silent, and for how long',
      [to('ENETUNREACH', 'fd00::1'), to('ETIMEDOUT', '10.0.0.1', { limitMs: 10_000 })],
      'net.connect-timeout',
      'no connection within 10 s (10.0.0.1:81); no route to the network ([fd00::1]:81)',
    ],
    [
      'no more than eight',
      Array.from({ length: 10 }, (_, at) => to('ECONNREFUSED', `10.0.0.${at}`)),
      'net.refused',
      `connection refused (${Array.from({ length: 8 }, (_, at) => `10.0.0.${at}:81`).join(', ')}, and 2 more)`,
    ],
  ])('names the addresses that were tried: %s', (_, errors, code, words) => {
    const mapped = map(new AggregateError(errors), 'connect');
    expect([mapped.code, mapped.message]).toEqual([code, `GET https://a.example/x: ${words}`]);
    expect(mapped.details['addresses']).toHaveLength(errors.length);
  });
});
