import type { OptionSpec } from '../core/option.js';
import { escapeControls, shorten } from '../core/redact.js';
import type { Warning } from '../core/source.js';
import { suggest } from '../core/suggest.js';
import { type LoadedSettings, SECRET_VARIABLES, variableOf } from './layers.js';

const PREFIX = 'IMGDL_';
/** Of the test suite, which may be in the environment of a program that it starts. */
const TESTS = /^IMGDL_(?:TEST_\w+|CRASH|SEED)$/;

/**
 * A warning for each variable that looks like one of ours and is none: most are slips, and a slip that is ignored in
 * silence is found by what it should have prevented. No error, for a newer imgdl may know it. Values are not shown. A
 * profile may name any variable for its secret.
 */
export function unknownVariables(
  env: ReadonlyMap<string, string>,
  options: readonly OptionSpec<unknown>[],
  { profiles }: Pick<LoadedSettings, 'profiles'>,
): readonly Warning[] {
  const named = profiles.flatMap(({ secrets }) =>
    [...secrets.values()].flatMap((place) => (place.kind === 'variable' ? place.name : [])),
  );
  const known = [...options.map((option) => variableOf(option.key)), ...SECRET_VARIABLES, ...named];
  const bare = known.map((name) => name.slice(PREFIX.length));
  return [...env.keys()]
    .filter((name) => name.startsWith(PREFIX) && !known.includes(name) && !TESTS.test(name))
    .sort()
    .map((name) => {
      const near = suggest(name.slice(PREFIX.length), bare);
      const what = near === undefined ? 'no option has this name' : `did you mean ${PREFIX}${near}?`;
      return { code: 'config.variable', message: `unknown variable ${shorten(escapeControls(name), 64)}: ${what}` };
    });
}
