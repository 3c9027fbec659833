/**
 * An own certificate authority and a server certificate for loopback. Node signs but writes no X.509, and a bare
 * machine has no openssl command: so the few DER structures of RFC 5280 section 4.1 are written here.
 */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** PEM: `key` and `cert` for the server, `ca` for who shall trust it. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
  readonly ca: string;
}

export interface CertificateOptions {
  /** Milliseconds since 1970; default in 30 days. In the past for an expired certificate. */
  readonly notAfterMs?: number;
  /** DNS names beside the address 127.0.0.1; default `localhost`. */
  readonly names?: readonly string[];
  /** Names and addresses of another host only. */
  readonly wrongHost?: boolean;
}

const DAY_MS = 86_400_000;
const SEQUENCE = 0x30;
const OID = {
  ecdsaWithSha256: '2a8648ce3d040302',
  commonName: '550403',
  basicConstraints: '551d13',
  keyUsage: '551d0f',
  subjectAltName: '551d11',
  subjectKeyIdentifier: '551d0e',
  authorityKeyIdentifier: '551d23',
  extendedKeyUsage: '551d25',
  serverAuth: '2b06010505070301',
} as const;

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const { length } = body;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, Math.floor(length / 256), length % 256];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
}

const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const oid = (value: string): Buffer => der(0x06, hex(value));
const algorithm = (): Buffer => der(SEQUENCE, oid(OID.ecdsaWithSha256));

function name(commonName: string): Buffer {
  return der(SEQUENCE, der(0x31, der(SEQUENCE, oid(OID.commonName), der(0x0c, Buffer.from(commonName)))));
}

/** UTCTime, good until 2049. */
function utcTime(ms: number): Buffer {
  const text = new Date(ms).toISOString().replace(/[-:T]/g, '').slice(2, 14);
  return der(0x17, Buffer.from(`${text}Z`));
}

function extension(id: string, value: Buffer, critical: boolean): Buffer {
  return der(SEQUENCE, oid(id), ...(critical ? [hex('0101ff')] : []), der(0x04, value));
}

function spki(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' });
}

const keyId = (key: KeyObject): Buffer => createHash('sha1').update(spki(key)).digest();

function pem(der: Buffer): string {
  const lines = der.toString('base64').replace(/.{64}/g, '$&\n').trimEnd();
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

interface Subject {
  readonly commonName: string;
  readonly publicKey: KeyObject;
  readonly notAfterMs: number;
  readonly extensions: readonly Buffer[];
}

interface Issuer {
  readonly commonName: string;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

function issue(subject: Subject, issuer: Issuer): string {
  const serial = Buffer.concat([Buffer.from([1]), randomBytes(15)]);
  const begins = Math.min(Date.now(), subject.notAfterMs) - DAY_MS;
  const body = der(
    SEQUENCE,
    der(0xa0, hex('020102')),
    der(0x02, serial),
    algorithm(),
    name(issuer.commonName),
    der(SEQUENCE, utcTime(begins), utcTime(subject.notAfterMs)),
    name(subject.commonName),
    spki(subject.publicKey),
    der(
      0xa3,
      der(
        SEQUENCE,
        ...subject.extensions,
        extension(OID.subjectKeyIdentifier, der(0x04, keyId(subject.publicKey)), false),
        extension(OID.authorityKeyIdentifier, der(SEQUENCE, der(0x80, keyId(issuer.publicKey))), false),
      ),
    ),
  );
  const signature = sign('sha256', body, issuer.privateKey);
  return pem(der(SEQUENCE, body, algorithm(), der(0x03, Buffer.from([0]), signature)));
}

/** Makes a new authority and a certificate of it; nothing is kept. */
export function makeCertificate(options: CertificateOptions = {}): Certificate {
  const inAMonth = Date.now() + 30 * DAY_MS;
  const authority = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const server = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuer: Issuer = { commonName: 'imgdl sandbox CA', ...authority };
  const names = options.wrongHost === true ? ['elsewhere.invalid'] : (options.names ?? ['localhost']);
  const address = options.wrongHost === true ? '0a000001' : '7f000001';
  const alternatives = [...names.map((text) => der(0x82, Buffer.from(text))), der(0x87, hex(address))];
  const ca = issue(
    {
      ...issuer,
      notAfterMs: inAMonth,
      extensions: [
        extension(OID.basicConstraints, hex('30030101ff'), true),
        extension(OID.keyUsage, hex('03020106'), true),
      ],
    },
    issuer,
  );
  const cert = issue(
    {
      commonName: names[0] ?? 'localhost',
      publicKey: server.publicKey,
      notAfterMs: options.notAfterMs ?? inAMonth,
      extensions: [
        extension(OID.basicConstraints, hex('3000'), true),
        extension(OID.keyUsage, hex('03020780'), true),
        extension(OID.extendedKeyUsage, der(SEQUENCE, oid(OID.serverAuth)), false),
        extension(OID.subjectAltName, der(SEQUENCE, ...alternatives), false),
      ],
    },
    issuer,
  );
  return { key: server.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), cert, ca };
}
