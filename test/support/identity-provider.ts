import { createServer } from 'node:http';
import { listening } from './listening.js';

/** An OpenID Connect provider on loopback, with one client and one user. */
export interface IdentityProvider {
  readonly discovery: string;
  readonly client: { readonly id: string; readonly secret: string };
  readonly user: { readonly name: string; readonly password: string };
  /** Bodies of the token requests. */
  readonly forms: readonly string[];
  close(): Promise<void>;
}

/** Its access tokens are those that the Keystone of the tests takes: `idp-token-of-NAME`. */
export async function startIdentityProvider(): Promise<IdentityProvider> {
  const client = { id: 'imgdl-cli', secret: 'client-canary+%~' };
  const user = { name: 'ada', password: 'idp-canary &=' };
  const forms: string[] = [];
  let origin = '';
  const server = createServer((request, response) => {
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.url === '/realms/lab/.well-known/openid-configuration') {
        answer(200, { issuer: origin, token_endpoint: `${origin}/realms/lab/token` });
        return;
      }
      const form = new URLSearchParams(Buffer.concat(chunks).toString());
      forms.push(form.toString());
      const pair = Buffer.from((request.headers.authorization ?? '').replace('Basic ', ''), 'base64').toString();
      const [id, secret] = pair.split(':').map(decodeURIComponent);
      if (id !== client.id || secret !== client.secret) {
        answer(401, { error: 'invalid_client', error_description: 'Invalid client credentials' });
        return;
      }
      const byUser = form.get('grant_type') === 'password';
      if (byUser && (form.get('username') !== user.name || form.get('password') !== user.password)) {
        answer(400, { error: 'invalid_grant', error_description: 'Invalid user credentials' });
        return;
      }
      answer(200, { access_token: `idp-token-of-${byUser ? user.name : client.id}`, token_type: 'Bearer' });
    });
  });
  const { port, close } = await listening(server);
  origin = `http://127.0.0.1:${port}`;
  return { discovery: `${origin}/realms/lab/.well-known/openid-configuration`, client, user, forms, close };
}
