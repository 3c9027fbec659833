import { AppError } from '../../core/errors.js';
import type { OptionSpec } from '../../core/option.js';

export const OS_CLOUD: OptionSpec<string> = {
  key: 'os-cloud',
  value: 'NAME',
  doc: 'use this cloud from clouds.yaml',
  group: 'OpenStack',
  identity: 'server',
  foreignEnv: ['OS_CLOUD'],
  parse(raw) {
    if (raw.trim() === '')
      throw new AppError('usage.option', '--os-cloud: the name is empty', {
        hint: 'use the name of a cloud in clouds.yaml',
      });
    return raw;
  },
};
