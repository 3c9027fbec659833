import {
  type Appliance,
  appliancePath,
  type Bundle,
  bundlePath,
  type Distribution,
  instancePath,
  type ScannedInstance,
  type Template,
  templatePath,
} from '../library.js';
import { OWNER, own } from '../objects.js';
import type { Tree } from '../xml.js';
import { identity } from './identity.js';

/** `CentOS 7` */
const distributionName = ({ name, version }: Distribution): string => `${name} ${version}`;

const distributionTree = ({ name, version, arch }: Distribution): Tree => ({ arch, name, version });

export function userTree(): Tree {
  const uri = `users/${OWNER}`;
  return {
    ...identity(uri, 101),
    loginName: OWNER,
    active: true,
    admin: false,
    apiKeysQuota: 5,
    baseApiKeysUri: `${uri}/apikeys`,
    baseAppliancesUri: `${uri}/appliances`,
    baseImagesUri: `${uri}/images`,
    baseExportsUri: `${uri}/exports`,
    baseMySoftwareLibraryUri: `${uri}/mysoftware`,
    basePublishImagesUri: `${uri}/pimages`,
    quotasUri: `${uri}/quotas`,
    scannedInstancesUri: `${uri}/scannedinstances`,
    scansUri: `${uri}/scans`,
    uri,
  };
}

/** @param images paths of its images and published images below the user */
export function applianceTree(appliance: Appliance, images: readonly string[], published: readonly string[]): Tree {
  const uri = own(appliancePath(appliance));
  return {
    ...identity(uri, appliance.id),
    archName: appliance.distribution.arch,
    baseImagesStatusUri: `${uri}/images/statuses`,
    baseImagesUri: `${uri}/images`,
    basePublishImagesStatusUri: `${uri}/pimages/statuses`,
    basePublishImagesUri: `${uri}/pimages`,
    description: 'of the sandbox',
    distributionName: distributionName(appliance.distribution),
    exportsUri: `${uri}/exports`,
    imageUris: { uri: images.map(own) },
    imported: false,
    name: appliance.name,
    nbUpdates: 0,
    publishImageUris: { uri: published.map(own) },
    revision: appliance.revision,
    shared: false,
    size: 734_003_200,
    uri,
    version: appliance.version,
  };
}

/** `mySoftware`, and `softwareBundle` in a template. */
export function bundleTree(bundle: Bundle): Tree {
  const uri = own(bundlePath(bundle));
  return {
    ...identity(uri, bundle.id),
    name: bundle.name,
    version: bundle.version,
    description: 'of the sandbox',
    size: 1_048_576,
    revision: 1,
    artifactsUri: `${uri}/artifacts`,
    uri,
    exportUri: `${uri}/exports`,
    containerTemplatesUri: `${uri}/templates`,
  };
}

/** As {@link bundleTree}, with the elements that only a bundle of a user has. */
export function mySoftwareTree(bundle: Bundle): Tree {
  return { ...bundleTree(bundle), imported: false, generationEnabled: true };
}

/** A container template has no name; its images are nested, there is no list of them. */
export function templateTree(template: Template, images: readonly Tree[]): Tree {
  const uri = own(templatePath(template));
  return {
    ...identity(uri, template.id),
    uri,
    softwareBundle: bundleTree(template.bundle),
    distribution: distributionTree(template.distribution),
    images: { image: images },
    imagesUri: `${uri}/images`,
    formatsUri: `${uri}/targetformats`,
  };
}

/** @param scans its scans; undefined: not shown, only counted by `total` */
export function instanceTree(instance: ScannedInstance, scans: readonly Tree[] | undefined, total: number): Tree {
  const uri = own(instancePath(instance));
  return {
    ...identity(uri, instance.id),
    distribution: distributionTree(instance.distribution),
    name: instance.name,
    platformType: 'linux',
    overlayIncluded: true,
    ...(scans === undefined ? {} : { scans: { scan: scans } }),
    scansUri: `${uri}/scans`,
    totalScans: total,
    uri,
  };
}
