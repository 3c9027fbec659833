import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

export interface TlsMaterial {
  /** PEM of the authority that signed `good`, `wrongHost`, `expired` and `client`. */
  readonly ca: string;
  readonly caFile: string;
  /** For localhost, 127.0.0.1, 127.0.0.2 and ::1. */
  readonly good: KeyPair;
  readonly wrongHost: KeyPair;
  readonly expired: KeyPair;
  readonly selfSigned: KeyPair;
  readonly client: KeyPair;
}

let cached: TlsMaterial | undefined;

/** Certificates made by openssl, once per test process. */
export function tlsMaterial(): TlsMaterial {
  cached ??= make();
  return cached;
}

function make(): TlsMaterial {
  const folder = mkdtempSync(join(tmpdir(), 'imgdl-tls-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(folder, { recursive: true });
  const file = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  };
  const key = (name: string): void =>
    openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', `${name}.key`);
  const pair = (name: string): KeyPair => ({
    cert: readFileSync(file(`${name}.pem`), 'utf8'),
    key: readFileSync(file(`${name}.key`), 'utf8'),
  });
  const selfSign = (name: string, subject: string, extension: string): KeyPair => {
    key(name);
    openssl(
      'req',
      '-x509',
      '-new',
      '-key',
      `${name}.key`,
      '-out',
      `${name}.pem`,
      '-days',
      '2',
      '-subj',
      subject,
      '-addext',
      extension,
    );
    return pair(name);
  };
  const signed = (name: string, san: string, days = '2'): KeyPair => {
    key(name);
    openssl('req', '-new', '-key', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    writeFileSync(file(`${name}.ext`), `subjectAltName=${san}\n`);
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      '-CA',
      'ca.pem',
      '-CAkey',
      'ca.key',
      '-set_serial',
      `${Math.floor(Math.random() * 1e9)}`,
      '-days',
      days,
      '-extfile',
      `${name}.ext`,
      '-out',
      `${name}.pem`,
    );
    return pair(name);
  };
  const ca = selfSign('ca', '/CN=imgdl test authority', 'keyUsage=critical,keyCertSign,cRLSign').cert;
  const local = 'DNS:localhost,IP:127.0.0.1,IP:127.0.0.2,IP:::1';
  return {
    ca,
    caFile: file('ca.pem'),
    good: signed('good', local),
    wrongHost: signed('wrong-host', 'DNS:elsewhere.example'),
    expired: signed('expired', local, '-1'),
    selfSigned: selfSign('self-signed', '/CN=localhost', `subjectAltName=${local}`),
    client: signed('client', 'DNS:client.example'),
  };
}
