import { CODES } from '../core/error-codes.js';
import type { ErrorKind } from '../core/error-kind.js';
import type { OptionSpec } from '../core/option.js';
import type { CommandSpec, Provider, ProviderManual } from '../core/provider.js';
import { PROVIDERS } from '../providers/index.js';
import { everyOption } from './option-table.js';
import { SANDBOX_COMMAND, SANDBOX_OPTIONS } from './sandbox-options.js';

/** All that manual, README tables and completions are made of. */
export interface DocsFacts {
  readonly version: string;
  /** What the providers' commands say, in the order of the help. */
  readonly commands: readonly CommandSpec[];
  readonly groups: readonly { readonly name: string; readonly options: readonly OptionSpec<unknown>[] }[];
  readonly errors: readonly ErrorKind[];
  readonly manuals: readonly ProviderManual[];
  readonly sandbox: { readonly command: CommandSpec; readonly options: readonly OptionSpec<unknown>[] };
}

/** The common groups in the order of help and manual; those of the providers stand between them. */
const FIRST: readonly string[] = ['Target', 'Verification', 'Persistence', 'Transfer', 'Selection', 'Output'];
const LAST: readonly string[] = ['Transport', 'Configuration'];

/** @param version of package.json */
export function docsFacts(version: string, providers: readonly Provider[] = PROVIDERS): DocsFacts {
  const options = everyOption(providers);
  const own = options.map((option) => option.group).filter((name) => !FIRST.includes(name) && !LAST.includes(name));
  return {
    version,
    commands: providers.flatMap((provider) => provider.commands),
    groups: [...FIRST, ...new Set(own), ...LAST]
      .map((name) => ({ name, options: options.filter((option) => option.group === name) }))
      .filter((group) => group.options.length > 0),
    errors: [...Object.values(CODES), ...providers.flatMap((provider) => provider.errors)],
    manuals: providers.map((provider) => provider.manual),
    sandbox: { command: SANDBOX_COMMAND, options: SANDBOX_OPTIONS },
  };
}
