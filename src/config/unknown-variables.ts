import type { OptionSpec } from '../core/option.js';
import { escapeControls, shorten } from '../core/redact.js';
import type { Warning } from '../core/source.js';
import { suggest } from '../core/suggest.js';
import { SECRET_VARIABLES, variableOf } from './layers.js';

const PREFIX = 'IMGDL_';
/** Of the test suite, which may be in the environment of a program that it starts. */
const TESTS = /^IMGDL_(?:TEST_\w+|CRASH|SEED)$/;

/**
 * A warning for each variable that looks like one of ours and is none: most are slips, and a slip that is ignored in
 * silence is found by what it should have prevented. No error, for a newer imgdl may know it. Values are not shown.
 */
export function unknownVariables(
  env: ReadonlyMap<string, string>,
  options: readonly OptionSpec<unknown>[],
): readonly Warning[] {
  const known = [...options.map((option) => variableOf(option.key)), ...SECRET_VARIABLES];
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
