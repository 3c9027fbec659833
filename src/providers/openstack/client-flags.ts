import type { ForeignFlag } from '../../core/foreign-flag.js';
import { CLOUD_KEYS } from './login/cloud-keys.js';

const LOGIN = 'imgdl takes the login from clouds.yaml, or from OS_USERNAME and OS_PASSWORD';

/** The flags of the openstack and glance clients. */
export const CLIENT_FLAGS: readonly ForeignFlag[] = [
  { flags: ['--os-region-name'], takes: 'value', becomes: (region) => [['os-region', region]] },
  ...['cacert', 'cert', 'key'].map(
    (key): ForeignFlag => ({ flags: [`--os-${key}`], takes: 'value', becomes: (path) => [[key, path]] }),
  ),
  // Of all others there is a variable.
  {
    flags: CLOUD_KEYS.map((key) => `--os-${key.replaceAll('_', '-')}`),
    takes: 'secret',
    why: (flag) => `set ${flag.slice(2).toUpperCase().replaceAll('-', '_')} in the environment instead of ${flag}`,
  },
  {
    flags: ['-u', '--user', '--username', '-p', '--password'],
    takes: 'secret',
    becomes: () => [['os-cloud', 'NAME']],
    why: LOGIN,
  },
];
