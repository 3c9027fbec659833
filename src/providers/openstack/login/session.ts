import type { Secret } from '../../../core/secret.js';
import type { CatalogService } from '../answers.js';

/** What one request to Glance is authorised by. Told apart by identity: it is what a refusal is about. */
export interface Grant {
  readonly token: Secret | undefined;
  /** Instead of a token, where there is no Keystone. */
  readonly authorization?: Secret;
  readonly catalog: readonly CatalogService[] | undefined;
  readonly projectId: string | undefined;
}

export interface Session {
  /** What authorises, for `-v`. */
  readonly by: 'token' | 'basic' | 'none';
  /** One that is good for a while yet; logs in when there is none. @throws AppError as keystone.ts's logIn() */
  grant(signal: AbortSignal): Promise<Grant>;
  /**
   * The service answered 401 to `failed`: another one, or the reason why there is none.
   * @throws AppError auth.missing, auth.token, auth.refused, http.unavailable
   */
  renewed(failed: Grant, signal: AbortSignal): Promise<Grant>;
}
