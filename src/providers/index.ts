import type { CommandSpec, Provider, ProviderPorts } from '../core/provider.js';
import type { Source } from '../core/types.js';
import { provider as glance } from './openstack/index.js';
import { provider as uforge } from './uforge/index.js';
import { parseUrl } from './url/address.js';
import { provider as plain } from './url/index.js';
import { AS, type As } from './url/options.js';

/** Every provider; the order is that of help and manual, and of the question whose a URL is. The plain one takes all. */
export const PROVIDERS: readonly Provider[] = [uforge, glance, plain];

const BY_WORD: Readonly<Record<As, Provider>> = { uforge, glance, plain };

/**
 * The source that a command names.
 * @throws AppError usage.*, config.*
 */
export async function sourceOf(command: CommandSpec, args: readonly string[], ports: ProviderPorts): Promise<Source> {
  const owner = PROVIDERS.find((provider) => provider.commands.includes(command));
  if (owner === undefined || owner === plain) return sourceOfUrl(args[0] ?? '', ports, ports.settings.get(AS));
  return owner.source(command, args, ports);
}

/**
 * The source of a URL: that of the first provider that claims it, or of the one that `as` names.
 * @throws AppError usage.*, config.*
 */
export async function sourceOfUrl(text: string, ports: ProviderPorts, as?: As): Promise<Source> {
  const url = parseUrl(text);
  const owner = as === undefined ? PROVIDERS.find((provider) => provider.claims(url)) : BY_WORD[as];
  return (owner ?? plain).sourceOfUrl(url, ports);
}
