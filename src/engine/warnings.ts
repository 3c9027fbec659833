import type { CheckedDigest } from '../core/digest.js';
import type { Outdated } from '../core/outdated.js';
import type { Warning } from '../core/source.js';
import type { Transfer } from './transfer.js';

/** Every response of a server repeats its warnings; people hear them once. */
export function warn({ counters, ports }: Pick<Transfer, 'counters' | 'ports'>, warning: Warning): void {
  if (counters.warnings.some((told) => told.code === warning.code && told.message === warning.message)) return;
  counters.warnings.push(warning);
  ports.report({ type: 'warning', warning });
}

/** Says why `--update` downloads again. Where it would do so every night, that is a warning. */
export function warnOutdated(transfer: Pick<Transfer, 'counters' | 'ports'>, { why, unprovable }: Outdated): void {
  if (unprovable) warn(transfer, { code: 'update.unproven', message: `downloading again: ${why}` });
  else transfer.ports.report({ type: 'outdated', why });
}

/** Says which digests are not those of the file, although the file is right: they may be old, and mislead others. */
export function warnOutvoted(transfer: Pick<Transfer, 'counters' | 'ports'>, outvoted: readonly CheckedDigest[]): void {
  for (const { algorithm, from } of outvoted) {
    const message = `the ${algorithm} ${WHERE[from]} does not match: ignored, because your checksum does`;
    warn(transfer, { code: 'verify.outvoted', message });
  }
}

const WHERE: Readonly<Record<CheckedDigest['from'], string>> = {
  user: 'of --checksum',
  checksums: 'in the checksum file',
  metadata: 'in the metadata',
  header: 'in the response headers',
  receipt: 'in the receipt',
  computed: 'that was computed',
};
