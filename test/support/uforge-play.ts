import type { AppError } from '#imgdl/core/errors.js';
import type { Source, Ticket, TicketNeed } from '#imgdl/core/source.js';
import { provider } from '#imgdl/providers/uforge/index.js';
import { type Kind, SHAPES } from '#imgdl/providers/uforge/kinds.js';
import { providerPorts } from './provider-ports.js';
import { type UForgeScript, type UForgeServer, uforgeServer } from './uforge-server.js';

export const signal = (): AbortSignal => new AbortController().signal;
export const BASIC = { url: 'https://h/api', user: 'alice', 'password-file': 'f' };
export const BLIND = { url: 'https://h/api', uid: 'alice', 'download-id': 'GIVENKEY' };
export const IDS: Readonly<Record<Kind, readonly string[]>> = {
  image: ['1', '2'],
  pimage: ['1', '88'],
  container: ['1', '2', '3'],
  scan: ['1', '2', '3'],
};

export interface Play {
  readonly source: Source;
  readonly server: UForgeServer;
}

export async function play(
  kind: Kind,
  options: Readonly<Record<string, string>>,
  script: UForgeScript = {},
): Promise<Play> {
  const server = uforgeServer({ pimage: kind === 'pimage', ...script });
  const world = { transport: server.transport, options, secrets: { password: 'pw' } };
  return { server, source: await provider.source(SHAPES[kind].command, IDS[kind], providerPorts(world)) };
}

export async function ofUrl(
  url: string,
  options: Readonly<Record<string, string>> = {},
  script: UForgeScript = {},
): Promise<Play> {
  const server = uforgeServer(script);
  const world = { transport: server.transport, options, secrets: { password: 'pw' } };
  return { server, source: await provider.sourceOfUrl(new URL(url), providerPorts(world)) };
}

/** A ticket in short: who authorises it, and its URL below the host with keys as k0, k1, … */
function short(ticket: Ticket, server: UForgeServer): string {
  const url = server.keys.reduce(
    (text, key, index) => text.replaceAll(key, `k${index}`),
    ticket.url.pathname + ticket.url.search,
  );
  return `${ticket.by}${ticket.headers.authorization === undefined ? '' : '+header'} ${url.replace('/api/users/alice/', '')}`;
}

/** Asks for tickets in this order; a status means the ticket before was refused with it. */
export async function run(
  { source, server }: Play,
  needs: readonly ('first' | 'reconnect' | 'extra' | 'again' | number)[],
): Promise<readonly string[]> {
  const seen: string[] = [];
  let last: Ticket | undefined;
  for (const need of needs) {
    const asked: TicketNeed =
      need === 'again'
        ? { reason: need, unspent: last! }
        : typeof need !== 'number'
          ? { reason: need }
          : { reason: 'denied', failed: last!, refusal: { status: need, headers: new Map(), text: 'the sentence' } };
    try {
      last = await source.ticket(asked, signal());
      seen.push(short(last, server));
    } catch (error) {
      const { code, message } = error as AppError;
      seen.push(`${code}${message.includes('the sentence') ? ' said' : ''}`);
      break;
    }
  }
  return seen;
}
