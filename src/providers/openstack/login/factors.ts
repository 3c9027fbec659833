import type { Factor, KeystoneLogIn } from './cloud.js';

/** What a log-in sends at once. */
export function factorsOf(login: KeystoneLogIn): readonly Factor[] {
  return login.method === 'multifactor' ? login.factors : [login];
}

/**
 * What it has beside that, for a Keystone that asks for more with a receipt. A passcode is good once, so that one that
 * happens to be there is not spent without need.
 */
export function reserveOf(login: KeystoneLogIn): readonly Factor[] {
  if (login.method !== 'password' || login.passcode === undefined) return [];
  return [{ method: 'totp', user: login.user, passcode: login.passcode }];
}

/** `auth.identity` of POST /v3/auth/tokens (Identity API v3). Holds secrets. */
export function identityOf(factors: readonly Factor[]): object {
  const methods = factors.map(({ method }) => method);
  return { methods, ...Object.fromEntries(factors.map((factor) => [factor.method, proofOf(factor)])) };
}

function proofOf(factor: Factor): unknown {
  switch (factor.method) {
    case 'password':
      return { user: { ...factor.user, password: factor.password.reveal() } };
    case 'totp':
      return { user: { ...factor.user, passcode: factor.passcode.reveal() } };
    case 'token':
      return { id: factor.token.reveal() };
    case 'application_credential':
      return { ...factor.credential, secret: factor.secret.reveal() };
  }
}
