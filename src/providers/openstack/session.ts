import { AppError } from '../../core/errors.js';
import type { ProviderPorts } from '../../core/provider.js';
import type { Secret } from '../../core/secret.js';
import type { CatalogService } from './answers.js';
import type { Cloud, LogIn } from './cloud.js';
import { OPENSTACK_CODES } from './error-codes.js';
import { logIn, type Token } from './keystone.js';

/** What one request to Glance is authorised by. Told apart by identity: it is what a refusal is about. */
export interface Grant {
  readonly token: Secret | undefined;
  readonly catalog: readonly CatalogService[] | undefined;
  readonly projectId: string | undefined;
}

export interface Session {
  /** What authorises, for `-v`. */
  readonly by: 'token' | 'none';
  /** One that is good for a while yet; logs in when there is none. @throws AppError as keystone.ts's logIn() */
  grant(signal: AbortSignal): Promise<Grant>;
  /**
   * The service answered 401 to `failed`: another one, or the reason why there is none.
   * @throws AppError auth.missing, auth.token, auth.refused, http.unavailable
   */
  renewed(failed: Grant, signal: AbortSignal): Promise<Grant>;
}

/** Renewed this long before the end, or in the last quarter of a shorter life. */
const MARGIN_MS = 300_000;
/** A grant refused within this time of being issued was refused fresh: another log-in will not help. */
const FRESH_MS = 60_000;
/** Glance's own middleware tries Keystone for about 3.5 s before it says 401 (measured on Zed). */
const OUTAGE_WAIT_MS = 5_000;

interface Held extends Grant {
  /** By the monotonic clock. */
  readonly issuedAt: number;
  readonly renewAt: number;
  /** It replaced a refused one. */
  readonly replacement: boolean;
}

/** A session of no credentials at all. */
export function anonymousSession(): Session {
  const grant: Grant = { token: undefined, catalog: undefined, projectId: undefined };
  return {
    by: 'none',
    grant: async () => grant,
    renewed: async () => {
      throw new AppError('auth.missing', 'asking the image service without credentials: it requires them', {
        hint: 'name a cloud with --os-cloud or OS_CLOUD whose image endpoint this is',
      });
    },
  };
}

/** A session of a configured cloud. Nothing is sent before the first grant(). */
export function cloudSession(cloud: Cloud, ports: ProviderPorts): Session {
  switch (cloud.login.method) {
    case 'none':
      return anonymousSession();
    case 'fixed-token':
      return fixedSession(cloud.login.token);
    default:
      return keystoneSession(cloud.login, ports);
  }
}

function fixedSession(token: Secret): Session {
  const grant: Grant = { token, catalog: undefined, projectId: undefined };
  return {
    by: 'token',
    grant: async () => grant,
    renewed: async () => {
      throw new AppError(
        OPENSTACK_CODES['auth.token'],
        'asking the image service: it rejected the given token, which cannot be renewed',
        {
          hint: 'get a new token, or log in with auth_url and a password or an application credential',
        },
      );
    },
  };
}

function keystoneSession(
  login: Exclude<LogIn, { readonly method: 'none' | 'fixed-token' }>,
  ports: ProviderPorts,
): Session {
  let held: Held | undefined;
  let underway: Promise<Held> | undefined;
  /** Keystone said no, and would say it again: an account may be locked after some tries. */
  let refused: AppError | undefined;
  /** Refusals of fresh grants, one after the other. */
  let refusedFresh = 0;

  // A given token inherits its expiry when it is exchanged, and a passcode is good once: only these two renew ahead.
  const renewable = login.method === 'password' || login.method === 'application_credential';

  async function obtain(replacement: boolean, signal: AbortSignal): Promise<Held> {
    if (refused !== undefined) throw refused;
    const token = await logIn(login, ports, signal).catch((error: unknown) => {
      if (error instanceof AppError && error.kind.exit === 'auth') refused = error;
      throw error;
    });
    const issuedAt = ports.clock.now();
    held = { ...grantOf(token), issuedAt, replacement, renewAt: renewalTime(token, issuedAt) };
    return held;
  }

  function renewalTime(token: Token, issuedAt: number): number {
    if (!renewable || token.lifeMs === undefined) return Number.POSITIVE_INFINITY;
    return issuedAt + token.lifeMs - Math.min(MARGIN_MS, token.lifeMs / 4);
  }

  /** One log-in at a time for all who ask. One that died of another caller's signal is not this caller's failure. */
  async function shared(replacement: boolean, signal: AbortSignal): Promise<Held> {
    while (underway !== undefined) {
      try {
        return await underway;
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof AppError) throw error;
      }
    }
    const mine = obtain(replacement, signal).finally(() => {
      if (underway === mine) underway = undefined;
    });
    underway = mine;
    return mine;
  }

  return {
    by: 'token',
    async grant(signal) {
      if (held !== undefined && ports.clock.now() < held.renewAt) return held;
      return shared(false, signal);
    },
    async renewed(failed, signal) {
      // Somebody else has renewed it since: the refusal is about a token that is history.
      if (held !== undefined && held !== failed) return held;
      if (underway === undefined && held !== undefined) {
        const fresh = held.replacement && ports.clock.now() - held.issuedAt < FRESH_MS;
        refusedFresh = fresh ? refusedFresh + 1 : 0;
        if (fresh) {
          // Another identity: the other connections that were refused with it must not count again.
          held = { ...held };
          throw refusedThough(refusedFresh);
        }
        if (login.method === 'totp') throw spentPasscode();
      }
      return shared(true, signal);
    },
  };
}

function grantOf(token: Token): Grant {
  return { token: token.value, catalog: token.catalog, projectId: token.projectId };
}

/**
 * Glance answers 401 also when it cannot ask Keystone. We just could, so the outage would be between the two: worth
 * one more try after a pause, and then an error that says both.
 */
function refusedThough(times: number): AppError {
  const message = 'asking the image service: it rejected a token that Keystone has just issued';
  if (times === 1) {
    return new AppError('http.unavailable', message, {
      hint: 'run again later: Glance also returns 401 while it cannot reach Keystone',
      retryAfterMs: OUTAGE_WAIT_MS,
    });
  }
  return new AppError('auth.refused', message, {
    hint: 'check that auth_url and the image endpoint belong to the same cloud; Glance also returns 401 while it cannot reach Keystone',
  });
}

function spentPasscode(): AppError {
  return new AppError(
    OPENSTACK_CODES['auth.token'],
    'asking the image service: the token was rejected, and its passcode worked only once',
    {
      hint: 'run again with a new passcode: the partial download is kept; an application credential does not need one',
    },
  );
}
