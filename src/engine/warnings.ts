import type { Report } from '../core/events.js';
import type { Outdated } from '../core/outdated.js';
import type { Warning } from '../core/source.js';

interface Told {
  readonly warnings: Warning[];
}

/** Every response of a server repeats its warnings; people hear them once. */
export function tell(warning: Warning, tally: Told, report: Report): void {
  if (tally.warnings.some((told) => told.code === warning.code && told.message === warning.message)) return;
  tally.warnings.push(warning);
  report({ type: 'warning', warning });
}

/** Says why `--update` downloads again. Where it would do so every night, that is a warning. */
export function tellOutdated({ why, unprovable }: Outdated, tally: Told, report: Report): void {
  if (unprovable) tell({ code: 'update.unproven', message: `downloading again: ${why}` }, tally, report);
  else report({ type: 'outdated', why });
}
