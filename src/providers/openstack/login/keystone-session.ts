import { AppError } from '../../../core/errors.js';
import type { ProviderPorts } from '../../../core/provider.js';
import type { Secret } from '../../../core/secret.js';
import { OPENSTACK_CODES } from '../error-codes.js';
import type { FederatedLogIn, KeystoneLogIn } from './cloud.js';
import { federatedLogIn } from './federated.js';
import { logIn, type Token } from './keystone.js';
import type { Grant, Session } from './session.js';
import { SharedLogIn } from './shared-log-in.js';

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
  /** The log-in that it is from works no second time. */
  readonly spent: boolean;
}

type LogIn = KeystoneLogIn | FederatedLogIn;

/** A session of tokens that Keystone issues. Nothing is sent before the first grant(). */
export class KeystoneSession implements Session {
  readonly by = 'token';
  readonly #login: LogIn;
  readonly #ports: ProviderPorts;
  readonly #logIns = new SharedLogIn<Held>();
  #held: Held | undefined;
  /** Refusals of fresh grants, one after the other. */
  #refusedFresh = 0;

  constructor(login: LogIn, ports: ProviderPorts) {
    this.#login = login;
    this.#ports = ports;
  }

  async grant(signal: AbortSignal): Promise<Grant> {
    const held = this.#held;
    if (held !== undefined && this.#ports.clock.now() < held.renewAt) return held;
    return await this.#obtain(false, signal);
  }

  async renewed(failed: Grant, signal: AbortSignal): Promise<Grant> {
    const held = this.#held;
    // Somebody else has renewed it since: the refusal is about a token that is history.
    if (held !== undefined && held !== failed) return held;
    if (held !== undefined && !this.#logIns.underway) this.#refuseIfFresh(held);
    return await this.#obtain(true, signal);
  }

  /** @throws AppError where another log-in would not help */
  #refuseIfFresh(held: Held): void {
    const fresh = held.replacement && this.#ports.clock.now() - held.issuedAt < FRESH_MS;
    this.#refusedFresh = fresh ? this.#refusedFresh + 1 : 0;
    if (fresh) {
      // Another identity: the other connections that were refused with it must not count again.
      this.#held = { ...held };
      throw refusedThough(this.#refusedFresh);
    }
  }

  async #obtain(replacement: boolean, signal: AbortSignal): Promise<Held> {
    return await this.#logIns.run(async () => {
      const { token, spent } = await this.#logIn(signal);
      const issuedAt = this.#ports.clock.now();
      const renewAt = spent ? Number.POSITIVE_INFINITY : renewalTime(this.#login, token, issuedAt);
      this.#held = { ...grantOf(token), issuedAt, replacement, renewAt, spent };
      return this.#held;
    }, signal);
  }

  async #logIn(signal: AbortSignal): Promise<{ readonly token: Token; readonly spent: boolean }> {
    const login = this.#login;
    const held = this.#held;
    if (held?.spent === true && held.token !== undefined) {
      return { token: await this.#exchange(held.token, signal), spent: true };
    }
    const token = isFederated(login)
      ? await federatedLogIn(login, this.#ports, signal)
      : await logIn(login, this.#ports, signal);
    return { token, spent: token.spent === true };
  }

  /** Another token for the old one, as long as that lives: it inherits its end. @throws AppError auth.token */
  async #exchange(token: Secret, signal: AbortSignal): Promise<Token> {
    const { authUrl, scope } = this.#login;
    try {
      return await logIn({ method: 'token', authUrl, token, ...(scope && { scope }) }, this.#ports, signal);
    } catch (error) {
      if (error instanceof AppError && error.kind.exit === 'auth') throw spentPasscode();
      throw error;
    }
  }
}

function isFederated(login: LogIn): login is FederatedLogIn {
  return 'identityProvider' in login;
}

/** A given token inherits its expiry when it is exchanged, and is the same again where it is not: no use ahead of that. */
function renewalTime({ method }: LogIn, { lifeMs }: Token, issuedAt: number): number {
  if (method === 'token' || method === 'oidc-token' || lifeMs === undefined) return Number.POSITIVE_INFINITY;
  return issuedAt + lifeMs - Math.min(MARGIN_MS, lifeMs / 4);
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
    'asking the image service: the token has expired or was revoked, and the passcode it was issued for works only once',
    {
      hint: 'run again with a new passcode; the partial download is kept. An application credential does not need a passcode',
    },
  );
}
