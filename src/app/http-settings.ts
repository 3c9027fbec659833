import { AppError } from '../core/errors.js';
import type { EarlyPorts, Provider, ProviderCommand } from '../core/provider.js';
import { namedAuthorities, systemAuthorities } from '../http/authorities.js';
import { proxyChoiceOf } from '../http/proxy.js';
import { type ClosableTransport, createTransport, type TransportOptions } from '../http/transport.js';
import { clientIdentity } from './client-identity.js';
import { systemClock } from './clock.js';
import { describedTls } from './described-tls.js';
import type { Host } from './host.js';
import { RETRIES } from './options.js';
import { VERBOSE } from './output-options.js';
import * as option from './transport-options.js';

const CONNECT_MS = 10_000;
const HEADERS_MS = 60_000;
const STALL_MS = 30_000;
const SLOW_WINDOW_MS = 60_000;
const SLOW_BYTES_PER_S = 1024;
/** Apache closes idle connections after 5 s, Node after 5 s, nginx after 75 s. */
const IDLE_MS = 4_000;

/**
 * The transport that the options ask for. What the description of a provider's server says of TLS counts below flags.
 * @throws AppError usage.*, tls.disabled
 */
export async function openTransport(
  providers: readonly Provider[],
  command: ProviderCommand,
  args: readonly string[],
  ports: EarlyPorts,
  host: Pick<Host, 'trustsMachine' | 'version'>,
): Promise<ClosableTransport> {
  const { settings, env } = ports;
  refuseDisabledTls(env);
  const described = await describedTls(providers, command, args, ports);
  const cacert = settings.get(option.CACERT) ?? described.cacert;
  const cert = settings.get(option.CERT) ?? described.cert;
  const key = settings.get(option.KEY) ?? described.key;
  const insecure = settings.get(option.INSECURE) ?? described.insecure === true;
  const identity = await clientIdentity(cert, key);
  if (insecure)
    ports.warn({
      code: 'tls.insecure',
      message: 'certificates are not verified: anyone on the network path can read and replace the data',
    });
  const timeout = settings.get(option.TIMEOUT);
  const proxy = settings.get(option.PROXY);
  return createTransport({
    // Sooner than the limit of the whole answer: the message then says what hangs, the name, the connection or TLS.
    connectMs: Math.min(CONNECT_MS, 0.9 * (timeout ?? HEADERS_MS)),
    headersMs: timeout ?? HEADERS_MS,
    stallMs: timeout ?? STALL_MS,
    slowWindowMs: SLOW_WINDOW_MS,
    slowBytesPerS: SLOW_BYTES_PER_S,
    idleMs: IDLE_MS,
    ...authorities(cacert, host.trustsMachine, ports),
    ...identity,
    insecure,
    ...(proxy === undefined ? proxyChoiceOf(env) : { proxy: { url: proxy } }),
    userAgent: `imgdl/${host.version}`,
    patient: settings.origin(RETRIES) !== undefined,
    clock: systemClock,
    // Only a command line can ask for it: `-v` is no option of the library.
    note: settings.get(VERBOSE) ? ports.note : undefined,
    warn: ports.warn,
  });
}

/** Those of the user's file alone, or else those of the machine. */
function authorities(
  cacert: string | undefined,
  trustsMachine: boolean,
  ports: EarlyPorts,
): Pick<TransportOptions, 'ca' | 'system'> {
  if (cacert === undefined) return trustsMachine ? { system: () => systemAuthorities(ports, ports) } : {};
  const origin = ports.settings.origin(option.CACERT) ?? '';
  return { ca: namedAuthorities(cacert, /^(?:--|IMGDL_)/.test(origin) ? origin : 'cacert', ports) };
}

/** The environment must not turn verification off behind the back of the user's options. */
function refuseDisabledTls(env: ReadonlyMap<string, string>): void {
  if (env.get('NODE_TLS_REJECT_UNAUTHORIZED') !== '0') return;
  throw new AppError(
    'tls.disabled',
    'starting: NODE_TLS_REJECT_UNAUTHORIZED=0 turns off all certificate verification',
    {
      hint: 'unset it; use --cacert FILE, or --insecure if that is really what you want',
    },
  );
}
