import { describe, expect, test } from 'vitest';
import { describedTls } from '#imgdl/app/described-tls.js';
import type { DownloadCommand, Provider, TlsSettings } from '#imgdl/core/provider.js';
import { fakeTransport } from '../support/fake-transport.js';
import { providerPorts } from '../support/provider-ports.js';
import { toy } from '../toy/provider.js';

const ALL: TlsSettings = { cacert: '/ca.pem', cert: '/c.pem', key: '/k.pem', insecure: true };
const command = (name: string, anyUrl?: true): DownloadCommand => ({
  kind: 'download',
  path: [name],
  args: [],
  summary: '',
  examples: [],
  ...(anyUrl === undefined ? {} : { anyUrl }),
});

const OWN = command('own');
const BARE = command('bare');
const URLS = command('url', true);

function provider(as: string, claim: string, tls: TlsSettings | undefined, own: readonly DownloadCommand[]): Provider {
  return {
    ...toy,
    id: as,
    as,
    commands: own,
    claims: (url) => url.pathname.startsWith(claim),
    ...(tls === undefined ? { tls: async () => ({}) } : { tls: async () => tls }),
  };
}

const PROVIDERS = [
  provider('described', '/described/', ALL, [OWN]),
  provider('lax', '/lax/', { insecure: true, cert: '/c.pem', key: '/k.pem' }, []),
  provider('bare', '/', undefined, [BARE, URLS]),
];

describe('what the description of a server says of TLS', () => {
  test.each<[string, DownloadCommand, readonly string[], TlsSettings, Readonly<Record<string, string>>]>([
    ['counts in full for the commands of its provider', OWN, ['x'], ALL, {}],
    ['does not count for those of another', BARE, ['x'], {}, {}],
    ['may only add trust for a URL', URLS, ['https://h/described/x'], { cacert: '/ca.pem' }, {}],
    ['does not waive verification for a URL', URLS, ['https://h/lax/x'], {}, {}],
    ['does not count for the URL of another', URLS, ['https://h/elsewhere'], {}, {}],
    [
      'counts where one of several URLs is its own',
      URLS,
      ['https://h/x', 'https://h/described/x'],
      { cacert: '/ca.pem' },
      {},
    ],
    ['counts where --as says so', URLS, ['https://h/x'], { cacert: '/ca.pem' }, { as: 'described' }],
    ['does not count for what is no URL', URLS, ['nonsense'], {}, {}],
  ])('%s', async (_, spec, args, tls, options) => {
    const ports = providerPorts({ transport: fakeTransport(() => ({})).transport, options });
    expect(await describedTls(PROVIDERS, spec, args, ports)).toEqual(tls);
  });
});
