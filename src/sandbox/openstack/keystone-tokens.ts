import { randomBytes } from 'node:crypto';
import type { KeystoneProject, KeystoneUser } from './keystone-accounts.js';

export interface Token {
  readonly id: string;
  readonly user: KeystoneUser;
  /** undefined: unscoped. */
  readonly project: KeystoneProject | undefined;
  readonly methods: readonly string[];
  readonly issuedMs: number;
  readonly expiresMs: number;
  readonly applicationCredential: boolean;
}

export interface TokenStore {
  issue(token: Omit<Token, 'id' | 'issuedMs'>): Token;
  /** The token when it is neither revoked, expired nor invented. */
  find(id: string | undefined): Token | undefined;
  revoke(id: string): void;
  revokeAll(): void;
  /** All ever issued, oldest first, revoked ones included. */
  readonly issued: readonly Token[];
}

export function createTokenStore(): TokenStore {
  const live = new Map<string, Token>();
  const issued: Token[] = [];
  return {
    issued,
    issue(facts) {
      // A project-scoped Fernet token has 183 characters.
      const token: Token = { ...facts, id: `gAAAAAB${randomBytes(132).toString('base64url')}`, issuedMs: Date.now() };
      live.set(token.id, token);
      issued.push(token);
      return token;
    },
    find(id) {
      const token = live.get(id ?? '');
      return token !== undefined && token.expiresMs > Date.now() ? token : undefined;
    },
    revoke: (id) => void live.delete(id),
    revokeAll: () => live.clear(),
  };
}
