import { AppError } from '../../core/errors.js';
import type { DownloadCommand } from '../../core/provider.js';
import { quoteForeign } from '../../core/redact.js';
import type { Secret } from '../../core/secret.js';
import { type Base, below } from './base.js';
import { parseUid } from './options.js';

export type Kind = 'image' | 'pimage' | 'container' | 'scan';

/** Query parameters that carry a one-time key. */
export const KEY_PARAMETERS = ['downloadId', 'id'] as const;
export type KeyParameter = (typeof KEY_PARAMETERS)[number];

interface Shape {
  readonly command: DownloadCommand;
  /** Path segments in front of each id. */
  readonly segments: readonly string[];
  /**
   * The parameter of a one-time key, then the one to try when it is refused. For published images the server's WADL
   * and the vendor's SDK say `id`, the prose of the same page says `downloadId`.
   */
  readonly parameters: readonly [KeyParameter, KeyParameter];
}

const arg = (name: string, doc: string) => ({ name, doc });

export const SHAPES: Readonly<Record<Kind, Shape>> = {
  image: {
    command: {
      kind: 'download',
      path: ['appliance', 'image'],
      args: [arg('appliance', 'id of the appliance'), arg('image', 'id of the machine image')],
      several: true,
      summary: 'Download machine images of a UForge appliance',
      examples: [
        'imgdl appliance image 747 1095 --url https://uforge.example.com/api --user alice --password-file pw',
        'imgdl appliance image 747 1095 1096 -o images/',
      ],
    },
    segments: ['appliances', 'images'],
    parameters: ['downloadId', 'id'],
  },
  pimage: {
    command: {
      kind: 'download',
      path: ['appliance', 'pimage'],
      args: [arg('appliance', 'id of the appliance'), arg('pimage', 'id of the published machine image')],
      several: true,
      summary: 'Download published machine images of a UForge appliance',
      examples: ['imgdl appliance pimage 747 88'],
    },
    segments: ['appliances', 'pimages'],
    parameters: ['id', 'downloadId'],
  },
  container: {
    command: {
      kind: 'download',
      path: ['container', 'image'],
      args: [
        arg('bundle', 'id of the software bundle, called mysoftware in URLs'),
        arg('template', 'id of the container template'),
        arg('image', 'id of the image'),
      ],
      several: true,
      summary: 'Download images of a UForge container template',
      examples: ['imgdl container image 21 4 1300'],
    },
    segments: ['mysoftware', 'templates', 'images'],
    parameters: ['downloadId', 'id'],
  },
  scan: {
    command: {
      kind: 'download',
      path: ['scan', 'image'],
      args: [
        arg('instance', 'id of the scanned instance'),
        arg('scan', 'id of the scan'),
        arg('image', 'id of the image'),
      ],
      several: true,
      summary: 'Download images of a UForge scan',
      examples: ['imgdl scan image 12 34 1200'],
    },
    segments: ['scannedinstances', 'scans', 'images'],
    parameters: ['downloadId', 'id'],
  },
};

export const KINDS: readonly Kind[] = ['image', 'pimage', 'container', 'scan'];

/** One image of one user on one AppCenter. */
export interface Resource {
  readonly base: Base;
  readonly kind: Kind;
  /** Login name of the owner, not encoded. */
  readonly uid: string;
  /** Decimal ids, outermost first; the last is the image's. */
  readonly ids: readonly string[];
}

/**
 * Ids are decimals of a Java long; anything else would let an argument choose the path.
 * @throws AppError usage.id
 */
export function parseIds(kind: Kind, args: readonly string[]): readonly string[] {
  return SHAPES[kind].command.args.map((expected, index) => {
    const given = args[index] ?? '';
    if (!/^(?:0|[1-9][0-9]{0,18})$/.test(given)) {
      throw new AppError('usage.id', `<${expected.name}> ${quoteForeign(given)}: not a decimal id`, {
        hint: `use the ${expected.doc}, a number such as 1095`,
      });
    }
    return given;
  });
}

