import { WAIT } from '../core/choice-options.js';
import type { Settings } from '../core/option.js';
import type { TransferOptions } from '../core/transfer-options.js';
import * as option from './options.js';
import { CHECKSUM, INSPECT, REQUIRE } from './verification-options.js';

/** What the settings say of each transfer of a run. */
export function transferOptions(settings: Settings): TransferOptions {
  const waitMs = settings.get(WAIT);
  return {
    ...(waitMs === undefined ? {} : { waitMs }),
    force: settings.get(option.FORCE),
    update: settings.get(option.UPDATE),
    receipt: settings.get(option.RECEIPT),
    restart: settings.get(option.RESTART),
    dryRun: settings.get(option.DRY_RUN),
    checksums: settings.all(CHECKSUM),
    inspect: settings.get(INSPECT),
    require: settings.get(REQUIRE),
    onChange: settings.get(option.ON_CHANGE),
    onBusy: settings.get(option.ON_BUSY),
    retries: settings.get(option.RETRIES),
    connections: settings.get(option.CONNECTIONS),
  };
}
