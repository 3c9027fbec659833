import type { Exchange } from '../server/exchange.js';
import { exportNow } from './export-state.js';
import { FORMATS } from './formats.js';
import { imageNow } from './image-state.js';
import {
  APPLIANCES,
  appliancePath,
  BUNDLES,
  bundlePath,
  INSTANCES,
  instancePath,
  SCANS,
  scanPath,
  TEMPLATES,
} from './library.js';
import type { Entry, List } from './list-answer.js';
import { own, type UforgeImage } from './objects.js';
import type { UforgeParts } from './parts.js';
import { listImage } from './show.js';
import { showAppliance, showInstance, showTemplate } from './show-library.js';
import { exportTree } from './trees/export-tree.js';
import { targetFormatTree } from './trees/image-tree.js';
import { mySoftwareTree } from './trees/library-trees.js';
import { scanTree } from './trees/scan-tree.js';
import { imageStatusTree, statusTree } from './trees/status-tree.js';
import type { Tree } from './xml.js';

/** One question for a list. */
interface Ask {
  readonly parts: UforgeParts;
  readonly exchange: Exchange;
  /** What comes before the last segment: `appliances/747`; empty for lists of the user. */
  readonly parent: string;
}

interface ListRow extends Omit<List, 'entries'> {
  /** Below the user; the group is the parent. */
  readonly path: RegExp;
  /** undefined: what the list would be of does not exist. */
  readonly entries: (ask: Ask) => readonly Entry[] | undefined;
}

/** `img` names some images by their uri; without it all are meant. */
function wanted({ exchange }: Ask, images: readonly UforgeImage[]): readonly UforgeImage[] {
  const uris = exchange.query.getAll('img');
  return uris.length === 0 ? images : images.filter(({ path }) => uris.includes(own(path)));
}

function imageEntries(ask: Ask, images: readonly UforgeImage[]): readonly Entry[] {
  return wanted(ask, images).map((image) => () => listImage(ask.parts, ask.exchange, image));
}

/** Asking for a status is a look at the image, as it is by itself. */
function statusEntries(ask: Ask, images: readonly UforgeImage[]): readonly Entry[] {
  const { stages } = ask.parts;
  const { modes } = ask.exchange;
  return wanted(ask, images).map((image) => () => imageStatusTree(imageNow(image, { stages, modes, look: true })));
}

/** `name` and `id` narrow the scanned instances, and `id` the scans of a user. */
function narrowed<T extends { readonly id: number; readonly name: string }>(ask: Ask, all: readonly T[]): readonly T[] {
  const fits = (parameter: string, value: string): boolean => (ask.exchange.query.get(parameter) ?? value) === value;
  return all.filter(({ id, name }) => fits('id', String(id)) && fits('name', name));
}

/** Exports of appliances: UForge has no list of those of bundles. `ae` names some by their uri. */
function exportEntries(ask: Ask, tree: (made: Parameters<typeof exportTree>[0]) => Tree): readonly Entry[] {
  const uris = ask.exchange.query.getAll('ae');
  return ask.parts.exports.all
    .filter(
      ({ kind, deleted, path }) => kind === 'appliance' && !deleted && (uris.length === 0 || uris.includes(own(path))),
    )
    .map((made) => () => tree(made));
}

/** The entries when what the list is of is there. */
function when(there: boolean, entries: () => readonly Entry[]): readonly Entry[] | undefined {
  return there ? entries() : undefined;
}

const ofAppliance = (ask: Ask, entries: (ask: Ask) => readonly Entry[]): readonly Entry[] | undefined =>
  when(
    APPLIANCES.some((appliance) => appliancePath(appliance) === ask.parent),
    () => entries(ask),
  );

const IMAGES = { outer: 'images', item: 'image' } as const;
const PUBLISHED = { outer: 'publishImages', item: 'publishImage', typed: true } as const;
const STATUSES = { outer: 'statuses', item: 'status' } as const;
const SCAN_LIST = { outer: 'scans', item: 'scan' } as const;

