import type { CommandKind, OptionSpec } from '../core/option.js';
import type { Provider, ProviderCommand } from '../core/provider.js';
import { asOption } from '../providers/registry.js';
import { COMMON_OPTIONS } from './options.js';

type Row = OptionSpec<unknown>;

/** The options of one command, in the order of its help. */
export function optionsOf(providers: readonly Provider[], owner: Provider, command: ProviderCommand): readonly Row[] {
  // A URL may belong to any provider.
  const own =
    command.kind === 'download' && command.anyUrl === true
      ? [...providers.flatMap((provider) => provider.options), asOption(providers)]
      : owner.options;
  return [...own, ...COMMON_OPTIONS].filter((row) => appliesTo(row, [command.kind]));
}

/** Every option of every command: what a configuration file may name. */
export function everyOption(providers: readonly Provider[]): readonly Row[] {
  const kinds = providers.flatMap((provider) => provider.commands.map((command) => command.kind));
  const rows = [...COMMON_OPTIONS, ...providers.flatMap((provider) => provider.options), asOption(providers)];
  return rows.filter((row) => appliesTo(row, kinds));
}

function appliesTo(row: Row, kinds: readonly CommandKind[]): boolean {
  return row.appliesTo === undefined || row.appliesTo.some((kind) => kinds.includes(kind));
}
