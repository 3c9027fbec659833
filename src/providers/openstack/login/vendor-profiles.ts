import type { CloudValues } from './cloud-values.js';

/** What a cloud of a vendor has in common for all its customers. No secret is part of it. */
export interface VendorProfile {
  /** By the keys of clouds.yaml. */
  readonly values: CloudValues;
  readonly regions: readonly string[] | undefined;
}

interface Row {
  /** `{region_name}` stands for the region. */
  readonly authUrl: string;
  /** Where there are several, or where the address depends on it. */
  readonly regions?: readonly string[];
  readonly region?: string;
  /** Of users and projects. */
  readonly domain?: string;
}

/**
 * The profiles that openstacksdk ships (openstack/config/vendors), as far as a download needs them: those with an https
 * address. From its release 0.101.0 of August 2022; binero and switchcloud from its later commits 7ad4623a and 4445217b;
 * vexxhost, for which it asks a server by now, from its commit 2ad74a54, without the regions. Looked up in November 2026.
 * A clouds-public.yaml goes before it, and what a cloud says itself before both.
 */
const ROWS: Readonly<Record<string, Row>> = {
  auro: { authUrl: 'https://api.van2.auro.io:5000/v3', region: 'RegionOne', domain: 'Default' },
  betacloud: { authUrl: 'https://api-1.betacloud.de:5000', regions: ['betacloud-1'] },
  binero: { authUrl: 'https://auth.binero.cloud:5000/v3', regions: ['europe-se-1'] },
  catalyst: { authUrl: 'https://api.cloud.catalyst.net.nz:5000/v2.0', regions: ['nz-por-1', 'nz_wlg_2'] },
  citycloud: {
    authUrl: 'https://{region_name}.citycloud.com:5000/v3/',
    regions: ['Buf1', 'Fra1', 'Lon1', 'Sto2', 'Kna1', 'dx1', 'tky1'],
  },
  conoha: { authUrl: 'https://identity.{region_name}.conoha.io', regions: ['sin1', 'sjc1', 'tyo1'] },
  dreamcompute: { authUrl: 'https://iad2.dream.io:5000', region: 'RegionOne' },
  elastx: { authUrl: 'https://ops.elastx.cloud:5000/v3', region: 'se-sto' },
  entercloudsuite: { authUrl: 'https://api.entercloudsuite.com/', regions: ['it-mil1', 'nl-ams1', 'de-fra1'] },
  fuga: { authUrl: 'https://identity.api.fuga.io:5000', regions: ['cystack'], domain: 'Default' },
  ibmcloud: { authUrl: 'https://identity.open.softlayer.com', regions: ['london'] },
  internap: {
    authUrl: 'https://identity.api.cloud.iweb.com',
    regions: ['ams01', 'da01', 'nyj01', 'sin01', 'sjc01'],
  },
  limestonenetworks: { authUrl: 'https://auth.cloud.lstn.net:5000/v3', regions: ['us-dfw-1', 'us-slc'] },
  otc: { authUrl: 'https://iam.{region_name}.otc.t-systems.com/v3', regions: ['eu-de', 'eu-nl'] },
  ovh: {
    authUrl: 'https://auth.cloud.ovh.net/',
    domain: 'Default',
    regions: [
      ...['BHS', 'BHS1', 'BHS3', 'BHS5', 'DE', 'DE1', 'GRA', 'GRA1', 'GRA5', 'GRA7', 'SBG', 'SBG1', 'SBG5'],
      ...['UK', 'UK1', 'WAW', 'WAW1', 'SYD1', 'SGP1'],
    ],
  },
  'ovh-us': { authUrl: 'https://auth.cloud.ovh.us/', regions: ['US-EAST-VA-1'], domain: 'Default' },
  rackspace: {
    authUrl: 'https://identity.api.rackspacecloud.com/v2.0/',
    regions: ['DFW', 'HKG', 'IAD', 'ORD', 'SYD', 'LON'],
  },
  switchcloud: { authUrl: 'https://identity.compute.cloud.switch.ch/v3', regions: ['zhw', 'zhc'] },
  switchengines: { authUrl: 'https://keystone.cloud.switch.ch:5000/v3', regions: ['LS', 'ZH'] },
  ultimum: { authUrl: 'https://console.ultimum-cloud.com:5000/', region: 'RegionOne' },
  unitedstack: { authUrl: 'https://identity.api.ustack.com/v3', regions: ['bj1', 'gd1'] },
  vexxhost: { authUrl: 'https://auth.vexxhost.net/v3' },
  zetta: { authUrl: 'https://identity.api.zetta.io/v3', regions: ['no-osl1'] },
};

export const VENDORS: readonly string[] = Object.keys(ROWS);

/** Undefined for a vendor that is not known. */
export function vendorProfile(name: string): VendorProfile | undefined {
  const row = Object.hasOwn(ROWS, name) ? ROWS[name] : undefined;
  if (row === undefined) return undefined;
  const { authUrl, region, regions, domain } = row;
  const values = new Map([['auth_url', authUrl]]);
  if (region !== undefined) values.set('region_name', region);
  if (domain !== undefined) values.set('user_domain_name', domain).set('project_domain_name', domain);
  return { values, regions };
}
