import { randomBytes } from 'node:crypto';
import { type Exchange, header, type Route, reply } from '../server/exchange.js';
import {
  APPLICATION_CREDENTIAL,
  DOMAIN,
  type KeystoneProject,
  type KeystoneUser,
  PROJECTS,
  USERS,
} from './keystone-accounts.js';
import { catalogOf, type KeystoneParts } from './keystone-catalog.js';
import type { Token } from './keystone-tokens.js';
import { pythonJson } from './python-json.js';

const NOT_AUTHENTICATED =
  '{"error":{"code":401,"message":"The request you have made requires authentication.","title":"Unauthorized"}}\n';
const SCOPE_WITH_CREDENTIAL =
  '{"error":{"code":401,"identity":{},"message":"Error authenticating with application credential: Application ' +
  'credentials cannot request a scope.","title":"Unauthorized"}}\n';
const INVALID_TOKEN = '{"error":{"code":404,"message":"Failed to validate token","title":"Not Found"}}\n';
const NOT_JSON =
  '{"error":{"code":400,"message":"Expecting to find valid JSON in request body. The server could not comply with ' +
  'the request since it is either malformed or otherwise incorrect. The client is assumed to be in error.",' +
  '"title":"Bad Request"}}\n';

type Json = Readonly<Record<string, unknown>>;

function member(value: unknown, ...path: readonly string[]): unknown {
  let at = value;
  for (const name of path) at = typeof at === 'object' && at !== null ? (at as Json)[name] : undefined;
  return at;
}

const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  201: 'CREATED',
  204: 'NO CONTENT',
  300: 'MULTIPLE CHOICES',
  400: 'BAD REQUEST',
  401: 'UNAUTHORIZED',
  404: 'NOT FOUND',
};

interface KeystoneAnswer {
  readonly status: number;
  readonly body: string;
  readonly extra?: Readonly<Record<string, string>>;
}

function send(exchange: Exchange, { status, body, extra = {} }: KeystoneAnswer): void {
  const requestId = `req-${randomBytes(4).toString('hex')}-sandbox`;
  reply(exchange, {
    status,
    reason: REASONS[status] ?? '',
    headers: {
      'Content-Type': 'application/json',
      ...extra,
      Vary: 'X-Auth-Token',
      'x-openstack-request-id': requestId,
      Connection: 'close',
    },
    body,
  });
}

function inDomain(domain: unknown): boolean {
  return member(domain, 'id') === DOMAIN.id || member(domain, 'name') === DOMAIN.name;
}

function findUser(facts: unknown): KeystoneUser | undefined {
  const id = member(facts, 'id');
  if (id !== undefined) return USERS.find((user) => user.id === id);
  return USERS.find((user) => user.name === member(facts, 'name') && inDomain(member(facts, 'domain')));
}

function findProject(scope: unknown): KeystoneProject | undefined {
  const facts = member(scope, 'project');
  const id = member(facts, 'id');
  if (id !== undefined) return PROJECTS.find((project) => project.id === id);
  return PROJECTS.find((project) => project.name === member(facts, 'name') && inDomain(member(facts, 'domain')));
}

const iso = (ms: number): string => new Date(ms).toISOString().replace('Z', '000Z');

function tokenBody(parts: KeystoneParts, exchange: Exchange, token: Token): string {
  const { user, project } = token;
  const roles = user.admin ? ['admin', 'member', 'reader'] : ['member', 'reader'];
  const scoped = project !== undefined;
  const { id, name } = APPLICATION_CREDENTIAL;
  return pythonJson({
    token: {
      methods: token.methods,
      user: { domain: DOMAIN, id: user.id, name: user.name, password_expires_at: null },
      audit_ids: [randomBytes(16).toString('base64url')],
      expires_at: iso(token.expiresMs),
      issued_at: iso(token.issuedMs),
      project: scoped ? { domain: DOMAIN, id: project.id, name: project.name } : undefined,
      is_domain: scoped ? false : undefined,
      roles: scoped
        ? roles.map((role) => ({ id: Buffer.from(role.padEnd(16)).toString('hex'), name: role }))
        : undefined,
      catalog: scoped && !exchange.query.has('nocatalog') ? catalogOf(parts, exchange) : undefined,
      application_credential: token.applicationCredential ? { id, name, restricted: true } : undefined,
    },
  });
}

/** Who logs in: the user, or the status and text of the refusal. */
type Login =
  | { readonly user: KeystoneUser; readonly methods: readonly string[]; readonly expiresMs?: number }
  | { readonly status: number; readonly body: string };

const REFUSED: Login = { status: 401, body: NOT_AUTHENTICATED };

