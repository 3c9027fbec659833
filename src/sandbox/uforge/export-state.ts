import type { Exchange } from '../server/exchange.js';
import { type Export, exportName } from './exports.js';
import { progressOf } from './image-state.js';
import type { UforgeParts } from './parts.js';
import type { Progress } from './trees/status-tree.js';

/**
 * How far an export is: a test may have said so by its name (`exports/5001`); else the clock decides.
 * @param look its status is asked for: the first time starts the clock
 */
export function exportNow(
  { stages }: Pick<UforgeParts, 'stages'>,
  { modes }: Exchange,
  made: Export,
  look: boolean,
): Pick<Progress, 'state' | 'percentage'> {
  if (made.cancelled) return { state: 'cancelled', percentage: 42 };
  const name = exportName(made);
  const stage = stages.at(name, look);
  if (stage !== undefined) return progressOf(stage);
  const percent = stages.percent(name, modes.get('exportMs'), 'asked', look);
  return progressOf(percent < 100 ? percent : modes.get('exportEnds'));
}
