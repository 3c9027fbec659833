import type { LoadedSettings } from '../config/layers.js';
import { type Profile, profileOfOrigin } from '../config/profiles.js';
import { profileSecret, type SecretPorts } from '../config/secrets.js';
import { oncePer } from '../core/once.js';
import type { OriginCredentials } from '../core/provider.js';

/** The keys of a profile that make credentials for plain URLs, beside its secret. */
const HEADER_FILE = 'header-file';
const USER = 'user';

/**
 * What the profiles have for a plain URL: with a user the secret is a password, without one it is a token.
 * @returns undefined where no profile is for the origin, or the one that is has no credentials
 * @throws AppError config.profile where two profiles are for the origin; what reading the secret throws
 */
export function originCredentialsOf(
  settings: Pick<LoadedSettings, 'profiles' | 'profile'>,
  ports: SecretPorts,
): (url: URL) => Promise<OriginCredentials | undefined> {
  // A command is asked, and stdin read, once for all images.
  const credentialsOf = oncePer((profile: Profile) => credentialsIn(profile, ports));
  return async (url) => {
    const profile = profileOfOrigin(url, settings.profiles, settings.profile);
    return profile === undefined ? undefined : await credentialsOf(profile);
  };
}

async function credentialsIn(profile: Profile, ports: SecretPorts): Promise<OriginCredentials | undefined> {
  const from = profile.label;
  const text = (key: string): string | undefined => {
    const value = profile.values.get(key)?.values.at(-1);
    return typeof value === 'string' ? value : undefined;
  };
  const file = text(HEADER_FILE);
  if (file !== undefined) return { kind: 'headers', file, from };
  const secret = await profileSecret('password', profile, ports);
  if (secret === undefined) return undefined;
  const user = text(USER);
  return user === undefined ? { kind: 'bearer', token: secret, from } : { kind: 'basic', user, password: secret, from };
}
