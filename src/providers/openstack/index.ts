import type { DownloadCommand, ListCommand, Provider } from '../../core/provider.js';
import { CLIENT_FLAGS } from './client-flags.js';
import { OPENSTACK_CODES } from './error-codes.js';
import { ALLOW_HTTP, HIDDEN, OS_CLOUD, OS_REGION, OWNER, PROPERTY, STATUS, TAG, VISIBILITY } from './options.js';
import { imageUrlOf } from './urls.js';

/** Digits alone are the id of another service's image. */
const NO_NUMBER = /^(?![0-9]+$)/;

const GLANCE_IMAGE: DownloadCommand = {
  kind: 'download',
  names: 'image',
  path: ['glance', 'image'],
  args: [{ name: 'image', doc: 'id, exact name, or a pattern with --newest', like: NO_NUMBER }],
  several: true,
  summary: 'Download OpenStack images',
  examples: [
    'imgdl glance image 3f1c2a9e-7a51-4f3e-9c67-0a3e5e6f1b22 --os-cloud lab',
    'OS_CLOUD=lab imgdl glance image debian-13 ubuntu-24.04 -o images/',
    "imgdl glance image 'ubuntu-24.04*' --newest --os-cloud lab",
  ],
};

const GLANCE_LIST: ListCommand = {
  kind: 'list',
  path: ['glance', 'list'],
  args: [{ name: 'pattern', doc: 'names, patterns or ids; all images without one', optional: true }],
  several: true,
  summary: 'Show OpenStack images, the newest first',
  examples: [
    'imgdl glance list --os-cloud lab',
    "imgdl glance list 'ubuntu*' 'debian*' --format qcow2 --ready",
    'imgdl glance list --tag golden --property os_distro=debian --json',
  ],
  columns: [
    { title: 'ID', of: 'id' },
    { title: 'NAME', of: 'name' },
    // Glance's own word, and what it does not say: that an active image has no data.
    { title: 'STATUS', of: ({ ready, reason }) => (ready ? 'active' : reason) },
    { title: 'SIZE', of: 'bytes' },
    { title: 'FORMAT', of: 'format' },
    { title: 'VISIBILITY', of: 'visibility' },
    { title: 'CREATED', of: 'created' },
  ],
};

/**
 * OpenStack Image API v2 (Glance) behind Identity API v3 (Keystone).
 * The parts that parse YAML and JSON are loaded when a source is wanted: help and usage errors do not wait for them.
 */
export const provider: Provider = {
  id: 'glance',
  as: 'glance',
  families: { glance: 'OpenStack: images of Glance' },
  commands: [GLANCE_IMAGE, GLANCE_LIST],
  options: [OS_CLOUD, OS_REGION, ALLOW_HTTP, TAG, PROPERTY, OWNER, VISIBILITY, STATUS, HIDDEN],
  errors: Object.values(OPENSTACK_CODES),
  foreignFlags: () => CLIENT_FLAGS,
  manual: {
    from: 'an OpenStack cloud',
    product: 'OpenStack Glance',
    example: 'imgdl glance image debian-13 -o images/',
    environment: [['OS_*', 'Cloud and credentials, as for the openstack client.']],
    files: [
      [
        '~/.config/openstack/clouds.yaml, /etc/openstack/clouds.yaml',
        'The clouds you can select with --os-cloud. A ./clouds.yaml is read only when you name a cloud.',
      ],
    ],
    examples: [
      [
        'Keep an OpenStack image up to date from cron, with no output unless something fails:',
        'imgdl glance image debian-13 --os-cloud lab --update -q -o /srv/images/ >/dev/null',
      ],
      [
        'Download several images; complete ones are not downloaded again:',
        'imgdl glance image debian-13 ubuntu-24.04 --os-cloud lab -o images/',
      ],
      ['Write to a pipe:', 'imgdl glance image debian-13 --os-cloud lab -o - | zstd >debian.img.zst'],
    ],
    seeAlso: ['openstack(1)'],
  },
  sharesAccount: true,
  claims: (url) => imageUrlOf(url) !== undefined,
  source: async (_command, args, ports) => (await import('./source.js')).sourceOfImage(args, ports),
  async *list(_command, args, ports, signal) {
    yield* (await import('./list.js')).listed(args, ports, signal);
  },
  sourceOfUrl: async (url, ports) => (await import('./source.js')).sourceOfUrl(url, ports),
  tls: async (ports) => (await import('./login/configured-cloud.js')).cloudTls(ports),
};
