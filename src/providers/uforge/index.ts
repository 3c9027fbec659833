import type { Provider } from '../../core/provider.js';
import { UFORGE_CODES } from './error-codes.js';
import { EXPORT_KINDS, EXPORTS } from './export-kinds.js';
import { looksLikeExport } from './export-url.js';
import { HAMMR_FLAGS } from './hammr-flags.js';
import { looksLikeUForge } from './image-url.js';
import { KINDS, SHAPES } from './kinds.js';
import { LIST_COMMANDS } from './list-commands.js';
import { UFORGE_OPTIONS } from './options.js';

/**
 * Fujitsu UForge AppCenter: machine images, published images, container and scan images.
 * The parts that parse XML are loaded when a source is wanted: help and usage errors do not wait for them.
 */
export const provider: Provider = {
  id: 'uforge',
  as: 'uforge',
  families: {
    appliance: 'UForge: images of an appliance',
    container: 'UForge: images of a container template',
    scan: 'UForge: images of a scan',
  },
  commands: [
    ...KINDS.map((kind) => SHAPES[kind].command),
    ...EXPORT_KINDS.map((kind) => EXPORTS[kind].command),
    ...LIST_COMMANDS,
  ],
  options: UFORGE_OPTIONS,
  errors: Object.values(UFORGE_CODES),
  foreignFlags: () => HAMMR_FLAGS,
  foreignFamilies: { template: 'appliance', bundle: 'container' },
  manual: {
    from: 'a UForge AppCenter',
    product: 'UForge AppCenter',
    example: 'imgdl appliance image 747 1095',
    urlExamples: ["imgdl url 'https://uforge.example.com/api/users/…/downloads?downloadId=KEY'"],
    files: [['~/.hammr/credentials.yml', "hammr's credentials, used for UForge if you configure no others."]],
    examples: [
      [
        'Download a machine image, reading the password from a file:',
        'imgdl appliance image 747 1095 --url https://uforge.example.com/api \\\n  --user alice --password-file ~/.uforge-password',
      ],
      [
        'The same, with url, user and password-file in the configuration file. After an interruption, run it again to resume:',
        'imgdl appliance image 747 1095',
      ],
      [
        'See what there is to download, then get the newest image of an appliance:',
        'imgdl appliance list --ready\nimgdl appliance image web-server@1.2 latest --format qcow2',
      ],
    ],
  },
  sharesAccount: true,
  claims: (url) => looksLikeUForge(url) || looksLikeExport(url),
  source: async (command, args, ports) => {
    const exported = EXPORT_KINDS.find((kind) => EXPORTS[kind].command === command);
    if (exported === undefined) return (await import('./source.js')).sourceOfImage(command, args, ports);
    return (await import('./export-sources.js')).sourceOfExport(exported, args, ports);
  },
  sourceOfUrl: async (url, ports) =>
    looksLikeExport(url)
      ? (await import('./export-sources.js')).sourceOfExportUrl(url, ports)
      : (await import('./source.js')).sourceOfUrl(url, ports),
  list: async function* (command, args, ports, signal) {
    yield* (await import('./list.js')).listed(command, args, ports, signal);
  },
};
