import { parseValue } from '../config/keys.js';
import type { Given } from '../config/layers.js';
import { anchoredAt, isRelativePath } from '../config/relative-path.js';
import type { SecretName } from '../config/secret-places.js';
import { secretOf } from '../config/secrets.js';
import { AppError } from '../core/errors.js';
import type { OptionSpec } from '../core/option.js';
import { escapeControls, shorten } from '../core/redact.js';
import type { Secret } from '../core/secret.js';
import { suggest } from '../core/suggest.js';
import { OUTPUT } from './options.js';

/** Option values of a program, and the secrets among them. */
export interface GivenProperties {
  readonly flags: Given;
  readonly secrets: ReadonlyMap<SecretName, Secret>;
}

/** A name by which a program gives an option. */
interface Property {
  readonly name: string;
  readonly row: OptionSpec<unknown>;
  /** What its value must be, where the name says so. */
  readonly type?: 'string' | 'number';
}

const SECRETS = ['password', 'secret-key'] as const satisfies readonly SecretName[];

/** What a command takes from a program: options that only say how a command line speaks are none of it. */
export function propertiesOf(rows: readonly OptionSpec<unknown>[]): readonly Property[] {
  return rows
    .filter((row) => row.cliOnly !== true)
    .flatMap((row): Property[] => {
      const name = row.key === OUTPUT.key ? 'target' : camelCase(row.key);
      if (row.value !== 'DUR') return [{ name, row }];
      // A number without a unit is a guess.
      return [
        { name, row, type: 'string' },
        { name: `${name}Ms`, row, type: 'number' },
      ];
    });
}

/**
 * Options as a program gives them: named in camel case (`limitRate`, `target` for the output), a text as on the command
 * line or a value of the option's type. The rows judge the values. A secret that a command reads from a file may be
 * given itself: `password` for `password-file`.
 *
 * @param cwd what relative paths are relative to; without it they are refused
 * @throws AppError usage.option: a name that no option of the command has, a value that the option does not take
 */
export function givenProperties(
  values: Readonly<Record<string, unknown>>,
  rows: readonly OptionSpec<unknown>[],
  cwd: string | undefined,
): GivenProperties {
  const properties = propertiesOf(rows);
  const flags = new Map<string, readonly unknown[]>();
  const secrets = new Map<SecretName, Secret>();
  const set = (key: string, name: string, given: readonly unknown[]): void => {
    if (flags.has(key)) throw refusal(name, 'this option is already set by another name', 'use one of the two');
    flags.set(key, given);
  };
  for (const [name, value] of Object.entries(values)) {
    const property = properties.find((one) => one.name === name);
    const secret = SECRETS.find((one) => camelCase(one) === name && rows.some(({ key }) => key === `${one}-file`));
    if (property !== undefined) set(property.row.key, name, valuesOf(property, value, cwd));
    else if (secret !== undefined) {
      if (typeof value !== 'string') throw refusal(name, 'the value is not a string', 'use a string');
      secrets.set(secret, secretOf(value, name));
      // For whoever asks whether one is named. It is not read from there.
      set(`${secret}-file`, name, ['-']);
    } else throw unknownName(name, properties);
  }
  return { flags, secrets };
}

function valuesOf({ name, row, type }: Property, value: unknown, cwd: string | undefined): readonly unknown[] {
  if (Array.isArray(value) && row.repeatable !== true) throw refusal(name, 'the value is a list', 'use one value');
  const given: readonly unknown[] = Array.isArray(value) ? value : [value];
  for (const one of given) {
    if (type === 'string' && typeof one === 'number') {
      throw refusal(name, 'a number has no unit', `use ${name}Ms, or a string such as 90s`);
    }
    if (type === 'number' && typeof one !== 'number')
      throw refusal(name, 'the value is not a number', `use a number, or ${camelCase(row.key)}`);
    parseValue(row, one, name);
  }
  return given.map((one) => anchored(name, row, one, cwd));
}

/** The current directory of the process is nothing that a library should depend on. */
function anchored(name: string, row: OptionSpec<unknown>, value: unknown, cwd: string | undefined): unknown {
  if (typeof value !== 'string' || !isRelativePath(row, value)) return value;
  if (cwd === undefined) throw refusal(name, 'the path is relative', 'use an absolute path, or set cwd');
  // A target is shown as it was given.
  return row.key === OUTPUT.key ? value : anchoredAt(cwd, value);
}

function camelCase(key: string): string {
  return key.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function unknownName(name: string, properties: readonly Property[]): AppError {
  const near = suggest(
    name,
    properties.map((property) => property.name),
  );
  return refusal(
    shorten(escapeControls(name), 64),
    'there is no such option for this call',
    near === undefined ? 'remove it; docs/library.md lists the options' : `did you mean ${near}?`,
  );
}

function refusal(name: string, what: string, hint: string): AppError {
  return new AppError('usage.option', `${name}: ${what}`, { hint });
}
