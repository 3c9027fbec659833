import type { DownloadCommand } from '../../core/provider.js';
import { LEVELS } from './kinds.js';

/** What can be exported. The words are those of {@link LEVELS}. */
export type ExportKind = 'appliance' | 'bundle';

interface ExportShape {
  readonly command: DownloadCommand;
  /** Root of the object itself. */
  readonly root: string;
  /** Root of an export of it. */
  readonly exportRoot: string;
  /** What the administrator must grant. */
  readonly entitlement: string;
}

export const EXPORTS: Readonly<Record<ExportKind, ExportShape>> = {
  appliance: {
    command: {
      kind: 'download',
      names: 'other',
      exports: true,
      path: ['appliance', 'export'],
      args: [{ name: 'appliance', doc: LEVELS.appliance.doc }],
      summary: 'Export a UForge appliance and download the archive',
      examples: ['imgdl appliance export 747', 'imgdl appliance export web-server@1.2 -o backup/'],
    },
    root: 'appliance',
    exportRoot: 'applianceExport',
    entitlement: 'appliance_create',
  },
  bundle: {
    command: {
      kind: 'download',
      names: 'other',
      exports: true,
      path: ['container', 'export'],
      args: [{ name: 'bundle', doc: LEVELS.bundle.doc }],
      summary: 'Export a UForge software bundle and download the archive',
      examples: ['imgdl container export 21', 'imgdl container export nginx --output-format json'],
    },
    root: 'mySoftware',
    exportRoot: 'softwareBundleExport',
    entitlement: 'software_upload',
  },
};

export const EXPORT_KINDS: readonly ExportKind[] = ['appliance', 'bundle'];
