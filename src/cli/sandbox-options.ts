import { AppError } from '../core/errors.js';
import { parseCount, parseSize, parseSwitch } from '../core/format.js';
import type { OptionSpec } from '../core/option.js';
import type { CommandSpec } from '../core/provider.js';

/** Options of `imgdl sandbox`. They are read from the command line only. */
export const SANDBOX_PORT: OptionSpec<number> = {
  key: 'port',
  value: 'N',
  doc: 'listen on this port of 127.0.0.1',
  group: 'Sandbox',
  defaultText: 'a free one',
  runOnly: true,
  parse: (raw) => parseCount(raw, 0, 65_535),
};
export const SANDBOX_SIZE: OptionSpec<number> = {
  key: 'size',
  value: 'SIZE',
  doc: 'size of the main images, as in 256M',
  group: 'Sandbox',
  defaultText: '256M',
  runOnly: true,
  parse: parseSize,
};
export const SANDBOX_IMAGES: OptionSpec<number> = {
  key: 'images',
  value: 'N',
  doc: 'serve so many more images of 1 KiB each',
  group: 'Sandbox',
  defaultText: 'none',
  runOnly: true,
  parse: (raw) => parseCount(raw, 0, 100_000),
};
export const SANDBOX_RATE: OptionSpec<number> = {
  key: 'rate',
  value: 'RATE',
  doc: 'bytes per second of each connection, as in 50M',
  group: 'Sandbox',
  defaultText: 'as fast as it goes',
  runOnly: true,
  parse: parseSome,
};
export const SANDBOX_CUT: OptionSpec<number> = {
  key: 'cut-after',
  value: 'SIZE',
  doc: 'cut every connection after so many bytes',
  group: 'Sandbox',
  defaultText: 'never',
  runOnly: true,
  parse: parseSome,
};
export const SANDBOX_NO_RANGE: OptionSpec<boolean> = {
  key: 'no-range',
  doc: 'ignore Range (UForge, files) or refuse it (Glance)',
  group: 'Sandbox',
  runOnly: true,
  parse: parseSwitch,
};
export const SANDBOX_KEYS_ONLY: OptionSpec<boolean> = {
  key: 'keys-only',
  doc: 'UForge: give bytes for one-time keys only',
  group: 'Sandbox',
  runOnly: true,
  parse: parseSwitch,
};
export const SANDBOX_TLS: OptionSpec<boolean> = {
  key: 'tls',
  doc: 'https, with a certificate authority of its own',
  group: 'Sandbox',
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
  summary: 'Serve a UForge AppCenter, a Keystone and a Glance on loopback, to try a pipeline without a server',
  examples: ['imgdl sandbox --size 64M --rate 10M', 'imgdl sandbox --keys-only -- ./test-my-pipeline.sh'],
};

/** A server that sends nothing at all would never answer, and one that cuts before the first byte neither. */
function parseSome(raw: string): number {
  const bytes = parseSize(raw);
  if (bytes === 0) throw new AppError('usage.option', '0 would let no byte through', { hint: 'give at least 1' });
  return bytes;
}
