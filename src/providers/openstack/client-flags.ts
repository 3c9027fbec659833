import type { ForeignFlag } from '../../core/foreign-flag.js';
import { CLOUD_KEYS } from './login/cloud-keys.js';

const KNOWN = '--json shows everything that imgdl knows';
const LOGIN = 'imgdl takes the login from clouds.yaml, or from OS_USERNAME and OS_PASSWORD';

/** Not a name: on a download, `-c` is wget's, which has no value. */
const COLUMN = /^(?:ID|Name|Status|Size|Checksum|Visibility|Protected|Project|Tags|(?:Disk|Container) Format)$/i;

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
  // Lists.
  ...['public', 'private', 'community', 'shared', 'all'].map(
    (whose): ForeignFlag => ({ flags: [`--${whose}`], becomes: () => [['visibility', whose]] }),
  ),
  {
    flags: ['--project'],
    takes: 'value',
    becomes: (project) => [['owner', project]],
    why: '--project is --owner here, and takes the id of the project',
  },
  { flags: ['--member-status'], takes: 'value', becomes: () => [['visibility', 'shared']] },
  {
    flags: ['--property-filter'],
    takes: 'value',
    like: /^status=/,
    becomes: (filter) => [['status', filter.slice('status='.length)]],
  },
  { flags: ['--property-filter'], takes: 'value', like: /=/, becomes: (filter) => [['property', filter]] },
  { flags: ['--long'], becomes: () => [['json']], why: KNOWN },
  { flags: ['-f'], takes: 'value', like: /^(?:json|value|csv|yaml|table)$/, becomes: () => [['json']] },
  { flags: ['-c', '--column'], takes: 'value', like: COLUMN, becomes: () => [['json']], why: KNOWN },
  {
    flags: ['--sort', '--sort-key', '--sort-dir'],
    takes: 'value',
    why: 'imgdl shows the newest first, so sort the output of --json for another order',
  },
  { flags: ['--marker', '--page-size'], takes: 'value', why: 'imgdl reads all pages by itself' },
  // Downloads.
  { flags: ['--chunk-size'], takes: 'value', why: 'imgdl chooses the sizes by itself' },
  { flags: ['--allow-md5-fallback'], why: 'imgdl checks every digest that it knows' },
  {
    flags: ['-u', '--user', '--username', '-p', '--password'],
    takes: 'secret',
    becomes: () => [['os-cloud', 'NAME']],
    why: LOGIN,
  },
];
