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

/** One proof of who one is, by the names that `auth.identity` of a log-in has for them. */
export type Factor =
  | {
      readonly method: 'password';
      readonly user: OwnedRef;
      readonly password: Secret;
      /** Sent if Keystone asks for a second factor. */
      readonly passcode?: Secret;
    }
  | { readonly method: 'totp'; readonly user: OwnedRef; readonly passcode: Secret }
  | { readonly method: 'token'; readonly token: Secret }
  | {
      readonly method: 'application_credential';
      readonly credential: { readonly id: string } | { readonly name: string; readonly user: OwnedRef };
      readonly secret: Secret;
    };

/** Who an identity provider is asked as, and where (OpenID Connect). */
export interface OidcClient {
  readonly id: string;
  /** Absent for a public client. */
  readonly secret?: Secret;
  /** Before what the discovery document says. */
  readonly tokenEndpoint?: string;
  readonly discovery?: string;
  readonly scope: string;
  /** Which of the tokens of the answer Keystone gets. */
  readonly tokenType: 'access_token' | 'id_token';
}

/** How an identity provider's token is had. */
export type OidcGrant =
  | { readonly method: 'oidc-token'; readonly accessToken: Secret }
  | { readonly method: 'oidc-client'; readonly client: OidcClient }
  | {
      readonly method: 'oidc-password';
      readonly client: OidcClient;
      readonly username: string;
      readonly password: Secret;
    };

interface KeystoneBase {
  readonly authUrl: string;
  /** Absent for an application credential (Keystone refuses one) and where nothing was said. */
  readonly scope?: Scope;
}

/** To Keystone itself. */
export type KeystoneLogIn = KeystoneBase &
  (Factor | { readonly method: 'multifactor'; readonly factors: readonly Factor[] });

/** To Keystone by a token of an identity provider. */
export type FederatedLogIn = KeystoneBase &
  OidcGrant & {
    /** As Keystone calls it. */
    readonly identityProvider: string;
    readonly protocol: string;
  };

export type LogIn =
  | { readonly method: 'none' }
  /** A token for one endpoint, without Keystone (`admin_token`, `token_endpoint`). */
  | { readonly method: 'fixed-token'; readonly token: Secret }
  /** Basic authentication at one endpoint, without Keystone. */
  | { readonly method: 'http-basic'; readonly username: string; readonly password: Secret }
  | KeystoneLogIn
  | FederatedLogIn;

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
