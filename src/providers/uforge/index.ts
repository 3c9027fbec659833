import type { Provider } from '../../core/provider.js';
import { UFORGE_OPTIONS } from './options.js';
import { KINDS, looksLikeUForge, SHAPES } from './resource.js';

/**
 * Fujitsu UForge AppCenter: machine images, published images, container and scan images.
 * The parts that parse XML are loaded when a source is wanted: help and usage errors do not wait for them.
 */
export const provider: Provider = {
  id: 'uforge',
  commands: KINDS.map((kind) => SHAPES[kind].command),
  options: UFORGE_OPTIONS,
  claims: looksLikeUForge,
  source: async (command, args, ports) => (await import('./open.js')).openImage(command, args, ports),
  sourceOfUrl: async (url, ports) => (await import('./open.js')).openUrl(url, ports),
};
