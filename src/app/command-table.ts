import type { OptionSpec } from '../core/option.js';
import type { CommandSpec, Provider, ProviderCommand } from '../core/provider.js';
import { PROVIDERS } from '../providers/index.js';
import { everyOption, optionsOf } from './option-table.js';

/** Every command of the providers, for a command line and for the library. */
export interface CommandTable {
  readonly providers: readonly Provider[];
  readonly rows: readonly CommandRow[];
  /** Every option of every command: a configuration file serves them all. */
  readonly options: readonly OptionSpec<unknown>[];
}

export interface CommandRow {
  readonly command: ProviderCommand;
  /** What its help shows. */
  readonly spec: CommandSpec;
  readonly options: readonly OptionSpec<unknown>[];
  /** What its family is about: the first word of its path. */
  readonly family: string | undefined;
}

/** In the order of the help. */
export function commandTable(providers: readonly Provider[] = PROVIDERS): CommandTable {
  const rows = providers.flatMap((owner) =>
    owner.commands.map((command) => ({
      command,
      spec: explained(command, providers),
      options: optionsOf(providers, owner, command),
      family: owner.families[command.path[0] ?? ''],
    })),
  );
  return { providers, rows, options: everyOption(providers) };
}

/** A command for any URL shows what the URLs of the providers look like. */
function explained(command: ProviderCommand, providers: readonly Provider[]): CommandSpec {
  if (command.kind !== 'download' || command.anyUrl !== true) return command;
  const more = providers.flatMap((provider) => provider.manual.urlExamples ?? []);
  return { ...command, examples: [...command.examples, ...more] };
}
