import type { Secret } from '../../../core/secret.js';
import { type Origin, variableOf } from './description.js';

/** A domain, project or user as Keystone's requests name them: by id, or by name inside a domain. */
export type DomainRef = { readonly id: string } | { readonly name: string };
export type OwnedRef = { readonly id: string } | { readonly name: string; readonly domain: DomainRef };

/** What the token shall be good for, in the words of `auth.scope` (Identity v3, POST /v3/auth/tokens). */
export type Scope =
  | { readonly project: OwnedRef }
  | { readonly domain: DomainRef }
  | { readonly system: { readonly all: true } }
  | { readonly 'OS-TRUST:trust': { readonly id: string } };

export type LogIn =
  | { readonly method: 'none' }
  /** A token for one endpoint, without Keystone (`admin_token`, `token_endpoint`). */
  | { readonly method: 'fixed-token'; readonly token: Secret }
  | (KeystoneBase & { readonly method: 'password'; readonly user: OwnedRef; readonly password: Secret })
  | (KeystoneBase & { readonly method: 'totp'; readonly user: OwnedRef; readonly passcode: Secret })
  | (KeystoneBase & { readonly method: 'token'; readonly token: Secret })
  | (KeystoneBase & {
      readonly method: 'application_credential';
      readonly credential: { readonly id: string } | { readonly name: string; readonly user: OwnedRef };
      readonly secret: Secret;
    });

interface KeystoneBase {
  readonly authUrl: string;
  /** Absent for an application credential (Keystone refuses one) and where nothing was said. */
  readonly scope?: Scope;
}

export type KeystoneLogIn = Extract<LogIn, KeystoneBase>;

/** A cloud, ready to be logged in to. */
export interface Cloud {
  /** For messages. */
  readonly where: string;
  readonly from: Origin;
  readonly login: LogIn;
  readonly region?: string;
  /** The regions that the description speaks of itself: what it says of endpoints is about these. */
  readonly regions: readonly string[];
  /** In order of preference. */
  readonly interfaces: readonly string[];
  /** Used instead of the catalog's. */
  readonly imageEndpoint?: string;
}

/** The cloud in a sentence about what it is, not about how it is described. */
export function named(cloud: Cloud): string {
  return cloud.from === 'environment' ? 'the cloud' : cloud.where;
}

/** A key as the user has to write it where this cloud is described. */
export function spelt(cloud: Cloud, key: string): string {
  return cloud.from === 'environment' ? variableOf(key) : key;
}
