import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tokenAnswer } from './keystone-fake.js';
import { listening } from './listening.js';
import { imageXml, sample } from './uforge-server.js';

/** A refusal that says more than it should. */
export interface Echo {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

export interface EchoServer {
  readonly origin: string;
  /** What a request for an image is answered with, by its number; undefined: as a sound server would. */
  refuse: (place: 'log-in' | 'facts' | 'data', image: number, request: IncomingMessage) => Echo | undefined;
  /** Bytes of data that are sent before the connection is cut, by the number of the image; undefined: all. */
  cutAt: (image: number) => number | undefined;
  /** The token that Keystone hands out. */
  token: string;
  close(): Promise<void>;
}

export const SIZE = 40_000;

/** The one-time key in the facts of an image of UForge. */
export const keyOf = (image: number): string => `otk+CANARY/${image}&7Qx9=`;
export const uuidOf = (image: number): string => `b7c10000-0000-4000-8000-${String(image).padStart(12, '0')}`;

/** UForge below /api, Keystone at /v3, Glance at /glance, files at /files, and a proxy for all of it. */
export async function startEchoServer(): Promise<EchoServer> {
  const server = createServer((request, response) => answer(self, request, response));
  const { port, close } = await listening(server);
  const self: EchoServer = {
    origin: `http://127.0.0.1:${port}`,
    refuse: () => undefined,
    cutAt: () => undefined,
    token: 'none',
    close,
  };
  return self;
}

function answer(self: EchoServer, request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  const { pathname } = new URL(request.url ?? '/', self.origin);
  const uforge = /^\/api\/users\/alice\/appliances\/747\/images\/(\d+)(\/downloads)?/.exec(pathname);
  const glance = /^\/glance\/v2\/images\/b7c10000-0000-4000-8000-(\d{12})(\/file)?$/.exec(pathname);
  const file = /^\/files\/(\d+)$/.exec(pathname);
  const image = Number((uforge ?? glance ?? file)?.[1] ?? 0);
  const isData = file !== null || (uforge ?? glance)?.[2] !== undefined;
  const echo = self.refuse(pathname === '/v3/auth/tokens' ? 'log-in' : isData ? 'data' : 'facts', image, request);
  if (echo !== undefined) {
    response.writeHead(echo.status, { 'content-type': echo.type }).end(echo.body);
  } else if (isData) {
    response.writeHead(200, { 'content-length': SIZE, 'content-type': 'application/octet-stream' });
    const cut = self.cutAt(image);
    response.write(Buffer.alloc(cut ?? SIZE, 7), () => (cut === undefined ? response.end() : response.destroy()));
  } else if (pathname === '/v3/auth/tokens') {
    const { status, headers, json } = tokenAnswer(self.token, `${self.origin}/glance`);
    response.writeHead(status, headers).end(JSON.stringify(json));
  } else if (glance !== null) {
    const record = { id: uuidOf(image), name: `i${image}`, status: 'active', size: SIZE, disk_format: 'raw' };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(record));
  } else {
    const key = keyOf(image);
    const path = pathname.slice('/api/'.length);
    const facts = {
      ...sample(String(image), key.replaceAll('&', '&amp;'), path),
      ...{ md5sum: undefined, fileSize: String(SIZE), name: `i${image}` },
      downloadUri: `${path}/downloads/i${image}.gz?downloadId=${encodeURIComponent(key)}`,
    };
    response.writeHead(200, { 'content-type': 'application/xml' }).end(imageXml(facts));
  }
}
