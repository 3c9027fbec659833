import { AppError } from '../../core/errors.js';
import type { OptionSpec } from '../../core/option.js';

export const OS_CLOUD: OptionSpec<string> = {
  key: 'os-cloud',
  value: 'NAME',
  doc: 'use this cloud from clouds.yaml',
  group: 'OpenStack',
  identity: 'server',
  foreignEnv: ['OS_CLOUD'],
  parse: (raw) => parseName(raw, '--os-cloud', 'use the name of a cloud in clouds.yaml'),
};

/** It stands above what the cloud says of itself: another region's image under its name would be the wrong one. */
export const OS_REGION: OptionSpec<string> = {
  key: 'os-region',
  value: 'NAME',
  doc: 'use this region of the cloud',
  group: 'OpenStack',
  defaultText: 'region_name of the cloud, or its only region',
  foreignEnv: ['OS_REGION_NAME'],
  parse: (raw) => parseName(raw, '--os-region', 'use the name of a region, exactly as the cloud writes it'),
};

function parseName(raw: string, flag: string, hint: string): string {
  if (raw.trim() === '') throw new AppError('usage.option', `${flag}: the name is empty`, { hint });
  return raw;
}
