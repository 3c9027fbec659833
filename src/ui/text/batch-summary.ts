import type { Outcome } from '../../core/outcome.js';
import type { BatchSummary } from '../document/batch-result.js';
import { formatBytes, formatDuration, formatSpeed } from './format.js';
import type { Palette } from './palette.js';

/** How many images ended how. */
export type StatusCounts = ReadonlyMap<Outcome['status'] | 'size-only', number>;

const WORDS: readonly (readonly [Outcome['status'], string])[] = [
  ['downloaded', 'downloaded'],
  ['resumed', 'resumed'],
  ['complete', 'already complete'],
  ['unchanged', 'unchanged'],
  ['dry-run', 'looked up, nothing changed'],
];

/** The last line of a run with several images, with its line end. */
export function batchLine(summary: BatchSummary, counts: StatusCounts, palette: Palette): string {
  const { total, succeeded, failed, received, durationMs } = summary;
  const speed = durationMs > 0 && received > 0 ? ` at ${formatSpeed(received / durationMs)}` : '';
  const sizeOnly = counts.get('size-only') ?? 0;
  const words = [
    ...WORDS.flatMap(([status, text]) => (counts.has(status) ? [`${counts.get(status)} ${text}`] : [])),
    ...(sizeOnly > 0 ? [palette.warn(`${sizeOnly} checked by size only`)] : []),
    ...(failed > 0 ? [palette.bad(`${failed} failed`)] : []),
    `${formatBytes(received)} in ${formatDuration(durationMs)}${speed}`,
  ];
  const head = succeeded === total ? palette.good(`all ${total} images`) : `${succeeded} of ${total} images`;
  return `imgdl: ${head}: ${words.join(', ')}\n`;
}
