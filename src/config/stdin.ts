import { AppError } from '../core/errors.js';
import type { OptionSpec, Settings } from '../core/option.js';

/**
 * Stdin can be read once: at most one option may be `-`.
 * @param rows of one command: what is set for another one is not read
 * @throws AppError usage.option
 */
export function checkStdin(settings: Settings, rows: readonly OptionSpec<unknown>[]): void {
  const origins = rows
    .filter((row) => row.stdin === true && settings.get(row) === '-')
    .map((row) => settings.origin(row) ?? `--${row.key}`);
  if (origins.length < 2) return;
  throw new AppError('usage.option', `${origins.join(' and ')} both read stdin (-)`, {
    hint: 'put one of the two in a file',
  });
}

/**
 * All of stdin, UTF-8 without byte order mark.
 * @param limit in bytes; one more is an error
 * @param origin for messages: `--input-file`
 * @throws AppError usage.option
 */
export async function readStdin(stdin: AsyncIterable<Uint8Array>, limit: number, origin: string): Promise<string> {
  const failed = (what: string): AppError =>
    new AppError('usage.option', `${origin} -: stdin is ${what}`, { hint: 'check what you pipe in' });
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stdin) {
    length += chunk.length;
    if (length > limit) throw failed(`larger than ${limit / 1024} KiB`);
    chunks.push(chunk);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw failed('not UTF-8');
  }
}
