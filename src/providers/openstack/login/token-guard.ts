import { AppError } from '../../../core/errors.js';
import { oncePer } from '../../../core/once.js';
import type { ProviderPorts } from '../../../core/provider.js';
import { redactUrl } from '../../../core/redact.js';
import type { Guard } from '../../../core/secret.js';
import { OPENSTACK_CODES } from '../error-codes.js';
import { ALLOW_HTTP } from '../options.js';

/**
 * Where a token may go that was issued over https: not over plain http, whatever a catalog, an override or a redirect
 * says. Each host that the user allows is warned of once in a run.
 */
export const tokenGuard: (ports: ProviderPorts) => Guard = oncePer((ports: ProviderPorts) => {
  const allowed = ports.settings.all(ALLOW_HTTP);
  const warned = new Set<string>();
  return (url) => {
    if (url.protocol === 'https:') return;
    if (!allowed.includes(url.hostname)) throw plainHttp(url);
    if (warned.has(url.host)) return;
    warned.add(url.host);
    ports.warn({
      code: 'openstack.plain-http',
      message: `Keystone is reached by https, but ${url.origin} is not: the token and the image travel unencrypted`,
    });
  };
});

function plainHttp(url: URL): AppError {
  return new AppError(
    OPENSTACK_CODES['tls.plain-http'],
    `asking ${redactUrl(new URL(url.pathname, url.origin))}: Keystone issued the token over https, and it would travel unencrypted`,
    {
      hint: `set OS_IMAGE_ENDPOINT_OVERRIDE (image_endpoint_override) to the https URL of the image service, or allow it with --allow-http ${url.hostname}`,
    },
  );
}
