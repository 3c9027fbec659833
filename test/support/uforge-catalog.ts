import type { ListItem } from '#imgdl/core/list.js';
import type { Remote } from '#imgdl/core/source.js';
import { provider } from '#imgdl/providers/uforge/index.js';
import type { FakeTransport } from './fake-transport.js';
import { type Ports, providerPorts } from './provider-ports.js';
import { BASIC, signal } from './uforge-play.js';

/** The provider in front of a scripted AppCenter. */
export interface Visit {
  readonly ports: Ports;
  /** Path below the user and query of each request, decoded. */
  asked(): readonly string[];
}

export function visit({ transport, requests }: FakeTransport, options: Readonly<Record<string, string>> = {}): Visit {
  const ports = providerPorts({ transport, options: { ...BASIC, ...options }, secrets: { password: 'pw' } });
  const asked = (): readonly string[] =>
    requests.map(({ url }) => {
      const query = url.search === '' ? '' : `?${[...url.searchParams].map((pair) => pair.join('=')).join('&')}`;
      return url.pathname.replace(/^\/api\/users\/alice\//, '') + query;
    });
  return { ports, asked };
}

/** @param words `appliance list 747` */
export async function listOf({ ports }: Visit, words: readonly string[]): Promise<readonly ListItem[]> {
  const command = provider.commands.find(({ path }) => path.join(' ') === words.slice(0, 2).join(' '));
  if (command?.kind !== 'list' || provider.list === undefined) throw new Error(`no list: ${words.join(' ')}`);
  const items: ListItem[] = [];
  for await (const item of provider.list(command, words.slice(2), ports, signal())) items.push(item);
  return items;
}

/** What an image is described as. @param words `appliance image web latest` */
export async function describedBy({ ports }: Visit, words: readonly string[]): Promise<Remote> {
  const command = provider.commands.find(({ path }) => path.join(' ') === words.slice(0, 2).join(' '));
  if (command?.kind !== 'download') throw new Error(`no download: ${words.join(' ')}`);
  return await (await provider.source(command, words.slice(2), ports)).describe(signal());
}
