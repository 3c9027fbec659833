/** What images are made from: it has no bytes of its own; lists show it, names are resolved by it. */

export interface Distribution {
  readonly name: 'CentOS' | 'Debian' | 'Ubuntu';
  readonly version: string;
  readonly arch: 'x86_64' | 'i386';
}

export interface Appliance {
  readonly id: number;
  readonly name: string;
  readonly version: string;
  readonly revision: number;
  readonly distribution: Distribution;
}

/** A software bundle (`mysoftware`). */
export interface Bundle {
  readonly id: number;
  readonly name: string;
  readonly version: string;
}

/** A container template has no name. */
export interface Template {
  readonly id: number;
  readonly bundle: Bundle;
  readonly distribution: Distribution;
}

export interface ScannedInstance {
  readonly id: number;
  readonly name: string;
  readonly distribution: Distribution;
}

export interface Scan {
  readonly id: number;
  readonly name: string;
  readonly instance: ScannedInstance;
}

const CENTOS: Distribution = { name: 'CentOS', version: '7', arch: 'x86_64' };
const DEBIAN: Distribution = { name: 'Debian', version: '9', arch: 'x86_64' };
const UBUNTU: Distribution = { name: 'Ubuntu', version: '18.04', arch: 'x86_64' };

/** Two of one name and version differ in the revision; the newest version of `web-server` is there once. */
export const APPLIANCES: readonly Appliance[] = [
  { id: 747, name: 'dev-env', version: '1.0', revision: 1, distribution: CENTOS },
  { id: 748, name: 'web', version: '2.0', revision: 1, distribution: DEBIAN },
  { id: 749, name: 'web', version: '2.1', revision: 3, distribution: DEBIAN },
  { id: 750, name: 'web-server', version: '1.0', revision: 1, distribution: DEBIAN },
  { id: 751, name: 'web-server', version: '1.0', revision: 2, distribution: DEBIAN },
  { id: 752, name: 'web-server', version: '1.2', revision: 1, distribution: UBUNTU },
  { id: 753, name: 'empty', version: '0.1', revision: 1, distribution: UBUNTU },
  { id: 754, name: 'mail@home', version: '1.0', revision: 1, distribution: DEBIAN },
];

export const applianceOf = (id: string): Appliance | undefined =>
  APPLIANCES.find((appliance) => String(appliance.id) === id);

const NGINX: Bundle = { id: 718, name: 'nginx', version: '1.14' };
const REDIS: Bundle = { id: 719, name: 'redis', version: '5.0' };

export const BUNDLES: readonly Bundle[] = [NGINX, REDIS];

export const TEMPLATES: readonly Template[] = [
  { id: 130, bundle: NGINX, distribution: DEBIAN },
  { id: 131, bundle: NGINX, distribution: UBUNTU },
];

const WEB_SERVER: ScannedInstance = { id: 12, name: 'web-server', distribution: CENTOS };
const DATABASE: ScannedInstance = { id: 13, name: 'database', distribution: DEBIAN };

export const INSTANCES: readonly ScannedInstance[] = [WEB_SERVER, DATABASE];

export const SCANS: readonly Scan[] = [
  { id: 34, name: 'Scan #1', instance: WEB_SERVER },
  { id: 35, name: 'Scan #2', instance: WEB_SERVER },
  { id: 36, name: 'nightly', instance: DATABASE },
];

export const appliancePath = ({ id }: Appliance): string => `appliances/${id}`;
export const bundlePath = ({ id }: Bundle): string => `mysoftware/${id}`;
export const templatePath = ({ id, bundle }: Template): string => `${bundlePath(bundle)}/templates/${id}`;
export const instancePath = ({ id }: ScannedInstance): string => `scannedinstances/${id}`;
export const scanPath = ({ id, instance }: Scan): string => `${instancePath(instance)}/scans/${id}`;
