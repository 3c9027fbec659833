import { BlockList, isIP } from 'node:net';

/** Where a host literally points; `global` for public addresses and for every name but localhost. */
export type AddressClass = 'global' | 'loopback' | 'link-local' | 'private' | 'reserved';

type Rule = readonly [prefix: string, bits: number, family: 'ipv4' | 'ipv6'];

/** IANA special-purpose registries (RFC 6890). The first class that fits wins. */
const CLASSES: readonly (readonly [Exclude<AddressClass, 'global'>, readonly Rule[]])[] = [
  // 0.0.0.0 and :: reach the machine itself on Linux.
  [
    'loopback',
    [
      ['127.0.0.0', 8, 'ipv4'],
      ['0.0.0.0', 8, 'ipv4'],
      ['::1', 128, 'ipv6'],
      ['::', 128, 'ipv6'],
    ],
  ],
  // Clouds serve credentials of the machine at 169.254.169.254 (Oracle also at 192.0.0.192).
  [
    'link-local',
    [
      ['169.254.0.0', 16, 'ipv4'],
      ['192.0.0.0', 24, 'ipv4'],
      ['fe80::', 10, 'ipv6'],
    ],
  ],
  [
    'private',
    [
      ['10.0.0.0', 8, 'ipv4'],
      ['172.16.0.0', 12, 'ipv4'],
      ['192.168.0.0', 16, 'ipv4'],
      ['100.64.0.0', 10, 'ipv4'],
      ['198.18.0.0', 15, 'ipv4'],
      ['fc00::', 7, 'ipv6'],
      ['fec0::', 10, 'ipv6'],
    ],
  ],
  [
    'reserved',
    [
      ['224.0.0.0', 3, 'ipv4'],
      ['ff00::', 8, 'ipv6'],
    ],
  ],
];

const LISTS = CLASSES.map(([name, rules]) => {
  const list = new BlockList();
  for (const [prefix, bits, family] of rules) list.addSubnet(prefix, bits, family);
  return { name, list };
});

/** IPv6 forms that carry an IPv4 address in their last 32 bits: mapped, compatible, NAT64 (RFC 6052), and SIIT. */
const CARRIES_IPV4 = /^(?:::ffff:|::ffff:0:|::|64:ff9b::)([0-9a-f]{1,4}):([0-9a-f]{1,4})$/;

/** The host of a URL object without brackets; WHATWG has made 127.1, 0x7f000001 and the like canonical already. */
export function bareHost(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}

/** Classifies the literal host of a URL. Names are not resolved. */
export function addressClass(url: URL): AddressClass {
  const host = bareHost(url).toLowerCase();
  if (host === 'localhost' || host.endsWith('.localhost')) return 'loopback';
  const family = isIP(host);
  if (family === 0) return 'global';
  const own = classOf(host, family === 4 ? 'ipv4' : 'ipv6');
  if (own !== 'global' || family === 4) return own;
  const carried = CARRIES_IPV4.exec(host);
  if (carried === null) return 'global';
  const words = carried.slice(1, 3).map((word) => Number.parseInt(word, 16));
  return classOf(words.map((word) => `${Math.floor(word / 256)}.${word % 256}`).join('.'), 'ipv4');
}

function classOf(address: string, family: 'ipv4' | 'ipv6'): AddressClass {
  return LISTS.find(({ list }) => list.check(address, family))?.name ?? 'global';
}
