import { AppError } from '../../../core/errors.js';
import type { ProviderPorts } from '../../../core/provider.js';
import { OPENSTACK_CODES } from '../error-codes.js';
import type { KeystoneLogIn } from './cloud.js';
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
}

/** A session of tokens that Keystone issues. Nothing is sent before the first grant(). */
export class KeystoneSession implements Session {
  readonly by = 'token';
  readonly #login: KeystoneLogIn;
  readonly #ports: ProviderPorts;
  readonly #logIns = new SharedLogIn<Held>();
  #held: Held | undefined;
  /** Refusals of fresh grants, one after the other. */
  #refusedFresh = 0;

  constructor(login: KeystoneLogIn, ports: ProviderPorts) {
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
    if (this.#login.method === 'totp') throw spentPasscode();
  }

  async #obtain(replacement: boolean, signal: AbortSignal): Promise<Held> {
    return await this.#logIns.run(async () => {
      const token = await logIn(this.#login, this.#ports, signal);
      const issuedAt = this.#ports.clock.now();
      const renewAt = renewalTime(this.#login, token, issuedAt);
      this.#held = { ...grantOf(token), issuedAt, replacement, renewAt };
      return this.#held;
    }, signal);
  }
}

/** A given token inherits its expiry when it is exchanged, and a passcode is good once: only the others renew ahead. */
function renewalTime(login: KeystoneLogIn, { lifeMs }: Token, issuedAt: number): number {
  const renewable = login.method === 'password' || login.method === 'application_credential';
  if (!renewable || lifeMs === undefined) return Number.POSITIVE_INFINITY;
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
    'asking the image service: the token was rejected, and its passcode worked only once',
    {
      hint: 'run again with a new passcode: the partial download is kept; an application credential does not need one',
    },
  );
}
