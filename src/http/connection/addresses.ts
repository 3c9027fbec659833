import { ADDRCONFIG, lookup } from 'node:dns';
import { isIP } from 'node:net';

/** Every address of a host name, in the order in which the system prefers them. Rejects with Node's errors. */
export type Lookup = (host: string) => Promise<readonly string[]>;

/** getaddrinfo(3): files, DNS and whatever else this machine is set up for. */
export const systemLookup: Lookup = (host) =>
  new Promise((resolve, reject) => {
    lookup(host, { all: true, hints: ADDRCONFIG }, (error, found) => {
      if (error === null) resolve(found.map(({ address }) => address));
      else reject(error);
    });
  });

/**
 * Where hosts are, and which of their addresses let us wait: those are tried last from then on, so that a black hole
 * costs a run a quarter of a second once, and not for each of its connections.
 */
export class Addresses {
  readonly #lookup: Lookup;
  readonly #late = new Set<string>();

  constructor(lookup: Lookup = systemLookup) {
    this.#lookup = lookup;
  }

  /**
   * The addresses of a host, in the order in which to try them; at least one.
   * @throws Node's errors
   */
  async of(host: string): Promise<readonly string[]> {
    if (isIP(host) !== 0) return [host];
    const found = [...new Set(await this.#lookup(host))];
    if (found.length === 0) throw Object.assign(new Error('no address'), { code: 'ENODATA' });
    const late = (address: string): boolean => this.#late.has(address);
    return [...alternating(found.filter((address) => !late(address))), ...alternating(found.filter(late))];
  }

  /** These let us wait longer than another one of their host, or did not work at all. */
  late(addresses: readonly string[]): void {
    for (const address of addresses) this.#late.add(address);
  }

  /** This one answered. */
  inTime(address: string): void {
    this.#late.delete(address);
  }
}

/** RFC 8305 section 4: the families take turns, so that one which does not work costs a single delay. */
function alternating(addresses: readonly string[]): readonly string[] {
  const [first] = addresses;
  if (first === undefined) return [];
  const same = addresses.filter((address) => isIP(address) === isIP(first));
  const other = addresses.filter((address) => isIP(address) !== isIP(first));
  return Array.from({ length: Math.max(same.length, other.length) }, (_, at) => [same[at], other[at]])
    .flat()
    .filter((address) => address !== undefined);
}

/** `10.0.0.1:443`, `[::1]:443`. */
export function placeText(address: string, port: number): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}
