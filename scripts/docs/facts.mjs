import { everyOption } from '../../dist/app/option-table.js';
import { CLEAN_COMMAND, CLEAN_OPTIONS, STATUS_COMMAND } from '../../dist/cli/partials-options.js';
import { SANDBOX_COMMAND, SANDBOX_OPTIONS } from '../../dist/cli/sandbox-options.js';
import { CODES } from '../../dist/core/error-codes.js';
import { PROVIDERS } from '../../dist/providers/index.js';

/** The common groups in the order of help and manual; those of the providers stand between them. */
const FIRST = ['Target', 'Verification', 'Persistence', 'Transfer', 'Selection', 'Output'];
const LAST = ['Transport', 'Configuration'];
/** As the help calls it. */
const TITLES = { Persistence: 'When things go wrong' };
/** @param version of package.json */
export function docsFacts(version, providers = PROVIDERS) {
  const options = everyOption(providers);
  const own = options.map((option) => option.group).filter((name) => !FIRST.includes(name) && !LAST.includes(name));
  return {
    version,
    commands: providers.flatMap((provider) => provider.commands),
    groups: [...FIRST, ...new Set(own), ...LAST]
      .map((name) => ({ name: TITLES[name] ?? name, options: options.filter((option) => option.group === name) }))
      .filter((group) => group.options.length > 0),
    errors: [...Object.values(CODES), ...providers.flatMap((provider) => provider.errors)],
    manuals: providers.map((provider) => provider.manual),
    local: { commands: [STATUS_COMMAND, CLEAN_COMMAND], options: CLEAN_OPTIONS },
    sandbox: { command: SANDBOX_COMMAND, options: SANDBOX_OPTIONS },
  };
}
