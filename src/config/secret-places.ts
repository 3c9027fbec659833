import { AppError } from '../core/errors.js';
import type { ConfigValue } from './parse.js';

/** The two secrets that have no option. */
export type SecretName = 'password' | 'secret-key';

export const SECRET_NAMES = ['password', 'secret-key'] as const satisfies readonly SecretName[];

/** Where a profile says that its secret is, beside the file of an option. */
export type SecretPlace =
  | { readonly kind: 'command'; readonly key: string; readonly argv: readonly string[] }
  | { readonly kind: 'variable'; readonly key: string; readonly name: string };

/** Of a profile, and of nothing else: `password-command`, `secret-key-env`. */
export const SECRET_KEYS: readonly string[] = SECRET_NAMES.flatMap((name) => [`${name}-command`, `${name}-env`]);

/**
 * What the value of such a key means.
 * @throws AppError config.key
 */
export function secretPlace(key: string, value: ConfigValue): SecretPlace {
  return key.endsWith('-env') ? variablePlace(key, value) : commandPlace(key, value);
}

function variablePlace(key: string, value: ConfigValue): SecretPlace {
  if (value.kind === 'text' && /^[A-Za-z_][A-Za-z0-9_]*$/.test(value.text)) {
    return { kind: 'variable', key, name: value.text };
  }
  // Not repeated: somebody may have put the secret itself there.
  throw new AppError('config.key', `${key} is not the name of a variable`, {
    hint: `write ${key}: NAME, without a $`,
  });
}

/** No shell is asked, so a text would be one long name of a program. */
function commandPlace(key: string, value: ConfigValue): SecretPlace {
  const items = value.kind === 'list' ? value.items : [];
  const argv = items.flatMap((item) => (item.kind === 'text' || item.kind === 'number' ? [item.text] : []));
  if (argv.length > 0 && argv.length === items.length && argv[0] !== '' && !argv.some((word) => word.includes('\0'))) {
    return { kind: 'command', key, argv };
  }
  // Not repeated: whoever writes a command line may have put the secret into it.
  throw new AppError('config.key', `${key} is not a list of words`, {
    hint: `write ${key}: [PROGRAM, ARGUMENT, …]; no shell is used`,
  });
}
