import type { Provider, ProviderCommand } from '../core/provider.js';
import { ownerOf } from '../providers/registry.js';

/** The URLs among the arguments of a command that takes any. What is no URL is told of when its source is made. */
export function urlsOf(command: ProviderCommand, args: readonly string[]): readonly URL[] {
  if (command.kind !== 'download' || command.anyUrl !== true) return [];
  return args.filter((arg) => URL.canParse(arg)).map((arg) => new URL(arg));
}

/** The same where they all look like plain files, which a profile may be for by its origin; else none. */
export function plainUrlsOf(
  providers: readonly Provider[],
  command: ProviderCommand,
  args: readonly string[],
): readonly URL[] {
  const urls = urlsOf(command, args);
  const plain = ownerOf(providers, command);
  return urls.every((url) => providers.find((provider) => provider.claims(url)) === plain) ? urls : [];
}
