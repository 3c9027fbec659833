import { type OptionSpec, textOf } from '../core/option.js';
import { Secret } from '../core/secret.js';
import type { Layer } from './layers.js';

const SECRET_FILE = /^(?:password|secret-key|header)-file$/;

/** An option that is set, and by whom. */
export interface SettingFact {
  readonly key: string;
  /** As a user would type them, several of a repeatable option; a secret is `***`. May hold text that must be redacted. */
  readonly values: readonly string[];
  /** `--retries`, `IMGDL_RETRIES`, `/etc/imgdl/config.yaml`. */
  readonly origin: string;
}

/**
 * What is set, in the order of the rows.
 * @param layers highest first
 */
export function settingFacts(layers: readonly Layer[], rows: readonly OptionSpec<unknown>[]): readonly SettingFact[] {
  return rows.flatMap((row) => {
    const found = layers.map(({ values }) => values.get(row.key)).find((value) => value !== undefined);
    if (found === undefined) return [];
    return [{ key: row.key, values: found.values.map((value) => shownValue(row, value)), origin: found.origin }];
  });
}

function shownValue(row: OptionSpec<unknown>, value: unknown): string {
  // A bare word in the place of a file may be the secret itself: secrets.ts says what is read.
  if (SECRET_FILE.test(row.key) && typeof value === 'string' && /^[^/]{2,}$/.test(value)) return '***';
  return value instanceof Secret ? '***' : (textOf(row, value) ?? '?');
}
