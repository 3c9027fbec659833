import { AppError } from '../core/errors.js';
import { parseChoice } from '../core/format.js';
import type { OptionSpec } from '../core/option.js';
import type { DownloadCommand, Provider, ProviderCommand, ProviderPorts } from '../core/provider.js';
import type { Source } from '../core/source.js';
import { parseUrl } from '../core/user-url.js';

/** Questions to a list of providers: whose a command is, whose a URL is. */

export function ownerOf(providers: readonly Provider[], command: ProviderCommand): Provider | undefined {
  return providers.find((provider) => provider.commands.includes(command));
}

/** `--as`: its words are those of the providers. */
export function asOption(providers: readonly Provider[]): OptionSpec<string> {
  const words = providers.map((provider) => provider.as);
  return {
    key: 'as',
    value: 'KIND',
    choices: words,
    doc: 'treat the URL as this kind, whatever it looks like',
    group: 'URL',
    appliesTo: ['download'],
    defaultText: 'detected from the URL',
    parse: (raw) => parseChoice(raw, words),
  };
}

/**
 * The source that a command names.
 * @throws AppError usage.*, config.*
 */
export async function sourceOf(
  providers: readonly Provider[],
  command: DownloadCommand,
  args: readonly string[],
  ports: ProviderPorts,
): Promise<Source> {
  if (command.anyUrl === true) return await sourceOfUrl(providers, args[0] ?? '', ports);
  const owner = ownerOf(providers, command);
  if (owner === undefined) throw new AppError('bug', `nobody has the command ${command.path.join(' ')}`);
  return await owner.source(command, args, ports);
}

/**
 * The source of a URL: that of the first provider that claims it, or of the one that `--as` names.
 * @throws AppError usage.*, config.*
 */
export async function sourceOfUrl(providers: readonly Provider[], text: string, ports: ProviderPorts): Promise<Source> {
  const url = parseUrl(text);
  const owner = ownerOfUrl(providers, url, ports);
  if (owner === undefined) {
    throw new AppError('usage.url', 'unknown kind of URL', { hint: 'use --as to say what it is' });
  }
  return await owner.sourceOfUrl(url, ports);
}

export function ownerOfUrl(
  providers: readonly Provider[],
  url: URL,
  { settings }: Pick<ProviderPorts, 'settings'>,
): Provider | undefined {
  const as = settings.get(asOption(providers));
  return as === undefined
    ? providers.find((provider) => provider.claims(url))
    : providers.find((provider) => provider.as === as);
}
