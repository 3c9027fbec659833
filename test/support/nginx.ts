import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { freePort, programPath, stop, until } from './processes.js';
import { tlsMaterial } from './tls-material.js';

export interface NginxOptions {
  /** HTTPS with a certificate of the authority of the tests ({@link Nginx.ca}). */
  readonly tls?: boolean;
  /** false: `max_ranges 0`, every answer is a whole 200. */
  readonly ranges?: boolean;
  /** false: no ETag; Last-Modified remains. */
  readonly etag?: boolean;
  /** nginx's notation, bytes per second and connection: `1m`. */
  readonly limitRate?: string;
  /** By path below the root. They may be changed later under {@link Nginx.root}. */
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** More directives for the `server` block, such as a `location`. */
  readonly server?: string;
}

export interface Nginx {
  /** Without a trailing slash. */
  readonly url: string;
  readonly root: string;
  /** PEM file of the CA; undefined without TLS. */
  readonly ca: string | undefined;
  /** One line per request: `GET /path status "range" bytes`. */
  requests(): readonly string[];
  stop(): Promise<void>;
}

export const hasNginx = programPath('nginx') !== undefined;

/** A real nginx on a free port of 127.0.0.1, with everything it writes in a directory of its own. */
export async function startNginx(options: NginxOptions): Promise<Nginx> {
  const program = programPath('nginx');
  if (program === undefined) throw new Error('nginx is not installed: apt-get install nginx-light');
  const directory = await mkdtemp(join(tmpdir(), 'imgdl-nginx-'));
  const root = join(directory, 'root');
  await mkdir(join(directory, 'tmp'));
  await mkdir(root);
  for (const [path, bytes] of Object.entries(options.files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), bytes);
  }
  const material = options.tls === true ? tlsMaterial() : undefined;
  if (material !== undefined) {
    await writeFile(join(directory, 'server.pem'), material.good.cert);
    await writeFile(join(directory, 'server.key'), material.good.key);
  }
  const tls = material && `ssl_certificate ${directory}/server.pem; ssl_certificate_key ${directory}/server.key;`;

  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    await writeFile(join(directory, 'nginx.conf'), configuration(directory, root, port, tls, options));
    const child = spawn(program, ['-p', directory, '-c', join(directory, 'nginx.conf'), '-e', 'error.log'], {
      stdio: ['ignore', 'ignore', 'ignore'],
    });
    if (await bound(child, directory)) {
      return {
        url: `${material ? 'https' : 'http'}://127.0.0.1:${port}`,
        root,
        ca: material?.caFile,
        requests: () => readFileSync(join(directory, 'access.log'), 'utf8').split('\n').filter(Boolean),
        stop: async () => {
          await stop(child);
          await rm(directory, { recursive: true, force: true });
        },
      };
    }
    await stop(child);
    const log = readFileSync(join(directory, 'error.log'), 'utf8');
    // Somebody else may take the port between our look and nginx's bind.
    if (attempt === 5 || !log.includes('Address already in use')) throw new Error(`nginx does not start: ${log}`);
    await writeFile(join(directory, 'error.log'), '');
  }
}

function configuration(
  directory: string,
  root: string,
  port: number,
  tls: string | undefined,
  options: NginxOptions,
): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${directory}/tmp/${name};`)
    .join(' ');
  return `
daemon off;
worker_processes 1;
${process.getuid?.() === 0 ? 'user root;' : ''}
pid ${directory}/nginx.pid;
error_log ${directory}/error.log;
events { worker_connections 64; }
http {
  ${temporary}
  types { application/octet-stream img raw qcow2; text/html html; }
  default_type application/octet-stream;
  log_format short '$request_method $request_uri $status "$http_range" $body_bytes_sent';
  access_log ${directory}/access.log short;
  server {
    listen 127.0.0.1:${port}${tls === undefined ? '' : ' ssl'};
    server_name localhost;
    ${tls ?? ''}
    root ${root};
    autoindex off;
    etag ${options.etag === false ? 'off' : 'on'};
    ${options.ranges === false ? 'max_ranges 0;' : ''}
    ${options.limitRate === undefined ? '' : `limit_rate ${options.limitRate};`}
    ${options.server ?? ''}
  }
}
`;
}

/** nginx writes its pid file once it has bound its port; on a taken one it tries for 2.5 s and ends. */
async function bound(child: ChildProcess, directory: string): Promise<boolean> {
  const ended = () => child.exitCode !== null || child.signalCode !== null;
  return until('nginx', 50_000, () => (ended() ? false : existsSync(join(directory, 'nginx.pid')) || undefined));
}
