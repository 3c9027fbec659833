import { AppError } from '../../../core/errors.js';
import { escapeControls } from '../../../core/redact.js';
import { OPENSTACK_CODES } from '../error-codes.js';
import type { InRegion } from './cloud-regions.js';

/** What describes a cloud: the OS_* variables, a file of the user's, or a clouds.yaml of the current directory. */
export type Origin = 'environment' | 'own' | 'here';

/** A cloud as it is described, in one of its regions, with all that may be joined to it. */
export interface Description extends InRegion {
  /** For messages: `cloud "lab"`, `the OS_* variables`. */
  readonly where: string;
  readonly from: Origin;
  /** The clouds.yaml. */
  readonly path?: string;
  /** That names the cloud, and may have its secret; variables do not count then. */
  readonly profile?: string;
  /** Variables that are set and do not count here. */
  readonly ignored: readonly string[];
}

/** The text of a key. @throws AppError config.cloud that says what is missing */
export type Need = (key: string, what: string) => string;

/** `OS_AUTH_URL` */
export function variableOf(key: string): string {
  return `OS_${key.toUpperCase()}`;
}

/**
 * Something is not described. The hint names only places that would count: one that is full already and does not count
 * would send the user in a circle.
 * @param keys one of them is needed
 * @param joined it may come from the environment although a file describes the cloud
 */
export function missing(description: Description, what: string, keys: readonly string[], joined = false): AppError {
  const { where, from, path = 'clouds.yaml', profile, ignored } = description;
  const variables = keys.map(variableOf);
  const idle = variables.filter((name) => ignored.includes(name));
  const file = `set ${keys.join(' or ')} in ${escapeControls(path)}`;
  const besides =
    profile === undefined
      ? `as ${variables.join(' or ')} in the environment`
      : `with password-file, password-command or password-env in ${profile}`;
  const hints: Readonly<Record<Origin, string>> = {
    environment: `set ${variables.join(' or ')}`,
    own: joined ? `${file}, in secure.yaml, or ${besides}` : file,
    here: `${file}, or move the cloud to ~/.config/openstack/clouds.yaml: neither variables nor secure.yaml are joined to a clouds.yaml in the current directory`,
  };
  const unused = idle.length === 0 ? '' : `, and ${idle.join(' and ')} in the environment is not used for it`;
  return new AppError(OPENSTACK_CODES['config.cloud'], `${where}: ${what} is missing${unused}`, { hint: hints[from] });
}
