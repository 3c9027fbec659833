import { oncePer } from './once.js';
import type { OptionSpec } from './option.js';
import type { ProviderPorts } from './provider.js';

/**
 * Says, once in a run, that options which choose among several images do nothing for one that is named by its id: who
 * types both may think that they were checked. In a configuration file or a variable they stand for other runs, too.
 * @param choosing the options that choose
 */
export function idleChoice(choosing: readonly OptionSpec<unknown>[]): (ports: ProviderPorts) => void {
  return oncePer(({ settings, warn }: ProviderPorts): void => {
    const typed = choosing.flatMap((option) => settings.origin(option) ?? []).filter((origin) => /^--/.test(origin));
    if (typed.length === 0) return;
    const are = typed.length === 1 ? 'does' : 'do';
    warn({
      code: 'selection.idle',
      message: `${typed.join(', ')} ${are} not apply to an id: the image is taken as it is`,
    });
  });
}
