import type { DownloadCommand } from '../../core/provider.js';

/** What an image is downloaded as: each kind is a command. */
export type Kind = 'image' | 'pimage' | 'container' | 'scan';

/** What stands in the path of an image, with an id each. The words are those of the commands. */
export type Level = 'appliance' | 'bundle' | 'template' | 'instance' | 'scan' | 'image' | 'pimage';

/** Query parameters that carry a one-time key. */
export const KEY_PARAMETERS = ['downloadId', 'id'] as const;
export type KeyParameter = (typeof KEY_PARAMETERS)[number];

interface Shape {
  readonly command: DownloadCommand;
  /** Outermost first; the last is the image. */
  readonly levels: readonly Level[];
  /**
   * The parameter of a one-time key, then the one to try when it is refused. For published images the server's WADL
   * and the vendor's SDK say `id`, the prose of the same page says `downloadId`.
   */
  readonly parameters: readonly [KeyParameter, KeyParameter];
}

interface LevelFacts {
  /** In front of its id in a path. */
  readonly segment: string;
  /** For messages. */
  readonly noun: string;
  /** What an argument may be beside an id. */
  readonly word: 'name' | 'latest';
  readonly doc: string;
}

export const LEVELS: Readonly<Record<Level, LevelFacts>> = {
  appliance: {
    segment: 'appliances',
    noun: 'appliance',
    word: 'name',
    doc: 'id or name of the appliance, as in web-server@1.2',
  },
  bundle: {
    segment: 'mysoftware',
    noun: 'software bundle',
    word: 'name',
    doc: 'id or name of the software bundle, called mysoftware in URLs',
  },
  template: {
    segment: 'templates',
    noun: 'container template',
    word: 'latest',
    doc: 'id of the container template, or latest',
  },
  instance: {
    segment: 'scannedinstances',
    noun: 'scanned instance',
    word: 'name',
    doc: 'id or name of the scanned instance',
  },
  scan: { segment: 'scans', noun: 'scan', word: 'name', doc: 'id or name of the scan' },
  image: { segment: 'images', noun: 'image', word: 'latest', doc: 'id of the image, or latest' },
  pimage: { segment: 'pimages', noun: 'published image', word: 'latest', doc: 'id of the published image, or latest' },
};

const ID_OR_LATEST = /^(?:(?:id:)?[0-9]+|latest)$/;

/** The arguments of a command that names images: the image alone, by its id, is enough. */
function argsOf(levels: readonly Level[]): DownloadCommand['args'] {
  return levels.map((name, at) => ({
    name,
    doc: at === levels.length - 1 ? `${LEVELS[name].doc}; the id alone is enough` : LEVELS[name].doc,
    ...(LEVELS[name].word === 'latest' ? { like: ID_OR_LATEST } : {}),
    ...(at === levels.length - 1 ? {} : { optional: true as const }),
  }));
}

const APPLIANCE_IMAGE = ['appliance', 'image'] as const;
const APPLIANCE_PIMAGE = ['appliance', 'pimage'] as const;
const CONTAINER_IMAGE = ['bundle', 'template', 'image'] as const;
const SCAN_IMAGE = ['instance', 'scan', 'image'] as const;

export const SHAPES: Readonly<Record<Kind, Shape>> = {
  image: {
    command: {
      kind: 'download',
      names: 'image',
      path: ['appliance', 'image'],
      args: argsOf(APPLIANCE_IMAGE),
      several: true,
      summary: 'Download machine images of a UForge appliance',
      examples: [
        'imgdl appliance image 747 1095 --url https://uforge.example.com/api --user alice --password-file pw',
        'imgdl appliance image 747 1095 1096 -o images/',
        'imgdl appliance image 1095',
        'imgdl appliance image web-server@1.2 latest --format qcow2',
      ],
    },
    levels: APPLIANCE_IMAGE,
    parameters: ['downloadId', 'id'],
  },
  pimage: {
    command: {
      kind: 'download',
      names: 'image',
      path: ['appliance', 'pimage'],
      args: argsOf(APPLIANCE_PIMAGE),
      several: true,
      summary: 'Download published machine images of a UForge appliance',
      examples: ['imgdl appliance pimage 747 88', 'imgdl appliance pimage web-server@1.2 latest'],
    },
    levels: APPLIANCE_PIMAGE,
    parameters: ['id', 'downloadId'],
  },
  container: {
    command: {
      kind: 'download',
      names: 'image',
      path: ['container', 'image'],
      args: argsOf(CONTAINER_IMAGE),
      several: true,
      summary: 'Download images of a UForge container template',
      examples: ['imgdl container image 21 4 1300', 'imgdl container image nginx latest latest'],
    },
    levels: CONTAINER_IMAGE,
    parameters: ['downloadId', 'id'],
  },
  scan: {
    command: {
      kind: 'download',
      names: 'image',
      path: ['scan', 'image'],
      args: argsOf(SCAN_IMAGE),
      several: true,
      summary: 'Download images of a UForge scan',
      examples: ['imgdl scan image 12 34 1200', "imgdl scan image web-server 'Scan #1' latest"],
    },
    levels: SCAN_IMAGE,
    parameters: ['downloadId', 'id'],
  },
};

export const KINDS: readonly Kind[] = ['image', 'pimage', 'container', 'scan'];
