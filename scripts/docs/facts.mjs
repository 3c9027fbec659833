import { ALL_OPTIONS } from '../../dist/cli/all-options.js';
import { SANDBOX_COMMAND, SANDBOX_OPTIONS } from '../../dist/cli/sandbox-options.js';
import { PROVIDERS } from '../../dist/providers/index.js';

/** In the order of help and manual. */
const GROUPS = [
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

/** All that manual and README tables are made of. @param version of package.json */
export function docsFacts(version) {
  return {
    version,
    downloads: PROVIDERS.flatMap((provider) => provider.commands),
    groups: GROUPS.map((name) => ({ name, options: ALL_OPTIONS.filter((option) => option.group === name) })).filter(
      (group) => group.options.length > 0,
    ),
    sandbox: { command: SANDBOX_COMMAND, options: SANDBOX_OPTIONS },
  };
}
