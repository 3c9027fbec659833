import { resolve } from 'node:path';
import { AppError, isAppError } from '../../../core/errors.js';
import type { TlsSettings } from '../../../core/provider.js';
import { quoteForeign } from '../../../core/redact.js';
import { OPENSTACK_CODES } from '../error-codes.js';
import { OS_CLOUD, OS_REGION } from '../options.js';
import type { Cloud } from './cloud.js';
import type { CloudPorts } from './cloud-files.js';
import { CLOUD_KEYS } from './cloud-keys.js';
import { inRegion } from './cloud-regions.js';
import { tlsOf } from './cloud-tls.js';
import { type CloudValues, normalValues } from './cloud-values.js';
import { findCloud, type NamedCloud, soleCloud, unknownCloud } from './clouds-yaml.js';
import { cloudOf } from './described-cloud.js';
import { methodOf, secretsOf } from './described-log-in.js';
import { type Description, variableOf } from './description.js';

/** Those that say that somebody means to log in by the environment. */
const INTENT = ['auth_url', 'username', 'user_id', 'token', 'application_credential_id', 'application_credential_name'];

/** What the environment adds to a named cloud where its description is silent. */
const AMBIENT = ['interface', 'cacert'];

/**
 * The cloud to use: named by --os-cloud or OS_CLOUD; else the OS_* variables; else the only one of clouds.yaml.
 * Undefined when there is none of these. Beside a profile only its cloud, or that of the flag, counts.
 * @throws AppError config.cloud, config.read, usage.missing, not-found.region
 */
export async function configuredCloud(ports: CloudPorts): Promise<Cloud | undefined> {
  sayIgnored(ports);
  const cloud = await describedCloud(ports);
  if (cloud === undefined) return undefined;
  const variables = CLOUD_KEYS.map((key) => `OS_${key.toUpperCase()}`).filter((name) => ports.env.has(name));
  ports.note(`using ${cloud.where}${cloud.from === 'environment' ? `: ${variables.join(', ')}` : ''}`);
  return cloudOf(cloud);
}

/** @throws AppError usage.missing where configuredCloud() is undefined */
export function noCloud({ profile }: Pick<CloudPorts, 'profile'>): AppError {
  return new AppError('usage.missing', 'looking for the cloud to log in to: none is configured', {
    hint:
      profile === undefined
        ? 'name one from clouds.yaml with --os-cloud or OS_CLOUD, or set OS_AUTH_URL, OS_USERNAME, OS_PASSWORD, OS_PROJECT_NAME'
        : `name one from clouds.yaml with --os-cloud, or add os-cloud to ${profile}`,
  });
}

function sayIgnored({ profile, env, settings, warn }: CloudPorts): void {
  if (profile === undefined || isEnvironment(settings.get(OS_CLOUD) ?? '', { env })) return;
  const ignored = CLOUD_KEYS.map(variableOf).filter((name) => env.has(name) && name !== variableOf('region_name'));
  if (ignored.length === 0) return;
  warn({
    code: 'openstack.environment',
    message: `${profile} is complete in itself; ignored: ${ignored.join(', ')}`,
  });
}

/**
 * TLS settings of the configured cloud, for the transport, which is made before any source. Paths are absolute.
 * Silent: what is wrong with the description is said when the source is made.
 */
export async function cloudTls(ports: Omit<CloudPorts, 'warn' | 'note'>): Promise<TlsSettings> {
  try {
    const { settings, env, home, cwd, profile } = ports;
    const readFile: CloudPorts['readFile'] = (path, named) => ports.readFile(path, named);
    const own = profile === undefined ? {} : { profile };
    const cloud = await describedCloud({ settings, env, home, cwd, readFile, warn() {}, note() {}, ...own });
    if (cloud === undefined) return {};
    const { cacert, insecure, cert, key } = tlsOf(cloud.values, cloud.where);
    const absolute = (path: string) => resolve(ports.cwd, path.replace(/^~(?=\/|$)/, ports.home));
    return {
      ...(cacert === undefined ? {} : { cacert: absolute(cacert) }),
      ...(insecure === undefined ? {} : { insecure }),
      ...(cert === undefined ? {} : { cert: absolute(cert) }),
      ...(key === undefined ? {} : { key: absolute(key) }),
    };
  } catch (error) {
    if (isAppError(error)) return {};
    throw error;
  }
}

async function describedCloud(ports: CloudPorts): Promise<Description | undefined> {
  const name = ports.settings.get(OS_CLOUD);
  if (ports.profile !== undefined) return name === undefined ? undefined : await profiled(name, ports.profile, ports);
  const environment = environmentValues(ports.env);
  const byEnvironment = INTENT.some((key) => environment.has(key)) || environment.get('auth_type') === 'none';
  if (name === undefined) {
    if (byEnvironment) return environmentCloud(environment, ports);
    const sole = await soleCloud(ports);
    return sole === undefined ? undefined : joined(sole, environment, ports);
  }
  const ofVariables = isEnvironment(name, ports);
  if (ofVariables && byEnvironment) return environmentCloud(environment, ports);
  const found = await findCloud(name, ports);
  if (found.cloud !== undefined) return joined(found.cloud, environment, ports);
  if (ofVariables) return environmentCloud(environment, ports);
  throw unknownCloud(name, found, byEnvironment);
}

