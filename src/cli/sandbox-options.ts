import { AppError } from '../core/errors.js';
import { parseCount, parseSize, parseSwitch, sizeText } from '../core/format.js';
import type { DefaultedOption, OptionSpec } from '../core/option.js';
import type { CommandSpec } from '../core/provider.js';

/** Options of `imgdl sandbox`. They are read from the command line only. */
export const SANDBOX_PORT: DefaultedOption<number> = {
  key: 'port',
  value: 'N',
  doc: 'listen on this port of 127.0.0.1',
  group: 'Sandbox',
  default: 0,
  defaultText: '0: any free port',
  runOnly: true,
  parse: (raw) => parseCount(raw, 0, 65_535),
};
export const SANDBOX_SIZE: DefaultedOption<number> = {
  key: 'size',
  value: 'SIZE',
  doc: 'size of the main images, as in 256M',
  group: 'Sandbox',
  default: 256 * 1024 * 1024,
  runOnly: true,
  parse: parseSize,
  text: sizeText,
};
export const SANDBOX_IMAGES: DefaultedOption<number> = {
  key: 'images',
  value: 'N',
  doc: 'serve this many more images of 1 KiB each',
  group: 'Sandbox',
  default: 0,
  runOnly: true,
  parse: (raw) => parseCount(raw, 0, 100_000),
};
export const SANDBOX_RATE: OptionSpec<number> = {
  key: 'rate',
  value: 'RATE',
  doc: 'limit each connection to this many bytes per second, as in 50M',
  group: 'Sandbox',
  defaultText: 'no limit',
  runOnly: true,
  parse: parseSome,
  text: sizeText,
};
export const SANDBOX_CUT: OptionSpec<number> = {
  key: 'cut-after',
  value: 'SIZE',
  doc: 'cut every connection after this many bytes',
  group: 'Sandbox',
  defaultText: 'never',
  runOnly: true,
  parse: parseSome,
  text: sizeText,
};
export const SANDBOX_NO_RANGE: DefaultedOption<boolean> = {
  key: 'no-range',
  doc: 'ignore Range requests, or refuse them where the real service does',
  group: 'Sandbox',
  default: false,
  runOnly: true,
  parse: parseSwitch,
};
export const SANDBOX_KEYS_ONLY: DefaultedOption<boolean> = {
  key: 'keys-only',
  doc: 'serve downloads only for one-time download ids, where the service has them',
  group: 'Sandbox',
  default: false,
  runOnly: true,
  parse: parseSwitch,
};
export const SANDBOX_TLS: DefaultedOption<boolean> = {
  key: 'tls',
  doc: 'use https, with a throwaway certificate authority',
  group: 'Sandbox',
  default: false,
  runOnly: true,
  parse: parseSwitch,
};

export const SANDBOX_OPTIONS: readonly OptionSpec<unknown>[] = [
  SANDBOX_PORT,
  SANDBOX_SIZE,
  SANDBOX_IMAGES,
  SANDBOX_RATE,
  SANDBOX_CUT,
  SANDBOX_NO_RANGE,
  SANDBOX_KEYS_ONLY,
  SANDBOX_TLS,
];

export const SANDBOX_COMMAND: CommandSpec = {
  path: ['sandbox'],
  args: [],
  summary: 'Run local stand-ins for the real services, to try out a pipeline without them',
  examples: [
    'imgdl sandbox --size 64M --rate 10M',
    'imgdl sandbox -- imgdl appliance list',
    'imgdl sandbox --keys-only -- ./test-my-pipeline.sh',
  ],
};

/** A server that sends nothing at all would never answer, and one that cuts before the first byte neither. */
function parseSome(raw: string): number {
  const bytes = parseSize(raw);
  if (bytes === 0) throw new AppError('usage.option', '0 would let no data through', { hint: 'use at least 1' });
  return bytes;
}
