import { parseHeaders } from '../config/header-file.js';
import type { LoadedSettings } from '../config/layers.js';
import { type Profile, profileOfOrigin } from '../config/profiles.js';
import { readSecretFile } from '../config/secret-file.js';
import { profileSecret, type SecretPorts } from '../config/secrets.js';
import { AppError } from '../core/errors.js';
import { oncePer } from '../core/once.js';
import type { OriginCredentials } from '../core/origin-credentials.js';
import { escapeControls } from '../core/redact.js';
import { Secret } from '../core/secret.js';
import { basic, type CredentialsByOrigin } from './origin-credentials.js';

/**
 * What the profiles have for a plain URL: a header file, or a secret, which is a password where there is a user and a
 * token where there is none. Each is read once in a run.
 * @returns throws AppError config.profile where two profiles are for one origin, usage.missing where a user has no
 *   password, and what reading the secret throws
 */
export function profileCredentials(
  settings: Pick<LoadedSettings, 'profiles' | 'profile'>,
  ports: SecretPorts,
): CredentialsByOrigin {
  const credentialsOf = oncePer((profile: Profile) => credentialsIn(profile, ports));
  return async (url) => {
    const profile = profileOfOrigin(url, settings.profiles, settings.profile);
    return profile === undefined ? undefined : await credentialsOf(profile);
  };
}

async function credentialsIn(profile: Profile, ports: SecretPorts): Promise<OriginCredentials | undefined> {
  const { label: from, headerFile } = profile;
  if (headerFile !== undefined) {
    const { env, uid } = ports;
    const hint = 'make the file yours and run chmod 600 on it';
    const text = await readSecretFile(headerFile, { env, uid, doing: 'reading the headers in', hint });
    return { headers: parseHeaders(text, escapeControls(headerFile)), by: 'own headers', from };
  }
  const secret = await profileSecret('password', profile, ports);
  const user = profile.values.get('user')?.values.at(-1);
  if (secret === undefined) {
    // One without either has other settings for the server.
    if (user === undefined) return undefined;
    throw new AppError('usage.missing', `${from}: it has a user for ${profile.origin}, but no password`, {
      hint: 'add password-file, password-command or password-env to the profile, or remove user',
    });
  }
  if (typeof user === 'string') return basic(user, secret, from);
  return bearer(secret, from);
}

/** RFC 6750 section 2.1. @throws AppError usage.option for what is no token: a password whose user was forgotten, perhaps */
function bearer(token: Secret, from: string): OriginCredentials {
  if (!/^[\x21-\x7e]+$/.test(token.reveal())) {
    throw new AppError('usage.option', `${from}: the secret is no token, and there is no user`, {
      hint: 'add user: LOGIN for a password; a token consists of ASCII characters without spaces',
    });
  }
  return { headers: { authorization: new Secret(`Bearer ${token.reveal()}`) }, by: 'bearer', from };
}
