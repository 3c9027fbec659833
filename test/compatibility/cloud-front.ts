import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cloud } from '../openstack/cloud.js';
import { type Nginx, startNginx } from '../support/nginx.js';

export interface CloudFront {
  /** https. */
  readonly url: string;
  /** The same by http: it redirects. */
  readonly plain: string;
  /** PEM file of its private authority. */
  readonly ca: string;
  readonly user: { readonly name: string; readonly password: string };
  close(): Promise<void>;
}

/**
 * nginx in front of a cloud, as sites have it: TLS ends there, every service has a path, and the catalog still speaks of
 * plain http. `/basic` wants a password itself, `/open` nothing; behind both stands Glance.
 */
export async function startCloudFront(cloud: Cloud): Promise<CloudFront> {
  const directory = mkdtempSync(join(tmpdir(), 'imgdl-front-'));
  const user = { name: 'standalone', password: 'standalone-pw' };
  writeFileSync(join(directory, 'htpasswd'), `${user.name}:{PLAIN}${user.password}\n`);
  const to = (path: string, origin: string, more = '') =>
    `location ${path}/ { ${more} proxy_pass ${origin}/; proxy_buffering off; }`;
  const asDemo = `proxy_set_header X-Auth-Token ${cloud.tokens.demo}; proxy_set_header Authorization "";`;
  const nginx: Nginx = await startNginx({
    tls: true,
    files: {},
    server: `
      server_tokens off;
      error_page 497 =301 https://$host:$server_port$request_uri;
      ${to('/identity', new URL(cloud.keystone).origin)}
      ${to('/image', cloud.glance.uwsgi)}
      ${to('/basic', cloud.glance.uwsgi, `auth_basic glance; auth_basic_user_file ${directory}/htpasswd; ${asDemo}`)}
      ${to('/open', cloud.glance.uwsgi, asDemo)}
      location /old { return 302 https://$host:$server_port/sso; }
    `,
  });
  return {
    url: nginx.url,
    plain: nginx.url.replace('https:', 'http:'),
    ca: nginx.ca ?? '',
    user,
    async close() {
      await nginx.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