function environmentCloud(environment: CloudValues, ports: CloudPorts): Description {
  const where = 'the OS_* variables';
  const chosen = inRegion(environment, undefined, ports.settings.get(OS_REGION), where);
  return described({ ...chosen, where, from: 'environment', ignored: [] });
}

function environmentValues(env: ReadonlyMap<string, string>): CloudValues {
  const values = new Map<string, string>();
  for (const key of CLOUD_KEYS) {
    // A file of exports with the line ends of DOS leaves a CR behind, `echo` into a secret of Kubernetes a line break: part
    // of no value.
    const value = env.get(variableOf(key))?.replace(/[\r\n]+$/, '');
    if (value !== undefined && value !== '') values.set(key, value);
  }
  return normalValues(values);
}

/**
 * A cloud of a file with the little that the environment may add. Mixing more is a mess in the wild: openstackclient
 * lets OS_USERNAME override a named cloud but not OS_PROJECT_NAME; openstacksdk ignores all. We ignore, and say so.
 */
function joined(cloud: NamedCloud, environment: CloudValues, ports: CloudPorts): Description {
  const { name, path, regions, isolated } = cloud;
  const where = `cloud ${quoteForeign(name)}`;
  const own = normalValues(cloud.values);
  if (isolated) refuseClientKey(own, where);
  const welcome = isolated ? [] : [...AMBIENT, ...secretsWanted(own, environment, where)];
  const values = new Map(own);
  const ignored: string[] = [];
  for (const [key, value] of environment) {
    // An option, too, and obeyed already.
    if (own.get(key) === value || key === 'region_name') continue;
    if (!own.has(key) && welcome.includes(key)) values.set(key, value);
    else ignored.push(variableOf(key));
  }
  if (ignored.length > 0) {
    ports.warn({
      code: 'openstack.environment',
      message: `${where} is used exactly as its file defines it; ignored: ${ignored.join(', ')}`,
    });
  }
  return described({ values, regions, where, from: isolated ? 'here' : 'own', path, ignored });
}

/** A cloud of a file; where it has no secret, that of the profile is meant for it. */
async function profiled(name: string, profile: string, ports: CloudPorts): Promise<Description> {
  if (isEnvironment(name, ports)) return environmentCloud(environmentValues(ports.env), ports);
  const found = await findCloud(name, ports);
  const { cloud } = found;
  if (cloud === undefined) throw unknownCloud(name, found, false);
  const nothing: CloudValues = new Map();
  const description = { ...joined(cloud, nothing, ports), profile };
  const wanted = cloud.isolated ? undefined : secretLacking(description);
  const secret = wanted === undefined ? undefined : await ports.secret?.('password', OS_CLOUD);
  if (wanted === undefined || secret === undefined) return description;
  return { ...description, values: new Map([...description.values, [wanted, secret.reveal()]]) };
}

/** A second factor beside a password is for one run, and no profile has it. */
function secretLacking({ values, where }: Description): string | undefined {
  const secrets = secretsWanted(values, new Map(), where).filter((key) => !values.has(key));
  return secrets.find((key) => key !== 'passcode' || !values.has('password'));
}

/** openstacksdk's own name for the cloud of the variables (config/loader.py, `envvar_key`). */
function isEnvironment(name: string, { env }: Pick<CloudPorts, 'env'>): boolean {
  return name === (env.get('OS_CLOUD_NAME') ?? 'envvars');
}

/** Only the secrets that the cloud's own way of logging in needs: a stale OS_TOKEN does not turn a password cloud. */
function secretsWanted(own: CloudValues, environment: CloudValues, where: string): readonly string[] {
  const method = methodOf(own, where);
  const tokenOnly = environment.has('token') && !environment.has('password') && !environment.has('passcode');
  if (method === 'password' && !own.has('auth_type') && !own.has('password') && tokenOnly) return ['token'];
  return secretsOf(method, own, where);
}

/**
 * A description from the current directory that names a client key would make the user's key vouch for a request to
 * a server of the file's choice.
 */
function refuseClientKey(values: CloudValues, where: string): void {
  if (!values.has('cert') && !values.has('key')) return;
  throw new AppError(
    OPENSTACK_CODES['config.cloud'],
    `${where}: a clouds.yaml in the current directory must not set cert or key`,
    {
      hint: 'move the cloud to ~/.config/openstack/clouds.yaml',
    },
  );
}

/** TLS is set up elsewhere, from cloudTls(); a `verify` nobody understands must not pass for that. */
function described(description: Description): Description {
  tlsOf(description.values, description.where);
  return description;
}
