import type { OptionGroup, OptionSpec } from '../core/option.js';
import type { CommandSpec } from '../core/provider.js';
import { PROVIDERS } from '../providers/index.js';
import { COMMON_OPTIONS } from './options.js';
import { SANDBOX_COMMAND, SANDBOX_OPTIONS } from './sandbox-options.js';

/** All that manual, README tables and completions are made of. */
export interface DocsFacts {
  readonly version: string;
  /** Commands that download, in the order of the help. */
  readonly downloads: readonly CommandSpec[];
  readonly groups: readonly { readonly name: OptionGroup; readonly options: readonly OptionSpec<unknown>[] }[];
  readonly sandbox: { readonly command: CommandSpec; readonly options: readonly OptionSpec<unknown>[] };
}

/** In the order of help and manual. */
const GROUPS: readonly OptionGroup[] = [
  'Target',
  'Verification',
  'Persistence',
  'Transfer',
  'Output',
  'UForge',
  'OpenStack',
  'URL',
  'Transport',
  'Configuration',
];

/** Every option of every command that downloads: what a configuration file may name. */
export const ALL_OPTIONS: readonly OptionSpec<unknown>[] = [
  ...COMMON_OPTIONS,
  ...PROVIDERS.flatMap((provider) => provider.options),
];

/** @param version of package.json */
export function docsFacts(version: string): DocsFacts {
  return {
    version,
    downloads: PROVIDERS.flatMap((provider) => provider.commands),
    groups: GROUPS.map((name) => ({ name, options: ALL_OPTIONS.filter((option) => option.group === name) })).filter(
      (group) => group.options.length > 0,
    ),
    sandbox: { command: SANDBOX_COMMAND, options: SANDBOX_OPTIONS },
  };
}
