import type { EarlyPorts, Provider, ProviderCommand, TlsSettings } from '../core/provider.js';
import { ownerOf, ownerOfUrl } from '../providers/registry.js';
import { urlsOf } from './command-urls.js';

/**
 * What the description of the server that a command goes to says of TLS.
 *
 * A URL may lead anywhere: there a description may add trust in an authority, but neither waive verification nor show a
 * client certificate.
 */
export async function describedTls(
  providers: readonly Provider[],
  command: ProviderCommand,
  args: readonly string[],
  ports: EarlyPorts,
): Promise<TlsSettings> {
  if (command.kind !== 'download' || command.anyUrl !== true) {
    return (await ownerOf(providers, command)?.tls?.(ports)) ?? {};
  }
  const owners = new Set(urlsOf(command, args).map((url) => ownerOfUrl(providers, url, ports)));
  for (const owner of owners) {
    const cacert = (await owner?.tls?.(ports))?.cacert;
    if (cacert !== undefined) return { cacert };
  }
  return {};
}