/** `users/alice/appliances/747/images/1095`: canonical, so that it can name the object in journals and receipts. */
export function pathOf(resource: Resource): string {
  const pairs = SHAPES[resource.kind].segments.map((segment, index) => `${segment}/${resource.ids[index] ?? ''}`);
  return `users/${encodeURIComponent(resource.uid)}/${pairs.join('/')}`;
}

export function imageId(resource: Resource): string {
  return resource.ids.at(-1) ?? '';
}

/** Where the object's facts are. Published images have no GET of their own here, only the appliance's list. */
export function metadataUrl(resource: Resource): URL {
  const path = pathOf(resource);
  return below(resource.base, resource.kind === 'pimage' ? path.slice(0, path.lastIndexOf('/')) : path);
}

export function downloadsUrl(resource: Resource): URL {
  return below(resource.base, `${pathOf(resource)}/downloads`);
}

/** `appliance image 747 1095`, for messages. */
export function describeResource(resource: Resource): string {
  return `${SHAPES[resource.kind].command.path.join(' ')} ${resource.ids.join(' ')}`;
}

/** A key that came in a URL, with the parameter it came in. */
export interface GivenKey {
  readonly key: Secret;
  readonly parameter: KeyParameter;
  /** Where it is to be sent when the user gave a whole link. */
  readonly url?: URL;
}

const TAIL = '(?:/downloads(?:/[^/]*)?)?/?$';
const USER = '^(.*)/users/([^/]+)';
const PATTERNS: readonly { readonly kind: Kind; readonly pattern: RegExp }[] = [
  { kind: 'image', pattern: new RegExp(`${USER}/appliances/([0-9]+)/images/([0-9]+)${TAIL}`) },
  { kind: 'pimage', pattern: new RegExp(`${USER}/appliances/([0-9]+)/pimages/([0-9]+)${TAIL}`) },
  // The only GET of a single published image names its source image too.
  { kind: 'pimage', pattern: new RegExp(`${USER}/appliances/([0-9]+)/images/[0-9]+/pimages/([0-9]+)/?$`) },
  { kind: 'container', pattern: new RegExp(`${USER}/mysoftware/([0-9]+)/templates/([0-9]+)/images/([0-9]+)${TAIL}`) },
  { kind: 'scan', pattern: new RegExp(`${USER}/scannedinstances/([0-9]+)/scans/([0-9]+)/images/([0-9]+)${TAIL}`) },
];

function matchPath(url: URL): { kind: Kind; prefix: string; uid: string; ids: readonly string[] } | undefined {
  for (const { kind, pattern } of PATTERNS) {
    const match = pattern.exec(url.pathname);
    if (match !== null) {
      const [, prefix = '', uid = '', ...ids] = match;
      return { kind, prefix, uid, ids };
    }
  }
  return undefined;
}

export function looksLikeUForge(url: URL): boolean {
  return matchPath(url) !== undefined;
}

/**
 * The resource that a URL names.
 * @throws AppError usage.url, usage.id, usage.option
 */
export function resourceOfUrl(url: URL): Resource {
  const found = matchPath(url);
  if (found === undefined) {
    throw new AppError('usage.url', 'the URL is not a UForge image URL', {
      hint: 'use …/users/LOGIN/appliances/ID/images/ID, or remove --as uforge',
    });
  }
  let uid: string;
  try {
    uid = decodeURIComponent(found.uid);
  } catch {
    throw new AppError('usage.url', 'the user in the UForge URL is not valid percent-encoding', {
      hint: 'copy the URL again from the AppCenter',
    });
  }
  return {
    base: { endpoint: url.origin + found.prefix.replace(/\/+$/, '') },
    kind: found.kind,
    uid: parseUid(uid),
    ids: parseIds(found.kind, found.ids),
  };
}
