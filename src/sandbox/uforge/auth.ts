import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Exchange, header } from '../server/exchange.js';

export interface UforgeAccount {
  readonly login: string;
  readonly password: string;
  readonly publicKey: string;
  readonly secretKey: string;
  /** May read everybody's objects and act as another user: `root\alice` with root's password. */
  readonly supervisor: boolean;
  /** Without it images cannot be listed or read: 403. */
  readonly entitled: boolean;
}

/** The accounts of the sandbox. The keys of alice are those of the published test vectors. */
export const UFORGE_ACCOUNTS: readonly UforgeAccount[] = [
  account('alice', 'wonderland', 'PUBKEY123', 'SECRET456'),
  account('bob', 'builder', 'PUBKEYBOB', 'SECRETBOB'),
  { ...account('carol', 'no-entitlement', 'PUBKEYCAROL', 'SECRETCAROL'), entitled: false },
  { ...account('root', 'welcome', 'PUBKEYROOT', 'SECRETROOT'), supervisor: true },
];

function account(login: string, password: string, publicKey: string, secretKey: string): UforgeAccount {
  return { login, password, publicKey, secretKey, supervisor: false, entitled: true };
}

/** Who asks: the login whose paths are open, and whether all are. */
export interface Caller {
  readonly login: string;
  readonly all: boolean;
  readonly entitled: boolean;
}

export type AuthAnswer =
  | { readonly kind: 'caller'; readonly caller: Caller }
  | { readonly kind: 'none' }
  | { readonly kind: 'wrong' };

/**
 * HMAC-SHA1 over the request target relative to the API base, without leading slash, percent-encoded as sent, up to
 * but without `&signature=`; base64 of the raw 20 bytes.
 */
export function signApiKey(secretKey: string, relativeTarget: string): string {
  return createHmac('sha1', secretKey).update(relativeTarget).digest('base64');
}

function same(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

function byBasic(value: string): AuthAnswer {
  const encoded = /^basic\s+(\S+)$/i.exec(value)?.[1];
  if (encoded === undefined) return { kind: 'wrong' };
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  const [login = '', target] = text.slice(0, colon).split('\\');
  const found = UFORGE_ACCOUNTS.find((entry) => entry.login === login && same(entry.password, text.slice(colon + 1)));
  if (colon < 0 || found === undefined) return { kind: 'wrong' };
  if (target === undefined) return { kind: 'caller', caller: { ...found, all: found.supervisor } };
  const becomes = UFORGE_ACCOUNTS.find((entry) => entry.login === target);
  if (!found.supervisor || becomes === undefined) return { kind: 'wrong' };
  return { kind: 'caller', caller: { ...becomes, all: false } };
}

function bySignature(exchange: Exchange, relativePath: string): AuthAnswer {
  const found = UFORGE_ACCOUNTS.find((entry) => entry.publicKey === exchange.query.get('apiKey'));
  const at = exchange.rawQuery.lastIndexOf('&signature=');
  const signature = exchange.query.get('signature');
  if (found === undefined || at < 0 || signature === null) return { kind: 'wrong' };
  const signed = `${relativePath}?${exchange.rawQuery.slice(0, at)}`;
  if (!same(signApiKey(found.secretKey, signed), signature)) return { kind: 'wrong' };
  return { kind: 'caller', caller: { ...found, all: found.supervisor } };
}

/** @param relativePath the path below the API base without leading slash, percent-encoded as sent. */
export function authenticate(exchange: Exchange, relativePath: string): AuthAnswer {
  const authorization = header(exchange, 'authorization');
  if (authorization !== undefined) return byBasic(authorization);
  if (exchange.query.has('apiKey')) return bySignature(exchange, relativePath);
  return { kind: 'none' };
}
