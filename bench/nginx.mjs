/** nginx on a free port of loopback, with everything it writes inside the bench's directory. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { startChild, until } from './child.mjs';
import { programPath } from './tools.mjs';

/** @param options {directory, root, tls, limitRate} limitRate: bytes per second of each connection */
export async function startNginx({ directory, root, tls = false, limitRate }) {
  mkdirSync(join(directory, 'tmp'), { recursive: true });
  const certificates = tls ? makeCertificates(directory) : undefined;
  const port = await freePort();
  const configuration = join(directory, 'nginx.conf');
  writeFileSync(configuration, text({ directory, root, port, certificates, limitRate }));
  const args = ['-p', directory, '-c', configuration, '-e', join(directory, 'error.log')];
  const server = startChild(programPath('nginx'), args);
  await until('nginx', server, 10_000, () => (existsSync(join(directory, 'nginx.pid')) ? true : undefined));
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    port,
    ca: certificates?.ca,
    stop: () => server.stop(),
  };
}

function text({ directory, root, port, certificates, limitRate }) {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${directory}/tmp/${name};`)
    .join(' ');
  const tls =
    certificates === undefined
      ? ''
      : `ssl_certificate ${certificates.certificate}; ssl_certificate_key ${certificates.key};`;
  return `
daemon off;
worker_processes 1;
${process.getuid() === 0 ? 'user root;' : ''}
pid ${directory}/nginx.pid;
error_log ${directory}/error.log;
events { worker_connections 256; }
http {
  ${temporary}
  default_type application/octet-stream;
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 100000;
  server {
    listen 127.0.0.1:${port}${certificates === undefined ? '' : ' ssl'};
    ${tls}
    root ${root};
    ${limitRate === undefined ? '' : `limit_rate ${limitRate};`}
  }
}
`;
}

/** An authority of our own and a certificate of it for 127.0.0.1. */
function makeCertificates(directory) {
  const openssl = (...args) => execFileSync('openssl', args, { cwd: directory, stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  writeFileSync(
    join(directory, 'server.ext'),
    'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n',
  );
  openssl('req', '-x509', ...key, '-days', '2', '-subj', '/CN=imgdl bench CA', '-keyout', 'ca.key', '-out', 'ca.pem');
  openssl('req', ...key, '-subj', '/CN=localhost', '-keyout', 'server.key', '-out', 'server.csr');
  openssl(
    ...['x509', '-req', '-in', 'server.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'],
    ...['-days', '2', '-extfile', 'server.ext', '-out', 'server.pem'],
  );
  return {
    ca: join(directory, 'ca.pem'),
    certificate: join(directory, 'server.pem'),
    key: join(directory, 'server.key'),
  };
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