function identify(parts: KeystoneParts, identity: unknown): Login {
  const methods = member(identity, 'methods');
  const method = Array.isArray(methods) && methods.length === 1 ? methods[0] : undefined;
  if (method === 'password') {
    const facts = member(identity, 'password', 'user');
    const user = findUser(facts);
    return user !== undefined && user.password === member(facts, 'password')
      ? { user, methods: ['password'] }
      : REFUSED;
  }
  if (method === 'token') {
    const old = parts.tokens.find(String(member(identity, 'token', 'id')));
    if (old === undefined) return { status: 404, body: INVALID_TOKEN };
    // A token made of a token does not live longer.
    return { user: old.user, methods: ['token', ...old.methods], expiresMs: old.expiresMs };
  }
  if (method === 'application_credential') {
    const facts = member(identity, 'application_credential');
    const { id, name, secret, user: owner } = APPLICATION_CREDENTIAL;
    const named = member(facts, 'name') === name && findUser(member(facts, 'user'))?.name === owner;
    const user = USERS.find((candidate) => candidate.name === owner);
    const right = (member(facts, 'id') === id || named) && member(facts, 'secret') === secret;
    return right && user !== undefined ? { user, methods: ['application_credential'] } : REFUSED;
  }
  return REFUSED;
}

function logIn(parts: KeystoneParts, exchange: Exchange): KeystoneAnswer {
  const extra = { 'WWW-Authenticate': `Keystone uri="${parts.origin()}${parts.base}/v3"` };
  let body: unknown;
  try {
    body = JSON.parse(exchange.log.body);
  } catch {
    return { status: 400, body: NOT_JSON };
  }
  const identity = member(body, 'auth', 'identity');
  if (identity === undefined) {
    const message = `'identity' is a required property\n\nFailed validating 'required' in schema:\n${' '.repeat(3200)}`;
    return { status: 400, body: `${JSON.stringify({ error: { code: 400, message, title: 'Bad Request' } })}\n` };
  }
  const login = identify(parts, identity);
  if ('status' in login) return login.status === 401 ? { ...login, extra } : login;
  const scope = member(body, 'auth', 'scope');
  const byCredential = login.methods[0] === 'application_credential';
  if (byCredential && scope !== undefined) return { status: 401, body: SCOPE_WITH_CREDENTIAL, extra };
  const own = PROJECTS.find(({ name }) => name === APPLICATION_CREDENTIAL.project);
  const project = byCredential ? own : findProject(scope);
  const allowed = project !== undefined && login.user.projects.includes(project.name);
  if (scope !== undefined && !allowed) return { status: 401, body: NOT_AUTHENTICATED, extra };
  const token = parts.tokens.issue({
    user: login.user,
    project,
    methods: login.methods,
    expiresMs: login.expiresMs ?? Date.now() + exchange.modes.get('tokenLifeMs'),
    applicationCredential: byCredential,
  });
  return { status: 201, body: tokenBody(parts, exchange, token), extra: { 'X-Subject-Token': token.id } };
}

function versions(parts: KeystoneParts, one: boolean): KeystoneAnswer {
  const href = `${parts.origin()}${parts.base}/v3/`;
  const version = {
    id: 'v3.14',
    status: 'stable',
    updated: '2020-04-07T00:00:00Z',
    links: [{ rel: 'self', href }],
    'media-types': [{ base: 'application/json', type: 'application/vnd.openstack.identity-v3+json' }],
  };
  if (one) return { status: 200, body: pythonJson({ version }) };
  return { status: 300, body: pythonJson({ versions: { values: [version] } }), extra: { Location: href } };
}

/** Validates (GET) or revokes (DELETE) the token in X-Subject-Token. */
function manageToken(parts: KeystoneParts, exchange: Exchange): KeystoneAnswer {
  const subject = header(exchange, 'x-subject-token') ?? '';
  const found = parts.tokens.find(subject);
  if (parts.tokens.find(header(exchange, 'x-auth-token')) === undefined) {
    return { status: 401, body: NOT_AUTHENTICATED };
  }
  if (found === undefined) return { status: 404, body: INVALID_TOKEN };
  if (exchange.log.method !== 'DELETE') {
    return { status: 200, body: tokenBody(parts, exchange, found), extra: { 'X-Subject-Token': subject } };
  }
  parts.tokens.revoke(subject);
  return { status: 204, body: '' };
}

const PAGE_NOT_FOUND = `<!doctype html>
<html lang=en>
<title>404 Not Found</title>
<h1>Not Found</h1>
<p>The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.</p>
`;

function answer(parts: KeystoneParts, exchange: Exchange, path: string): KeystoneAnswer {
  if (path === '') return versions(parts, false);
  if (path === 'v3') return versions(parts, true);
  if (path === 'v3/auth/tokens') {
    return exchange.log.method === 'POST' ? logIn(parts, exchange) : manageToken(parts, exchange);
  }
  if (path === 'v3/auth/catalog' && parts.tokens.find(header(exchange, 'x-auth-token')) !== undefined) {
    return { status: 200, body: pythonJson({ catalog: catalogOf(parts, exchange) }) };
  }
  return { status: 404, body: PAGE_NOT_FOUND, extra: { 'Content-Type': 'text/html; charset=utf-8' } };
}

/** Identity v3 as far as a downloader meets it. */
export function createKeystone(parts: KeystoneParts): Route {
  return async (exchange) => {
    if (exchange.path !== parts.base && !exchange.path.startsWith(`${parts.base}/`)) return false;
    send(exchange, answer(parts, exchange, exchange.path.slice(parts.base.length).replace(/^\/+|\/+$/g, '')));
    return true;
  };
}
