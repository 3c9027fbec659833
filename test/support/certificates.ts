import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Certificates {
  /** The CA's certificate: what a client must be told to trust. */
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

/** A CA of our own and a certificate of it for `localhost` and 127.0.0.1, as PEM files in `directory`. */
export function makeCertificates(directory: string): Certificates {
  const at = (name: string) => join(directory, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: directory, stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  writeFileSync(at('server.ext'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n');
  openssl('req', '-x509', ...key, '-days', '2', '-subj', '/CN=imgdl test CA', '-keyout', 'ca.key', '-out', 'ca.pem');
  openssl('req', ...key, '-subj', '/CN=localhost', '-keyout', 'server.key', '-out', 'server.csr');
  openssl(
    ...['x509', '-req', '-in', 'server.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'],
    ...['-days', '2', '-extfile', 'server.ext', '-out', 'server.pem'],
  );
  return { ca: at('ca.pem'), certificate: at('server.pem'), key: at('server.key') };
}
