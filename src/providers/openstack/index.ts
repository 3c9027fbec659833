import type { CommandSpec, Provider } from '../../core/provider.js';
import { OS_CLOUD } from './options.js';
import { imageUrlOf } from './urls.js';

const GLANCE_IMAGE: CommandSpec = {
  path: ['glance', 'image'],
  args: [{ name: 'image', doc: 'id, or exact name' }],
  several: true,
  summary: 'Download OpenStack images',
  examples: [
    'imgdl glance image 3f1c2a9e-7a51-4f3e-9c67-0a3e5e6f1b22 --os-cloud lab',
    'OS_CLOUD=lab imgdl glance image debian-13 ubuntu-24.04 -o images/',
  ],
};

/**
 * OpenStack Image API v2 (Glance) behind Identity API v3 (Keystone).
 * The parts that parse YAML and JSON are loaded when a source is wanted: help and usage errors do not wait for them.
 */
export const provider: Provider = {
  id: 'glance',
  commands: [GLANCE_IMAGE],
  options: [OS_CLOUD],
  claims: (url) => imageUrlOf(url) !== undefined,
  source: async (_command, args, ports) => (await import('./open.js')).openImage(args, ports),
  sourceOfUrl: async (url, ports) => (await import('./open.js')).openUrl(url, ports),
};
