import type { ServerOptions } from 'node:https';
import { sendFile, sendText, startWebServer, type WebServer } from './web-server.js';

/** What a path of a site leads to: a file, or another path or URL. */
export type Page = string | Buffer | { readonly to: string } | { readonly status: number };

/** A web server with files, as a publisher has it. Its pages may be changed while it runs. */
export interface Site extends WebServer {
  readonly pages: Record<string, Page>;
  /** Paths that were asked for. */
  asked(): readonly string[];
}

/** @param fields of every answer with a file */
export async function startSite(
  pages: Record<string, Page>,
  { tls, fields = {} }: { readonly tls?: ServerOptions; readonly fields?: Readonly<Record<string, string>> } = {},
): Promise<Site> {
  const server = await startWebServer((request, response) => {
    const page = pages[request.url ?? ''];
    if (page === undefined) sendText(response, 404, 'no such page');
    else if (typeof page === 'string') sendText(response, 200, page);
    else if (Buffer.isBuffer(page)) sendFile(request, response, page, fields);
    else if ('to' in page) sendText(response, 302, '', { Location: page.to });
    else sendText(response, page.status, 'refused');
  }, tls);
  return { ...server, pages, asked: () => server.requests.map(({ url = '' }) => url) };
}
