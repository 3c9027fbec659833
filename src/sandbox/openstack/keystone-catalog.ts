import { randomBytes } from 'node:crypto';
import type { Exchange } from '../server/exchange.js';
import type { TokenStore } from './keystone-tokens.js';

type Json = Readonly<Record<string, unknown>>;

export interface KeystoneParts {
  /** `/identity` */
  readonly base: string;
  readonly tokens: TokenStore;
  /** Origin that the catalog names, and the image endpoint of each region. */
  readonly origin: () => string;
  readonly regions: () => Readonly<Record<string, string>>;
}

/** The service catalog: both regions, all interfaces, in the form the modes ask for. */
export function catalogOf(parts: KeystoneParts, exchange: Exchange): readonly Json[] {
  const endpoints = (urls: Readonly<Record<string, string>>, suffix: string): readonly Json[] =>
    Object.entries(urls).flatMap(([region, url]) =>
      ['public', 'internal', 'admin'].map((kind) => ({
        id: randomBytes(16).toString('hex'),
        interface: kind,
        region_id: region,
        url: `${url}${suffix}`,
        region,
      })),
    );
  const identity = `${parts.origin()}${parts.base}/v3`;
  const keystone = {
    endpoints: endpoints({ RegionOne: identity, RegionTwo: identity }, ''),
    id: '210dff1bb35548a89cff5f653f2683d4',
    type: 'identity',
    name: 'keystone',
  };
  const glance = {
    endpoints: endpoints(parts.regions(), exchange.modes.get('catalogSuffix')),
    id: '9a8f1ce8bd1a4f0ba6e3c7e0f3a9d1c2',
    type: 'image',
    name: 'glance',
  };
  return exchange.modes.get('imageService') ? [keystone, glance] : [keystone];
}
