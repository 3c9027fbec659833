import { sayIgnored } from '../config/ignored.js';
import type { LoadedSettings } from '../config/layers.js';
import type { SecretName } from '../config/secret-places.js';
import { type SecretPorts, secretReader } from '../config/secrets.js';
import { unlessAborted } from '../core/abort.js';
import type { Report } from '../core/events.js';
import type { RateLimit } from '../core/limits.js';
import type { OptionSpec, Settings } from '../core/option.js';
import type { EarlyPorts, Provider, ProviderCommand, ProviderPorts } from '../core/provider.js';
import type { Secret } from '../core/secret.js';
import type { Warning } from '../core/source.js';
import { createHashPool } from '../engine/digest/hash-pool.js';
import { createReadAheadPool } from '../engine/digest/read-ahead-buffer.js';
import { createConnectionBudget } from '../engine/fetch/connection-budget.js';
import { createRateLimit } from '../engine/fetch/rate-limit.js';
import type { ClosableTransport } from '../http/transport.js';
import { ownerOf } from '../providers/registry.js';
import { systemClock } from './clock.js';
import type { Deadline } from './deadline.js';
import { foreignFileReader } from './files.js';
import type { Host } from './host.js';
import { openTransport } from './http-settings.js';
import { optionsOf } from './option-table.js';
import { LIMIT_RATE } from './options.js';
import { type UserCredentials, userCredentials } from './origin-credentials.js';
import { profileCredentials } from './profile-credentials.js';

/** Connections beside the first of each image, over all images of a run. */
const EXTRA_CONNECTIONS = 16;

/** What a run is made of. */
export interface RunInput {
  readonly providers: readonly Provider[];
  /** Every option of every command. */
  readonly options: readonly OptionSpec<unknown>[];
  readonly settings: LoadedSettings;
  readonly host: Host;
  /** Gets what belongs to the run as a whole. */
  readonly report: Report;
  /** Aborted by whoever ends the run early, and by the deadline. */
  readonly abort: AbortController;
  readonly deadline: Deadline;
  /** Those that are given as values. */
  readonly secrets?: ReadonlyMap<SecretName, Secret>;
}

/**
 * One run: one transport, one reading of the secrets, and the limits and digest threads that all its images
 * share. Close it when nothing of it is on its way any more.
 */
export class Run {
  readonly settings: Settings;
  readonly host: Host;
  readonly signal: AbortSignal;
  readonly budget = createConnectionBudget(EXTRA_CONNECTIONS);
  /** One thread for each algorithm, started when it is first needed. */
  readonly hashers = createHashPool();
  readonly readAheadPool = createReadAheadPool();
  readonly rateLimit: RateLimit | undefined;

  private constructor(
    readonly input: RunInput,
    readonly transport: ClosableTransport,
    /** The same object for all that a run asks for: providers log in once for it. */
    readonly ports: ProviderPorts,
    readonly credentials: UserCredentials,
  ) {
    this.settings = input.settings;
    this.host = input.host;
    this.signal = input.abort.signal;
    const rate = this.settings.get(LIMIT_RATE);
    this.rateLimit = rate === undefined ? undefined : createRateLimit(rate, systemClock);
  }

  /**
   * @param args of the command: a URL among them may say which server it goes to
   * @throws AppError usage.*, tls.disabled
   */
  static async open(input: RunInput, command: ProviderCommand, args: readonly string[]): Promise<Run> {
    const reading = readingOf(input);
    const credentials = userCredentials(input.settings, input.host, profileCredentials(input.settings, reading));
    const ports = portsOf(input, reading, credentials);
    sayProfile(input, command, ports);
    const transport = await openTransport(input.providers, command, args, ports, input.host);
    return new Run(input, transport, { ...ports, transport }, credentials);
  }

  /** Value of the clock's now() at which `--deadline` is over. */
  get deadlineAt(): number | undefined {
    return this.input.deadline.at;
  }

  async close(): Promise<void> {
    await Promise.all([this.transport.close(), this.hashers.close()]);
  }
}

function portsOf(input: RunInput, reading: SecretPorts, credentials: UserCredentials): EarlyPorts {
  const { settings, host, report, abort } = input;
  const { signal } = abort;
  const { env, home, cwd } = host;
  const secret = secretReader(reading);
  const readFile = foreignFileReader();
  return {
    settings,
    env,
    home,
    cwd,
    clock: systemClock,
    // Who waits for a pipe, or for a line on stdin, must still be able to be stopped.
    readFile: (path, named) => unlessAborted(readFile(path, named), signal),
    secret: (name, server) => unlessAborted(secret(name, server), signal),
    credentials: (url) => unlessAborted(credentials.for(url, url.origin), signal),
    ...(settings.profile === undefined ? {} : { profile: settings.profile.label }),
    note: (message) => report({ type: 'note', message }),
    warn: (warning) => report({ type: 'warning', warning }),
  };
}

/** What reading a secret needs. */
function readingOf({ settings, options, host, report, abort, secrets = new Map() }: RunInput): SecretPorts {
  const { env, home, cwd, owner, stdin } = host;
  const warn = (warning: Warning): void => report({ type: 'warning', warning });
  const note = (message: string): void => report({ type: 'note', message });
  const { signal } = abort;
  return { settings, options, env, home, cwd, uid: owner.uid, stdin, given: secrets, signal, warn, note };
}

function sayProfile({ providers, settings, host }: RunInput, command: ProviderCommand, ports: EarlyPorts): void {
  const owner = ownerOf(providers, command);
  if (owner === undefined) return;
  const { warnings, notes } = sayIgnored(settings, host.env, optionsOf(providers, owner, command));
  for (const message of notes) ports.note(message);
  for (const warning of warnings) ports.warn(warning);
}