/** Of everything that a user has. */
const OF_THE_USER: readonly ListRow[] = [
  { path: /^images$/, ...IMAGES, entries: (ask) => imageEntries(ask, ask.parts.images.of('image')) },
  { path: /^pimages$/, ...PUBLISHED, entries: (ask) => imageEntries(ask, ask.parts.images.of('pimage')) },
  { path: /^images\/status$/, ...STATUSES, entries: (ask) => statusEntries(ask, ask.parts.images.of('image')) },
  { path: /^pimages\/status$/, ...STATUSES, entries: (ask) => statusEntries(ask, ask.parts.images.of('pimage')) },
  {
    path: /^appliances$/,
    outer: 'appliances',
    item: 'appliance',
    entries: ({ parts }) => APPLIANCES.map((appliance) => () => showAppliance(parts, appliance)),
  },
  {
    path: /^mysoftware$/,
    outer: 'mySoftwareList',
    item: 'mySoftware',
    entries: () => BUNDLES.map((bundle) => () => mySoftwareTree(bundle)),
  },
  {
    path: /^scannedinstances$/,
    outer: 'scannedInstances',
    item: 'scannedInstance',
    entries: (ask) => narrowed(ask, INSTANCES).map((instance) => () => showInstance(ask.exchange, instance)),
  },
  {
    path: /^scans$/,
    ...SCAN_LIST,
    entries: (ask) => narrowed(ask, SCANS).map((scan) => () => scanTree(scan, undefined)),
  },
  {
    path: /^exports$/,
    outer: 'applianceExports',
    item: 'applianceExport',
    entries: (ask) => exportEntries(ask, (made) => exportTree(made, exportNow(ask.parts, ask.exchange, made, false))),
  },
  {
    path: /^exports\/statuses$/,
    ...STATUSES,
    entries: (ask) =>
      exportEntries(ask, (made) => statusTree({ ...exportNow(ask.parts, ask.exchange, made, true), path: made.path })),
  },
  {
    path: /^targetformats$/,
    outer: 'targetFormats',
    item: 'targetFormat',
    entries: () => FORMATS.map((format) => () => targetFormatTree(format.primitive)),
  },
];

/** Of one appliance, bundle, scanned instance or scan. Images of a container template are nested in it. */
const OF_A_PARENT: readonly ListRow[] = [
  {
    path: /^(appliances\/\d+)\/images$/,
    ...IMAGES,
    entries: (asked) => ofAppliance(asked, (ask) => imageEntries(ask, ask.parts.images.of('image', ask.parent))),
  },
  {
    path: /^(appliances\/\d+)\/pimages$/,
    ...PUBLISHED,
    entries: (asked) => ofAppliance(asked, (ask) => imageEntries(ask, ask.parts.images.of('pimage', ask.parent))),
  },
  {
    path: /^(appliances\/\d+)\/images\/statuses$/,
    ...STATUSES,
    entries: (asked) => ofAppliance(asked, (ask) => statusEntries(ask, ask.parts.images.of('image', ask.parent))),
  },
  {
    path: /^(appliances\/\d+)\/pimages\/statuses$/,
    ...STATUSES,
    entries: (asked) => ofAppliance(asked, (ask) => statusEntries(ask, ask.parts.images.of('pimage', ask.parent))),
  },
  {
    path: /^(mysoftware\/\d+)\/templates$/,
    outer: 'containerTemplates',
    item: 'containerTemplate',
    entries: ({ parts, exchange, parent }) =>
      when(
        BUNDLES.some((bundle) => bundlePath(bundle) === parent),
        () =>
          TEMPLATES.filter(({ bundle }) => bundlePath(bundle) === parent).map(
            (template) => () => showTemplate(parts, exchange, template),
          ),
      ),
  },
  {
    path: /^(scannedinstances\/\d+)\/scans$/,
    ...SCAN_LIST,
    entries: ({ parent }) =>
      when(
        INSTANCES.some((instance) => instancePath(instance) === parent),
        () =>
          SCANS.filter(({ instance }) => instancePath(instance) === parent).map(
            (scan) => () => scanTree(scan, undefined),
          ),
      ),
  },
  {
    path: /^(scannedinstances\/\d+\/scans\/\d+)\/images$/,
    ...IMAGES,
    entries: (ask) =>
      when(
        SCANS.some((scan) => scanPath(scan) === ask.parent),
        () => imageEntries(ask, ask.parts.images.of('image', ask.parent)),
      ),
  },
];

/** The list at a path below the user, where the API has one. */
export function listAt(parts: UforgeParts, exchange: Exchange, path: string): List | undefined {
  for (const { path: pattern, entries: entriesOf, ...row } of [...OF_THE_USER, ...OF_A_PARENT]) {
    const match = pattern.exec(path);
    if (match === null) continue;
    const entries = entriesOf({ parts, exchange, parent: match[1] ?? '' });
    return entries === undefined ? undefined : { ...row, entries };
  }
  return undefined;
}

/** The empty list that a user has who owns nothing. */
export function emptyListAt(path: string): List | undefined {
  const row = OF_THE_USER.find(({ path: pattern }) => pattern.test(path));
  return row && { ...row, entries: [] };
}
