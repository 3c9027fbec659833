import { AppError } from '../../core/errors.js';
import type { OptionSpec } from '../../core/option.js';

export const OS_CLOUD: OptionSpec<string> = {
  key: 'os-cloud',
  value: 'NAME',
  doc: 'cloud of clouds.yaml to use',
  group: 'OpenStack',
  foreignEnv: ['OS_CLOUD'],
  parse(raw) {
    if (raw.trim() === '') throw new AppError('usage.option', '--os-cloud: the name is empty', { hint: 'give a name' });
    return raw;
  },
};
