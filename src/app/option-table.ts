import type { OptionScope, OptionSpec } from '../core/option.js';
import { type Provider, type ProviderCommand, scopesOf } from '../core/provider.js';
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
  return [...own, ...COMMON_OPTIONS].filter((row) => appliesTo(row, scopesOf(command)));
}

/** Every option of every command: what a configuration file may name. */
export function everyOption(providers: readonly Provider[]): readonly Row[] {
  const scopes = providers.flatMap((provider) => provider.commands.flatMap(scopesOf));
  const rows = [...COMMON_OPTIONS, ...providers.flatMap((provider) => provider.options), asOption(providers)];
  return rows.filter((row) => appliesTo(row, scopes));
}

function appliesTo(row: Row, scopes: readonly OptionScope[]): boolean {
  return row.appliesTo === undefined || row.appliesTo.some((scope) => scopes.includes(scope));
}
