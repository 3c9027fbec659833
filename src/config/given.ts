import { AppError } from '../core/errors.js';
import type { OptionSpec } from '../core/option.js';
import { escapeControls, shorten } from '../core/redact.js';
import type { Given } from './layers.js';
import { suggest } from './suggest.js';

/**
 * What the caller of the library sets, by option key: a text as on the command line, or a value of the option's type.
 * The rows judge the values; what is undefined is not set.
 * @throws AppError usage.option for a key that no option has, and a list for an option that is given once
 */
export function givenValues(values: Readonly<Record<string, unknown>>, options: readonly OptionSpec<unknown>[]): Given {
  const given = new Map<string, readonly unknown[]>();
  for (const [key, value] of Object.entries(values)) {
    if (value === undefined) continue;
    const option = options.find((row) => row.key === key);
    if (option === undefined) throw unknownKey(key, options);
    if (!Array.isArray(value)) given.set(key, [value]);
    else if (option.repeatable === true) given.set(key, value);
    else {
      throw new AppError('usage.option', `reading the settings: ${key} is a list`, { hint: 'pass one value' });
    }
  }
  return given;
}

function unknownKey(key: string, options: readonly OptionSpec<unknown>[]): AppError {
  const near = suggest(
    key,
    options.map((option) => option.key),
  );
  return new AppError('usage.option', `reading the settings: there is no option ${shorten(escapeControls(key), 64)}`, {
    hint: near === undefined ? 'remove it; imgdl(1) lists the options' : `did you mean ${near}?`,
  });
}
