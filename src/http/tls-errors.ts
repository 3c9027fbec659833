import { AppError } from '../core/errors.js';
import { quoteForeign } from '../core/redact.js';

/** OpenSSL's X509_V_ERR_ names as Node gives them in `code`, and what they say. */
const CERTIFICATE: readonly (readonly [RegExp, string, string])[] = [
  [
    /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN)$/,
    'its certificate is self-signed',
    "ask the operator for the authority's certificate; install it on this machine, or pass it with --cacert FILE",
  ],
  [
    /^(UNABLE_TO_|CERT_UNTRUSTED$|INVALID_CA$|CERT_CHAIN_TOO_LONG$)/,
    'its certificate is signed by an unknown authority',
    "install the authority's certificate on this machine, or pass it, with any intermediate ones, with --cacert FILE",
  ],
  [
    /^CERT_HAS_EXPIRED$/,
    'its certificate has expired',
    "check this machine's clock; otherwise ask the operator for a new certificate (use --cacert FILE if its authority is new)",
  ],
  [
    /^CERT_NOT_YET_VALID$/,
    'its certificate is not valid yet',
    "check this machine's clock; use --cacert FILE if the authority is new",
  ],
  [/^CERT_REVOKED$/, 'its certificate is revoked', 'stop here and ask the operator (--cacert FILE does not help)'],
  [
    /^(CERT_|CRL_|ERROR_IN_|PATH_LENGTH_|INVALID_PURPOSE|HOSTNAME_MISMATCH|ERR_TLS_CERT_)/,
    'its certificate cannot be accepted',
    'ask the operator, or pass the right authority with --cacert FILE',
  ],
];

const PROTOCOL = /^(ERR_SSL_|ERR_TLS_|EPROTO$)/;
const NOT_TLS = /WRONG_VERSION_NUMBER|PACKET_LENGTH|UNKNOWN_PROTOCOL|HTTP_REQUEST/;
/** What we offer by ALPN (RFC 7301) is HTTP/1.1 alone. */
const NO_HTTP_1 = /NO_APPLICATION_PROTOCOL/;
const CLIENT_CERTIFICATE = /CERTIFICATE_REQUIRED|BAD_CERTIFICATE|HANDSHAKE_FAILURE|UNKNOWN_CA/;

/** The error of a TLS failure, or undefined when `code` is none. `done` is false until the handshake is over. */
export function tlsError(attempted: string, code: string, error: object, done: boolean): AppError | undefined {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return new AppError('tls.certificate', `${attempted}: its certificate is for another host${altNames(error)}`, {
      hint: 'use a host name that the certificate covers; --cacert FILE changes the authority, not the name',
      details: { reason: code },
    });
  }
  const known = CERTIFICATE.find(([pattern]) => pattern.test(code));
  if (known !== undefined) {
    return new AppError('tls.certificate', `${attempted}: ${known[1]} (${code})`, {
      hint: known[2],
      details: { reason: code },
    });
  }
  if (!PROTOCOL.test(code)) return undefined;
  if (done) {
    // A damaged record after a good handshake is the network's fault; a new connection cures it.
    return new AppError('net.reset', `${attempted}: TLS data was damaged in transit (${code})`, {
      hint: 'run again to resume',
      details: { reason: code },
    });
  }
  return new AppError('tls.protocol', `${attempted}: ${protocolWords(code)} (${code})`, {
    hint: protocolHint(code),
    details: { reason: code },
  });
}

function protocolWords(code: string): string {
  if (NO_HTTP_1.test(code)) return 'the server does not speak HTTP/1.1, perhaps only HTTP/2';
  if (NOT_TLS.test(code)) return 'the server does not speak TLS on this port';
  if (CLIENT_CERTIFICATE.test(code))
    return 'the server refused the handshake, perhaps because it requires a client certificate';
  return 'the TLS handshake failed';
}

function protocolHint(code: string): string {
  if (NO_HTTP_1.test(code))
    return 'ask the operator for an address that serves HTTP/1.1, which is all that imgdl speaks';
  if (CLIENT_CERTIFICATE.test(code)) return 'pass a client certificate with --cert and --key, or ask the operator';
  return 'check the port and the scheme of the URL';
}

function altNames(error: object): string {
  const certificate: unknown = 'cert' in error ? error.cert : undefined;
  if (typeof certificate !== 'object' || certificate === null || !('subjectaltname' in certificate)) return '';
  const names = certificate.subjectaltname;
  return typeof names === 'string' ? `: ${quoteForeign(names)}` : '';
}
