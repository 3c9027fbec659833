import type { TransferOptions } from '#imgdl/core/transfer-options.js';

/**
 * What a user wants who asks for nothing in particular; over one connection, and without a second try unless a test
 * wants it.
 */
export function transferOptions(changes: Partial<TransferOptions> = {}): TransferOptions {
  return {
    force: false,
    update: false,
    receipt: false,
    restart: false,
    dryRun: false,
    checksums: [],
    inspect: 'warn',
    require: 'size',
    onChange: 'restart',
    onBusy: 'fail',
    retries: 0,
    connections: 1,
    ...changes,
  };
}
