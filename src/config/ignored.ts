import type { OptionSpec } from '../core/option.js';
import { escapeControls } from '../core/redact.js';
import type { Warning } from '../core/source.js';
import { type LoadedSettings, variableOf } from './layers.js';
import { SECRET_NAMES } from './secret-places.js';

/** What is said of all that does not count beside a profile, although it is set. */
export interface SaidOfProfile {
  readonly warnings: readonly Warning[];
  /** For `-v`. */
  readonly notes: readonly string[];
}

interface Ignored {
  /** `IMGDL_URL`, `url in /etc/imgdl/config.yaml`. */
  readonly name: string;
  readonly isVariable: boolean;
  readonly identity: OptionSpec<unknown>['identity'];
}

/**
 * Variables are warned of: who has set one, perhaps long ago, may believe that it counts. Not those of a log-in where
 * the profile was found by the origin of a URL: they are for other servers anyhow.
 * @param rows of the command: what is set for another one is not missed
 */
export function sayIgnored(
  settings: LoadedSettings,
  env: ReadonlyMap<string, string>,
  rows: readonly OptionSpec<unknown>[],
): SaidOfProfile {
  const { profile, others } = settings;
  if (profile === undefined) return { warnings: [], notes: [] };
  const isNamed = others.some(({ values }) => values.has('profile'));
  const ignored = rows.flatMap((row) => ignoredOf(row, settings, env));
  const loud = ignored.filter(({ isVariable, identity }) => isVariable && (isNamed || identity === 'trust'));
  const quiet = ignored.filter((one) => !loud.includes(one));
  const sentence = (list: readonly Ignored[]): string =>
    `${profile.label} is complete in itself; ignored: ${list.map(({ name }) => name).join(', ')}`;
  return {
    warnings: loud.length === 0 ? [] : [{ code: 'config.profile', message: sentence(loud) }],
    notes: [`using ${profile.label}`, ...(quiet.length === 0 ? [] : [sentence(quiet)])],
  };
}

function ignoredOf(
  { key, identity }: OptionSpec<unknown>,
  { others }: LoadedSettings,
  env: ReadonlyMap<string, string>,
): readonly Ignored[] {
  if (identity === undefined) return [];
  // Overridden anyhow.
  if (others.some(({ name, values }) => name === 'flag' && values.has(key))) return [];
  const values = others.flatMap(({ name, values }): Ignored[] => {
    const value = values.get(key);
    if (value === undefined) return [];
    const isVariable = name === 'environment';
    return [{ name: isVariable ? value.origin : `${key} in ${escapeControls(value.origin)}`, isVariable, identity }];
  });
  const secret = SECRET_NAMES.find((name) => key === `${name}-file`);
  const variable = secret === undefined ? '' : variableOf(secret);
  return env.has(variable) ? [{ name: variable, isVariable: true, identity }, ...values] : values;
}
