import type { CheckedDigest } from '../../core/digest.js';
import type { Outcome } from '../../core/outcome.js';
import { foreign } from './foreign.js';
import { formatBytes, formatDuration, formatSpeed } from './format.js';
import type { Palette } from './palette.js';

const PATH_LIMIT = 300;

/**
 * The last line for people, with its line end: what there is now, how big, how it is proven, how long it took.
 * The path stands on stdout; here it is shown made safe.
 */
export function summaryLine(outcome: Outcome, durationMs: number, palette: Palette): string {
  const path = outcome.path === null ? 'stdout' : foreign(outcome.path, PATH_LIMIT);
  const size = outcome.bytes === null ? undefined : formatBytes(outcome.bytes);
  const proof = proofWords(outcome);
  const paintProof = outcome.verified === 'none' || outcome.verified === 'size-only' ? palette.warn : palette.good;
  const said = (words: readonly (string | undefined)[]): string =>
    `imgdl: ${path}: ${words.filter((word) => word !== undefined).join(', ')}\n`;

  switch (outcome.status) {
    case 'downloaded':
    case 'resumed': {
      const kept = outcome.resumedFrom === null ? undefined : `resumed at ${formatBytes(outcome.resumedFrom)}`;
      return said([size, paintProof(proof), timeWords(outcome.received, durationMs), kept]);
    }
    case 'complete':
      return said(['already complete', size, paintProof(proof)]);
    case 'unchanged':
      return said(['unchanged', size, paintProof(proof)]);
    case 'dry-run':
      return outcome.would === 'nothing'
        ? said(['is already complete', size, paintProof(proof)])
        : said([planWords(outcome), size, 'nothing changed']);
  }
}

/** What the run would have done. */
function planWords({ would, resumedFrom }: Outcome): string {
  if (would === 'replace') return 'would be replaced';
  if (would !== 'continue') return 'would be downloaded';
  return `would resume at ${formatBytes(resumedFrom ?? 0)}`;
}

/** How well the file is proven, in words. */
export function proofWords(outcome: Pick<Outcome, 'verified' | 'digests'>): string {
  switch (outcome.verified) {
    case 'user': {
      const matched = outcome.digests.filter((digest) => digest.matched === true);
      const own = matched.filter(({ from }) => from === 'user');
      const listed = matched.filter(({ from }) => from === 'checksums');
      return own.length > 0
        ? `your checksum matches (${algorithms(own)})`
        : `the checksum file matches (${algorithms(listed)})`;
    }
    case 'size-only':
      return 'only the size was checked: the server provides no digest';
    case 'none':
      return 'not checked: the server provides neither size nor digest';
    default: {
      const names = outcome.digests.filter((digest) => digest.matched === true);
      return `verified by ${names.length === 0 ? outcome.verified : algorithms(names)}`;
    }
  }
}

function timeWords(received: number, durationMs: number): string {
  const speed = durationMs > 0 && received > 0 ? ` at ${formatSpeed(received / durationMs)}` : '';
  return `${formatBytes(received)} in ${formatDuration(durationMs)}${speed}`;
}

function algorithms(digests: readonly CheckedDigest[]): string {
  return [...new Set(digests.map((digest) => digest.algorithm))].join(' and ');
}
