import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface Got {
  readonly status: number;
  readonly reason: string;
  readonly headers: IncomingMessage['headers'];
  /** Header names as they came. */
  readonly names: readonly string[];
  readonly body: Buffer;
  readonly text: string;
  /** The body ended as HTTP says it should. */
  readonly complete: boolean;
}

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly ca?: string;
  /** Give up, with what came until then. */
  readonly timeoutMs?: number;
}

/** One request on a connection of its own; never throws once there is a status line. */
export function get(
  url: string,
  { method = 'GET', headers = {}, body, ca, timeoutMs = 5000 }: Asked = {},
): Promise<Got> {
  return new Promise((resolve, reject) => {
    const options = { method, headers, agent: false as const, ...(ca === undefined ? {} : { ca }) };
    const request = (url.startsWith('https') ? httpsRequest : httpRequest)(url, options, (response) => {
      const chunks: Buffer[] = [];
      const timer = setTimeout(() => response.destroy(), timeoutMs);
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', () => {});
      response.on('close', () => {
        clearTimeout(timer);
        const whole = Buffer.concat(chunks);
        resolve({
          status: response.statusCode ?? 0,
          reason: response.statusMessage ?? '',
          headers: response.headers,
          names: response.rawHeaders.filter((_, index) => index % 2 === 0),
          body: whole,
          text: whole.toString('utf8'),
          complete: response.complete,
        });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

export function basic(login: string, password: string): Readonly<Record<string, string>> {
  return { authorization: `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}` };
}

export const ALICE = basic('alice', 'wonderland');

export const PASSWORD_LOGIN = {
  auth: {
    identity: {
      methods: ['password'],
      password: { user: { name: 'demo', domain: { name: 'Default' }, password: 'demo-pw' } },
    },
    scope: { project: { name: 'demo', domain: { name: 'Default' } } },
  },
};

export function logIn(keystone: string, document: unknown = PASSWORD_LOGIN): Promise<Got> {
  const body = typeof document === 'string' ? document : JSON.stringify(document);
  return get(`${keystone}/auth/tokens`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
}

export async function tokenOf(keystone: string, document: unknown = PASSWORD_LOGIN): Promise<string> {
  return String((await logIn(keystone, document)).headers['x-subject-token']);
}
