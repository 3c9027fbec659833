import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startNginx } from '../support/nginx.js';
import { type PythonServer, startPythonServer } from '../support/python-server.js';
import { type Front, startFront } from '../support/tcp-front.js';

/** Web servers as images lie on them. */
export interface WebFront {
  /** nginx. */
  readonly http: string;
  /** nginx with a certificate of a private authority. */
  readonly https: string;
  readonly ca: string;
  /** `python3 -m http.server` with the same files. */
  readonly python: string;
  /** nginx, and Python's server, that cut the first connection for `/large.raw` in the middle. */
  readonly flaky: { readonly nginx: string; readonly withoutRange: string; readonly python: string };
  close(): Promise<void>;
}

export const LOGIN = { user: 'alice', password: 'alice-secret-1', token: 'token-of-alice-1' } as const;

/** Of all files. */
const TIME = new Date('2026-01-02T03:04:05Z');

/**
 * Whoever asks below `/whole/`, `/encoded/` and the like gets the same files from a server that behaves so.
 * @param files by path; `disk.raw` is what redirects lead to and what the digests in headers are of
 */
export async function startWebFront(files: Readonly<Record<string, Buffer>>): Promise<WebFront> {
  const directory = mkdtempSync(join(tmpdir(), 'imgdl-web-'));
  writeFileSync(join(directory, 'htpasswd'), `${LOGIN.user}:{PLAIN}${LOGIN.password}\n`);
  const secure = await startNginx({
    tls: true,
    files,
    server: 'location = /down { return 302 http://files.example.com/disk.raw; }',
  });
  const plain = await startNginx({
    files,
    server: behaviors(files['disk.raw'] ?? Buffer.alloc(0), secure.url, directory),
  });
  for (const path of Object.keys(files)) {
    for (const { root } of [plain, secure]) utimesSync(join(root, path), TIME, TIME);
  }
  const python: PythonServer = await startPythonServer(plain.root);
  const cutter = (url: string, only: string): Promise<Front> =>
    startFront({ target: Number(new URL(url).port), only, cutAfter: [5_000_000], cutBy: 'fin' });
  const cutters = [
    await cutter(plain.url, '/large.raw'),
    await cutter(plain.url, '/whole/large.raw'),
    await cutter(python.url, '/large.raw'),
  ] as const;
  return {
    http: plain.url,
    https: secure.url,
    ca: secure.ca ?? '',
    python: python.url,
    flaky: { nginx: cutters[0].url, withoutRange: cutters[1].url, python: cutters[2].url },
    async close() {
      await Promise.all(cutters.map((cutter) => cutter.close()));
      await Promise.all([plain.stop(), secure.stop(), python.stop()]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Directives of nginx. */
function behaviors(disk: Buffer, https: string, directory: string): string {
  const hash = (algorithm: string, encoding: 'hex' | 'base64', bytes = disk): string =>
    createHash(algorithm).update(bytes).digest(encoding);
  const below = (path: string, how: string): string =>
    `location /${path}/ { ${how} rewrite ^/${path}/(.*)$ /$1 break; }`;
  const hops = Array.from(
    { length: 11 },
    (_, at) => `location = /hops/${at + 1} { return 302 ${at === 0 ? '/disk.raw' : `/hops/${at}`}; }`,
  );
  return `
    server_tokens off;
    location = /page.raw { types {} default_type text/html; }
    location = /latest { return 302 /disk.raw; }
    ${hops.join('\n')}
    location = /circle { return 302 /center; }
    location = /center { return 302 /circle; }
    location = /cookie {
      if ($cookie_gate = "") { add_header Set-Cookie gate=1; return 302 /cookie; }
      rewrite ^ /disk.raw break;
    }
    location = / { rewrite ^ /disk.raw break; }
    location = /busy { return 503; }
    location = /up { return 302 ${https}/disk.raw; }
    location = /away { return 302 http://localhost:$server_port/basic/disk.raw; }
    ${below('whole', 'max_ranges 0;')}
    ${below('firewall', 'if ($http_range = "bytes=0-") { return 403; }')}
    ${below('encoded', 'add_header Content-Encoding x-gzip;')}
    ${below('md5', `add_header Content-MD5 ${hash('md5', 'base64')};`)}
    ${below('artifactory', `add_header X-Checksum-Sha256 ${hash('sha256', 'hex')};`)}
    ${below('google', `add_header x-goog-hash md5=${hash('md5', 'base64')};`)}
    ${below('stale', `add_header Content-MD5 ${hash('md5', 'base64', Buffer.from('an older one'))};`)}
    ${below('basic', `auth_basic files; auth_basic_user_file ${directory}/htpasswd;`)}
    ${below('bearer', `if ($http_authorization != "Bearer ${LOGIN.token}") { return 401; }`)}
  `;
}
