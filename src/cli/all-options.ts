import type { OptionSpec } from '../core/option.js';
import { PROVIDERS } from '../providers/index.js';
import { COMMON_OPTIONS } from './options.js';

/** Every option of every command that downloads: what a configuration file may name. */
export const ALL_OPTIONS: readonly OptionSpec<unknown>[] = [
  ...COMMON_OPTIONS,
  ...PROVIDERS.flatMap((provider) => provider.options),
];
