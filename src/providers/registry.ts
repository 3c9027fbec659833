import { AppError } from '../core/errors.js';
import { parseChoice } from '../core/format.js';
import { oneOf } from '../core/one-of.js';
import type { OptionSpec } from '../core/option.js';
import type { DownloadCommand, Provider, ProviderCommand, ProviderPorts } from '../core/provider.js';
import type { Source } from '../core/source.js';
import { isUrl, parseUrl } from '../core/user-url.js';

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
    defaultText: 'what the URL looks like',
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
  refuseUrls(providers, command, args);
  const owner = ownerOf(providers, command);
  if (owner === undefined) throw new AppError('bug', `nobody has the command ${command.path.join(' ')}`);
  return await owner.source(command, args, ports);
}

/**
 * A URL is no id and no name, but may carry a signature or a one-time key: no server is asked for an image of that name,
 * and no message repeats it. `name:URL` is a name.
 * @throws AppError usage.url
 */
export function refuseUrls(providers: readonly Provider[], command: ProviderCommand, args: readonly string[]): void {
  if (!args.some(isUrl)) return;
  const taker = providers.flatMap(({ commands }) => commands).find((one) => one.kind === 'download' && one.anyUrl);
  throw new AppError('usage.url', `${command.path.join(' ')}: it takes ids and names, and was given a URL`, {
    hint: taker === undefined ? 'use an id or a name' : `to download a URL, use imgdl ${taker.path.join(' ')} URL`,
  });
}

/**
 * The source of a URL: that of the first provider that claims it, or of the one that `--as` names.
 * @throws AppError usage.*, config.*
 */
export async function sourceOfUrl(providers: readonly Provider[], text: string, ports: ProviderPorts): Promise<Source> {
  if (/^[\w:-]+$/.test(text)) throw noUrl(providers);
  const url = parseUrl(text);
  const owner = ownerOfUrl(providers, url, ports);
  if (owner === undefined) {
    throw new AppError('usage.url', 'unknown kind of URL', { hint: 'use --as to say what it is' });
  }
  return await owner.sourceOfUrl(url, ports);
}

/** For what looks like an id or a name. */
function noUrl(providers: readonly Provider[]): AppError {
  const others = providers
    .flatMap(({ commands }) => commands)
    .filter((one) => one.kind === 'download' && one.anyUrl !== true && one.several === true)
    .map(({ path }) => `imgdl ${path.join(' ')}`);
  return new AppError('usage.url', 'an id or a name is not a URL', {
    hint: others.length === 0 ? 'use the full URL' : `use the full URL; for an id or a name, use ${oneOf(others)}`,
  });
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
