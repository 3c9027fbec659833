import { AppError } from '../core/errors.js';
import type { CommandSpec, ProviderPorts } from '../core/provider.js';
import { type ClosableTransport, createTransport } from '../http/transport.js';
import type { CloudTls } from '../providers/openstack/cloud-tls.js';
import { systemClock } from './clock.js';
import { readPem } from './files.js';
import * as option from './options.js';

const CONNECT_MS = 10_000;
const HEADERS_MS = 60_000;
const STALL_MS = 30_000;
const SLOW_WINDOW_MS = 60_000;
const SLOW_BYTES_PER_S = 1024;
/** Apache closes idle connections after 5 s, Node after 5 s, nginx after 75 s. */
const IDLE_MS = 4_000;

/**
 * The transport that the options ask for. What clouds.yaml says of TLS counts for OpenStack commands, below flags.
 * @throws AppError usage.*
 */
export async function openTransport(
  spec: CommandSpec,
  args: readonly string[],
  ports: Omit<ProviderPorts, 'transport'>,
  version: string,
): Promise<ClosableTransport> {
  const { settings, env } = ports;
  const forCloud =
    spec.path[0] === 'glance' || (spec.path[0] === 'url' && args.some((url) => /\/v2(?:\.\d+)?\/images\//.test(url)));
  const described: CloudTls = forCloud ? await tlsOfCloud(ports) : {};
  // A URL may lead anywhere: there the cloud's description may add trust in an authority, but neither waive
  // verification nor show a client certificate.
  const cloud = spec.path[0] === 'url' ? onlyTrust(described) : described;
  const cacert = settings.get(option.CACERT) ?? cloud.cacert;
  const cert = settings.get(option.CERT) ?? cloud.cert;
  const key = settings.get(option.KEY) ?? cloud.key;
  const insecure = settings.get(option.INSECURE) ?? cloud.insecure ?? false;
  if ((cert === undefined) !== (key === undefined)) {
    throw new AppError(
      'usage.missing',
      `reading the client certificate: --${cert === undefined ? 'cert' : 'key'} is missing`,
      { hint: 'give --cert and --key together' },
    );
  }
  if (insecure)
    ports.warn({
      code: 'tls.insecure',
      message: 'certificates are not verified: anybody on the way can read and replace what is transferred',
    });
  const timeout = settings.get(option.TIMEOUT);
  const proxy = settings.get(option.PROXY);
  const variable = (name: string): string | undefined => env.get(name.toLowerCase()) ?? env.get(name);
  // HTTP_PROXY in capitals may come from a request header where we run as a CGI program (httpoxy).
  const httpProxy = env.get('http_proxy') ?? (env.has('REQUEST_METHOD') ? undefined : env.get('HTTP_PROXY'));
  const httpsProxy = variable('HTTPS_PROXY');
  const noProxy = variable('NO_PROXY');
  return createTransport({
    connectMs: Math.min(CONNECT_MS, timeout ?? CONNECT_MS),
    headersMs: timeout ?? HEADERS_MS,
    stallMs: timeout ?? STALL_MS,
    slowWindowMs: SLOW_WINDOW_MS,
    slowBytesPerS: SLOW_BYTES_PER_S,
    idleMs: IDLE_MS,
    ...(cacert === undefined ? {} : { ca: await readPem(cacert, '--cacert') }),
    ...(cert === undefined ? {} : { cert: await readPem(cert, '--cert') }),
    ...(key === undefined ? {} : { key: await readPem(key, '--key') }),
    insecure,
    ...(proxy === undefined ? {} : { proxy: { url: proxy } }),
    ...(httpProxy === undefined ? {} : { httpProxy }),
    ...(httpsProxy === undefined ? {} : { httpsProxy }),
    ...(noProxy === undefined ? {} : { noProxy }),
    userAgent: `imgdl/${version}`,
    clock: systemClock,
  });
}

/** Loaded for OpenStack only: reading clouds.yaml takes a YAML parser. */
async function tlsOfCloud(ports: Omit<ProviderPorts, 'transport'>): Promise<CloudTls> {
  const { cloudTls } = await import('../providers/openstack/environment.js');
  return await cloudTls(ports);
}

function onlyTrust({ cacert }: CloudTls): CloudTls {
  return cacert === undefined ? {} : { cacert };
}
