import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tokenAnswer } from './keystone-fake.js';
import { listening } from './listening.js';
import { imageXml, sample } from './uforge-server.js';
import { xml } from './writings.js';

/** A place in an answer in which a server can say something. */
export interface Place {
  readonly name: string;
  /** @param said text of one line, in ASCII */
  answer(response: ServerResponse, said: string, request: IncomingMessage): void;
}

const TEXT = { 'content-type': 'text/plain' };
const JSON_TYPE = { 'content-type': 'application/json' };

const refusals = [400, 401, 403, 404, 409, 418, 429, 500, 503].map(
  (status): Place => ({
    name: `the text of a ${status}`,
    answer: (response, said) => response.writeHead(status, TEXT).end(said),
  }),
);

/** A header cannot carry every character. */
const inHeader = (said: string): string => said.replace(/[^\x20-\x7e]/g, '?');

export const PLACES: readonly Place[] = [
  ...refusals,
  {
    name: 'JSON of OpenStack',
    answer: (response, said) =>
      response.writeHead(403, JSON_TYPE).end(JSON.stringify({ error: { message: said, code: 403 } })),
  },
  {
    name: 'XML of UForge',
    answer: (response, said) =>
      response
        .writeHead(409, { 'content-type': 'application/xml' })
        .end(
          `<ns0:uforgeError xmlns:ns0="x"><localizedErrorMsg><message>${xml(said)}</message></localizedErrorMsg></ns0:uforgeError>`,
        ),
  },
  {
    name: 'a page',
    answer: (response, said) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end(`<html><title>${xml(said)}</title></html>`),
  },
  {
    name: 'JSON that is none',
    answer: (response, said) => response.writeHead(200, JSON_TYPE).end(`{"name": "${said}", ${said}`),
  },
  {
    name: 'XML that is none',
    answer: (response, said) =>
      response.writeHead(200, { 'content-type': 'application/xml' }).end(`<a b="${said}"><${said}></a>`),
  },
  {
    name: 'the reason phrase',
    answer: (response, said) => response.writeHead(502, inHeader(said), TEXT).end(),
  },
  {
    name: 'a challenge',
    answer: (response, said) =>
      response.writeHead(401, { 'www-authenticate': `Basic realm="${inHeader(said)}"` }).end(),
  },
  {
    name: 'the path of a redirect',
    answer: (response, said, request) =>
      request.url?.startsWith('/led/') === true
        ? response.writeHead(404, TEXT).end(said)
        : response.writeHead(302, { location: `/led/${encodeURIComponent(said)}` }).end(),
  },
  {
    name: 'the query of a redirect',
    answer: (response, said) => response.writeHead(302, { location: `/led?said=${encodeURIComponent(said)}` }).end(),
  },
  {
    name: 'a redirect to nowhere',
    answer: (response, said) => response.writeHead(302, { location: `ftp://host/${inHeader(said)}` }).end(),
  },
  {
    name: 'a redirect that is no URL',
    answer: (response, said) => response.writeHead(302, { location: `http://[${inHeader(said)}` }).end(),
  },
  {
    name: 'a cookie',
    answer: (response, said, request) =>
      response
        .writeHead(302, { location: request.url ?? '/', 'set-cookie': `session=${encodeURIComponent(said)}` })
        .end(said),
  },
  {
    name: 'the name of a coding',
    answer: (response, said) => response.writeHead(200, { 'content-encoding': inHeader(said) }).end('x'),
  },
  {
    name: 'the type of a body',
    answer: (response, said) => response.writeHead(200, { 'content-type': inHeader(said) }).end(said),
  },
  {
    name: 'a body that ends early',
    answer(response, said) {
      response.writeHead(500, { ...TEXT, 'content-length': 9_999 });
      response.write(said, () => response.destroy());
    },
  },
  {
    name: 'what is no HTTP',
    answer: (response, said) => void response.socket?.end(`${said}\r\n\r\n`),
  },
];

export interface Mirror {
  readonly origin: string;
  /** What a request is answered with; undefined: as a sound server would. */
  echo: (path: string, nth: number) => { readonly place: Place; readonly said: string } | undefined;
  /** The token that Keystone hands out, and the receipt that it asks for more with; undefined: it does not. */
  token: string;
  receipt: string | undefined;
  /** The key in the facts of an image of UForge. */
  key: string;
  close(): Promise<void>;
}

/** UForge below /api, Keystone at /v3, an identity provider at /idp, Glance at /glance, files, and a proxy for them. */
export async function startMirror(): Promise<Mirror> {
  let asked = 0;
  const server = createServer((request, response) => {
    request.resume();
    response.on('error', () => {});
    const path = new URL(request.url ?? '/', 'http://mirror').pathname;
    asked += 1;
    const echo = self.echo(path, asked);
    if (echo === undefined) sound(self, path, response);
    else echo.place.answer(response, echo.said, request);
  });
  const { port, close } = await listening(server);
  const self: Mirror = {
    origin: `http://127.0.0.1:${port}`,
    echo: () => undefined,
    token: 'a-token-of-keystone',
    receipt: undefined,
    key: 'a-key-of-uforge',
    close,
  };
  return self;
}

function sound(mirror: Mirror, path: string, response: ServerResponse): void {
  const { origin, token, receipt, key } = mirror;
  if (path === '/idp/token') {
    response.writeHead(200, JSON_TYPE).end(JSON.stringify({ access_token: token }));
  } else if (path === '/v3/auth/tokens' && receipt !== undefined) {
    mirror.receipt = undefined;
    const more = { receipt: {}, required_auth_methods: [['password', 'totp']] };
    response.writeHead(401, { ...JSON_TYPE, 'openstack-auth-receipt': receipt }).end(JSON.stringify(more));
  } else if (path.startsWith('/v3/')) {
    const { status, headers, json } = tokenAnswer(token, `${origin}/glance`);
    response.writeHead(status, headers).end(JSON.stringify(json));
  } else if (path.startsWith('/glance/')) {
    const image = { id: IMAGE, name: 'i', status: 'active', size: 9, disk_format: 'raw', container_format: 'bare' };
    response.writeHead(200, JSON_TYPE).end(JSON.stringify(path.endsWith(IMAGE) ? image : { images: [image] }));
  } else if (path.startsWith('/api/')) {
    const below = path.slice('/api/'.length);
    const facts = {
      ...sample('1', xml(key), below),
      ...{ md5sum: undefined, fileSize: '9', name: 'i' },
      downloadUri: `${below}/downloads/i.gz?downloadId=${encodeURIComponent(key)}`,
    };
    response.writeHead(200, { 'content-type': 'application/xml' }).end(imageXml(facts));
  } else {
    response.writeHead(200, { 'content-type': 'application/octet-stream' }).end('123456789');
  }
}

export const IMAGE = 'b7c10000-0000-4000-8000-000000000001';
